import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KubeletMount } from './kubelet-mount.testkit.ts';
import { type FileWatch, watchFiles } from './watch-files.ts';

let folder: string;
let watch: FileWatch | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'menshen-watch-'));
});
afterEach(() => {
  watch?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Watches one file; `seen` is what it held whenever it may have changed. */
function follow(file: string): { seen: (string | undefined)[] } {
  const seen: (string | undefined)[] = [];
  watch = watchFiles([file], () => {
    try {
      seen.push(readFileSync(file, 'utf8'));
    } catch {
      seen.push(undefined);
    }
  });
  return { seen };
}
const newest = (seen: readonly unknown[]) => expect.poll(() => seen.at(-1), { timeout: 10_000 });

describe('a mounted Secret', () => {
  it.each([
    ['a file at the top', '1.pem'],
    ['a file in folders, as the operator mounts it', 'secrets/private-keys/1.pem'],
  ])('%s: every swap is seen', async (_what, path) => {
    const mount = new KubeletMount(join(folder, 'mount'));
    mount.mount({ [path]: 'one' });
    const { seen } = follow(join(mount.root, path));
    for (const text of ['two', 'three', 'four']) {
      mount.mount({ [path]: text });
      await newest(seen).toBe(text);
    }
  });

  it('a file that comes with a swap', async () => {
    const mount = new KubeletMount(join(folder, 'mount'));
    mount.mount({ 'keys/1.pem': 'one' });
    const { seen } = follow(join(mount.root, 'keys/2.pem'));
    mount.mount({ 'keys/1.pem': 'one', 'keys/2.pem': 'two' });
    // Whether the folder of the file or the link to it was watched first does not matter.
    await newest(seen).toBe('two');
  });
});

it('plain files: written, and replaced', async () => {
  const file = join(folder, 'key.pem');
  const { seen } = follow(file);
  writeFileSync(file, 'one');
  await newest(seen).toBe('one');
  rmSync(file);
  await newest(seen).toBe(undefined);
  writeFileSync(file, 'two');
  await newest(seen).toBe('two');
});

it('a folder that is not there is nothing to watch, and nothing breaks', () => {
  const { seen } = follow(join(folder, 'missing', 'key.pem'));
  mkdirSync(join(folder, 'missing'));
  expect(seen).toEqual([]);
});

it('is quiet after close', async () => {
  const file = join(folder, 'key.pem');
  const { seen } = follow(file);
  writeFileSync(file, 'one');
  watch?.close();
  const other = join(folder, 'other.pem');
  const reached = follow(other).seen;
  writeFileSync(other, 'x');
  await newest(reached).toBe('x');
  expect(seen).toEqual([]);
});
