// Notices when manifest files change. It looks at names, sizes and times many times a second instead of asking the kernel to tell:
// that works on every file system and for every way an editor saves, and a few dozen files cost nothing.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const MANIFEST = /\.(ya?ml|txt)$/;
const PERIOD_MS = 100;

/** Manifest and lexicon files of a folder and its sub-folders, or the file itself; sorted. A missing path has none. */
export async function listManifestFiles(path: string): Promise<string[]> {
  try {
    if ((await stat(path)).isFile()) return [path];
    const names = await readdir(path, { recursive: true });
    return names
      .filter((name) => MANIFEST.test(name) && !isHidden(name))
      .sort()
      .map((name) => join(path, name));
  } catch {
    return [];
  }
}

/** Editors leave `.name.swp` and the like beside a file. */
const isHidden = (name: string): boolean => name.split('/').some((part) => part.startsWith('.'));

/**
 * Calls `onChange` after files below `paths` were added, changed or removed and have then been left alone for one look,
 * so that a file is not read half-written. Calls do not overlap. Resolves, once it knows what is there now, with what stops it.
 */
export async function watchFiles(
  paths: readonly string[],
  onChange: () => Promise<void>,
): Promise<() => void> {
  let handled = await signature(paths);
  let seen = handled;
  let stopped = false;

  const look = async (): Promise<void> => {
    const now = await signature(paths);
    if (now !== handled && now === seen) {
      handled = now;
      await onChange();
    }
    seen = now;
    if (!stopped) timer = setTimeout(look, PERIOD_MS);
  };
  let timer = setTimeout(look, PERIOD_MS);
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

async function signature(paths: readonly string[]): Promise<string> {
  const files = (await Promise.all(paths.map(listManifestFiles))).flat();
  const marks = files.map(async (file) => {
    const found = await stat(file).catch(() => undefined);
    return found === undefined ? '' : `${file} ${found.size} ${found.mtimeMs} ${found.ino}`;
  });
  return (await Promise.all(marks)).join('\n');
}
