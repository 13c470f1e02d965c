// Says at once when mounted files may have changed. A Secret is mounted as links: kubelet writes the new files into a new folder and swaps the
// link `..data`, so neither the file nor its folder changes, but a link somewhere on the way to it. Every folder that holds a link of the
// way is watched, and the real folder of the file; after each change the way is found anew.
import { type FSWatcher, lstatSync, readlinkSync, realpathSync, watch } from 'node:fs';
import { dirname, resolve } from 'node:path';

export interface FileWatch {
  close(): void;
}

/** A swap is many events; one look behind the last of them is enough, ms. */
const SETTLE_MS = 20;

/** `changed` is called after something on the way to one of the files has changed. What cannot be watched is not: poll as well. */
export function watchFiles(files: readonly string[], changed: () => void): FileWatch {
  const watchers = new Map<string, FSWatcher>();
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  const drop = (folder: string): void => {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  };
  const settle = (): void => {
    if (isClosed) return;
    rewatch();
    changed();
  };
  const event = (): void => {
    clearTimeout(timer);
    timer = setTimeout(settle, SETTLE_MS);
  };
  const rewatch = (): void => {
    const wanted = new Set(files.flatMap(foldersOnTheWay));
    // A folder of the same name may be another one now: what is kept open would watch the old.
    for (const folder of [...watchers.keys()]) drop(folder);
    for (const folder of wanted) {
      try {
        const watcher = watch(folder, { persistent: false }, event);
        watcher.on('error', () => drop(folder));
        watchers.set(folder, watcher);
      } catch {
        // Not there yet, or no more watches left: whoever polls sees the change later.
      }
    }
  };
  rewatch();
  return {
    close() {
      isClosed = true;
      clearTimeout(timer);
      for (const folder of [...watchers.keys()]) drop(folder);
    },
  };
}

/** The real folder of the file, and every folder in which a link lies that leads to it. */
function foldersOnTheWay(file: string): string[] {
  const folders = new Set<string>();
  const seen = new Set<string>();
  const follow = (path: string): void => {
    for (let at = path; at !== dirname(at) && !seen.has(at); at = dirname(at)) {
      seen.add(at);
      const target = linkAt(at);
      if (target === undefined) continue;
      folders.add(dirname(at));
      follow(resolve(dirname(at), target));
    }
  };
  follow(resolve(file));
  // Where the file is to appear, when it is not there yet.
  folders.add(realOf(dirname(resolve(file))));
  return [...folders];
}

function linkAt(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined;
  } catch {
    return undefined;
  }
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
