// What `npm ci --omit=dev` installs for some workspaces, read from the lockfile alone.
import { readFileSync } from 'node:fs';
import { ROOT } from './run-helm.testkit.ts';

interface Entry {
  readonly link?: boolean;
  readonly resolved?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const { packages } = JSON.parse(readFileSync(`${ROOT}package-lock.json`, 'utf8')) as {
  packages: Readonly<Record<string, Entry>>;
};

/** Folders, relative to the root: the workspaces themselves, and all that they need. */
export function closureOf(workspaces: readonly string[]): string[] {
  const seen = new Set<string>();
  const visit = (folder: string): void => {
    if (seen.has(folder)) return;
    seen.add(folder);
    const { dependencies, optionalDependencies, peerDependencies } = packages[folder] ?? {};
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const found = resolve(folder, name);
      if (found !== undefined) visit(found);
    }
  };
  workspaces.forEach(visit);
  return [...seen].sort();
}

/** As Node does: in the package's own node_modules, else in those of the folders above it. */
function resolve(from: string, name: string): string | undefined {
  const parts = from.split('/');
  const above = parts.map((_, left) => parts.slice(0, parts.length - left).join('/'));
  const place = [...above.map((folder) => `${folder}/`), '']
    .map((folder) => `${folder}node_modules/${name}`)
    .find((path) => packages[path] !== undefined);
  if (place === undefined) return undefined;
  return packages[place]?.link === true ? packages[place]?.resolved : place;
}
