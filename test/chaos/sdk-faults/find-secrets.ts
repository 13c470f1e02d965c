// Looks for secrets where none may be: files by content, environments and command lines of running processes.
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface Found {
  /** Name of the secret, never the secret. */
  readonly secret: string;
  readonly where: string;
}

export type Secrets = Readonly<Record<string, string>>;

/** Searched as they are and in the shapes they take on their way: base64 of a credential, percent-encoded in a URL. */
function shapesOf(secret: string): Buffer[] {
  return [...new Set([secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')])].map(
    (text) => Buffer.from(text),
  );
}

export function searchBytes(bytes: Buffer, where: string, secrets: Secrets): Found[] {
  return Object.entries(secrets).flatMap(([secret, value]) =>
    shapesOf(value).some((shape) => bytes.includes(shape)) ? [{ secret, where }] : [],
  );
}

const BLOCK_BYTES = 1 << 22;
/** No secret is longer. */
const OVERLAP_BYTES = 8192;

/** Reads a file in blocks that overlap. */
export async function searchFile(path: string, secrets: Secrets): Promise<Found[]> {
  const file = await open(path, 'r');
  const found = new Map<string, Found>();
  try {
    const block = Buffer.alloc(BLOCK_BYTES);
    for (let at = 0; ; at += BLOCK_BYTES - OVERLAP_BYTES) {
      const { bytesRead } = await file.read(block, 0, BLOCK_BYTES, at);
      for (const one of searchBytes(block.subarray(0, bytesRead), path, secrets)) found.set(one.secret, one);
      if (bytesRead < BLOCK_BYTES) return [...found.values()];
    }
  } finally {
    await file.close();
  }
}

/** Every regular file under a folder that the filter lets through. */
export async function filesUnder(
  folder: string,
  wanted: (path: string) => boolean = () => true,
): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(wanted);
}

/** Core files that appeared in these folders (not below) since a moment, ms. */
export async function coresSince(folders: readonly string[], sinceMs: number): Promise<string[]> {
  const cores: string[] = [];
  for (const folder of new Set(folders)) {
    for (const name of await readdir(folder).catch(() => [])) {
      if (!/^core(\.|$)|\.core$|core/.test(name)) continue;
      const path = join(folder, name);
      const found = await stat(path).catch(() => undefined);
      if (found?.isFile() === true && found.mtimeMs >= sinceMs) cores.push(path);
    }
  }
  return cores;
}

/** What anybody on the machine may read of a process: `environ` and `cmdline`. One that is gone or cannot be read tells nothing. */
export async function searchProcess(
  pid: number,
  secrets: Secrets,
): Promise<{ found: Found[]; read: string[] }> {
  const found: Found[] = [];
  const read: string[] = [];
  for (const name of ['environ', 'cmdline']) {
    const path = `/proc/${pid}/${name}`;
    const bytes = await readFile(path).catch(() => undefined);
    if (bytes === undefined) continue;
    read.push(name);
    found.push(...searchBytes(bytes, path, secrets));
  }
  return { found, read };
}

/** A process and everything that descends from it, as `/proc` shows it at this moment. */
export async function descendantsOf(root: number): Promise<number[]> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'latin1').catch(() => '');
    // pid (name) state ppid: the name may hold anything, a parenthesis too.
    const parent = /^\S+ (\d+)/.exec(stat.slice(stat.lastIndexOf(')') + 2))?.[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const family = [root];
  for (let i = 0; i < family.length; i++)
    for (const [pid, parent] of parents) if (parent === family[i]) family.push(pid);
  return family;
}
