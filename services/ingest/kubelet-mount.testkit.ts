// A volume as kubelet mounts it: files in a folder of their own, a link `..data` to that folder, and a link for each entry at the top.
// A change writes a whole new folder, swaps `..data` by one rename, and removes the old folder.
import {
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

export class KubeletMount {
  readonly root: string;
  #generation = 0;

  /** `root` is made. */
  constructor(root: string) {
    this.root = root;
    mkdirSync(root, { recursive: true });
  }

  /** Everything that is mounted from now on, by path below the root. */
  mount(files: Readonly<Record<string, string>>): void {
    const folder = `..2026_11_24_${++this.#generation}`;
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(this.root, folder, dirname(path)), { recursive: true });
      writeFileSync(join(this.root, folder, path), text);
    }
    const before = this.#dataFolder();
    symlinkSync(folder, join(this.root, '..data_tmp'));
    renameSync(join(this.root, '..data_tmp'), join(this.root, '..data'));
    const entries = new Set(Object.keys(files).map((path) => path.split('/')[0] ?? path));
    for (const name of readdirSync(this.root))
      if (!name.startsWith('..') && !entries.has(name)) rmSync(join(this.root, name));
    for (const name of entries)
      if (!readdirSync(this.root).includes(name)) symlinkSync(join('..data', name), join(this.root, name));
    if (before !== undefined) rmSync(join(this.root, before), { recursive: true });
  }

  #dataFolder(): string | undefined {
    try {
      return readlinkSync(join(this.root, '..data'));
    } catch {
      return undefined;
    }
  }
}
