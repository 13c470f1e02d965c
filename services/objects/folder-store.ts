// The object store in a folder: for one machine, and for tests. Several processes may use it at once.
// An object is written under another name, made durable and then renamed, so that a crash leaves all of it or nothing.
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, link, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import {
  checkKey,
  type ObjectInfo,
  type ObjectStore,
  type PutOptions,
  type PutOutcome,
} from './object-store.ts';

/** No key begins with a dot, so this never meets an object. */
const TEMPORARY = '.tmp';

const COPY_BYTES = 512 * 1024;

/** Opens the store in `root`, making the folder where it is missing. */
export async function openFolderStore(root: string): Promise<ObjectStore> {
  const store = new FolderStore(root);
  await store.prepare();
  return store;
}

class FolderStore implements ObjectStore {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  prepare(): Promise<void> {
    return this.#makeFolder(join(this.#root, TEMPORARY));
  }

  async put(key: string, bytes: Uint8Array, options: PutOptions = {}): Promise<PutOutcome> {
    return await this.#write(key, (file) => file.writeFile(bytes), options);
  }

  async putStream(
    key: string,
    chunks: AsyncIterable<Uint8Array>,
    options: PutOptions = {},
  ): Promise<PutOutcome> {
    const writeChunks = async (file: FileHandle): Promise<void> => {
      for await (const chunk of chunks) await file.writeFile(chunk);
    };
    return await this.#write(key, writeChunks, options);
  }

  async compose(key: string, sources: readonly string[], options: PutOptions = {}): Promise<PutOutcome> {
    const writeAll = async (file: FileHandle): Promise<void> => {
      for (const source of sources)
        for await (const chunk of createReadStream(this.#pathOf(source), { highWaterMark: COPY_BYTES }))
          await file.writeFile(chunk as Buffer);
    };
    return await this.#write(key, writeAll, options);
  }

  async #write(
    key: string,
    fill: (file: FileHandle) => Promise<void>,
    options: PutOptions,
  ): Promise<PutOutcome> {
    const target = this.#pathOf(key);
    // Saves writing what is there already; the link below is what decides.
    if (options.ifAbsent === true && (await this.head(key)) !== undefined) return 'Existed';
    const temporary = join(this.#root, TEMPORARY, randomUUID());
    try {
      await writeDurably(temporary, fill);
      await this.#makeFolder(dirname(target));
      const outcome =
        options.ifAbsent === true ? await linkNew(temporary, target) : await replace(temporary, target);
      await syncFolder(dirname(target));
      return outcome;
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async get(key: string): Promise<Buffer | undefined> {
    return await this.#read(key, (file) => file.readFile());
  }

  async getRange(key: string, from: number, length: number): Promise<Buffer | undefined> {
    return await this.#read(key, async (file) => {
      const { size } = await file.stat();
      const wanted = Buffer.alloc(Math.max(0, Math.min(length, size - from)));
      let filled = 0;
      while (filled < wanted.length) {
        const { bytesRead } = await file.read(wanted, filled, wanted.length - filled, from + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return wanted.subarray(0, filled);
    });
  }

  async #read(key: string, take: (file: FileHandle) => Promise<Buffer>): Promise<Buffer | undefined> {
    const file = await ignoreMissing(open(this.#pathOf(key), 'r'));
    if (file === undefined) return undefined;
    try {
      return await take(file);
    } finally {
      await file.close();
    }
  }

  async head(key: string): Promise<{ readonly sizeBytes: number } | undefined> {
    const found = await ignoreMissing(stat(this.#pathOf(key)));
    return found?.isFile() === true ? { sizeBytes: found.size } : undefined;
  }

  async *list(prefix: string): AsyncIterable<ObjectInfo> {
    yield* this.#walk('', prefix);
  }

  async *#walk(folder: string, prefix: string): AsyncIterable<ObjectInfo> {
    const entries = (await ignoreMissing(readdir(join(this.#root, folder), { withFileTypes: true }))) ?? [];
    const keys = entries
      .filter((entry) => !entry.name.startsWith('.'))
      // A folder sorts with its slash: that is the byte order of the keys below it.
      .map((entry) => `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`)
      .sort((a, b) => (a < b ? -1 : 1));
    for (const key of keys) {
      if (!key.startsWith(prefix) && !prefix.startsWith(key)) continue;
      if (key.endsWith('/')) yield* this.#walk(key, prefix);
      else if (key.startsWith(prefix)) yield* this.#infoOf(key);
    }
  }

  /** Nothing when the object was removed while the folder was read. */
  async *#infoOf(key: string): AsyncIterable<ObjectInfo> {
    const found = await this.head(key);
    if (found !== undefined) yield { key, sizeBytes: found.sizeBytes };
  }

  async delete(key: string): Promise<void> {
    await rm(this.#pathOf(key), { force: true });
    await ignoreMissing(syncFolder(dirname(this.#pathOf(key))));
  }

  #pathOf(key: string): string {
    checkKey(key);
    return join(this.#root, key);
  }

  /** Makes the folder and every one above it durable: a name is lost with its folder. */
  async #makeFolder(folder: string): Promise<void> {
    const first = await mkdir(folder, { recursive: true });
    if (first === undefined) return;
    const depth = relative(first, folder)
      .split('/')
      .filter((step) => step !== '').length;
    for (let made = folder, level = 0; level <= depth; level++, made = dirname(made))
      await syncFolder(dirname(made));
  }
}

async function writeDurably(path: string, fill: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await fill(file);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A hard link fails where the name is taken: the one test-and-set that every local file system has. */
async function linkNew(temporary: string, target: string): Promise<PutOutcome> {
  try {
    await link(temporary, target);
    return 'Stored';
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return 'Existed';
    throw error;
  }
}

async function replace(temporary: string, target: string): Promise<PutOutcome> {
  await rename(temporary, target);
  return 'Stored';
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function ignoreMissing<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (MISSING.has(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}

/** ENOTDIR: a key below what is itself an object. */
const MISSING = new Set(['ENOENT', 'ENOTDIR']);

function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}
