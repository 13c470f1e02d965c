import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { itBehavesLikeAnObjectStore } from './object-store.testkit.ts';
import { openObjectStore } from './open-object-store.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'menshen-objects-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('a folder as object store', () => {
  itBehavesLikeAnObjectStore(() => openObjectStore({ kind: 'Folder', path: join(root, 'store') }));

  it('leaves no temporary file behind', async () => {
    const path = join(root, 'tidy');
    const store = await openObjectStore({ kind: 'Folder', path });
    await store.put('a/b', Buffer.from('x'), { ifAbsent: true });
    await store.put('a/b', Buffer.from('y'), { ifAbsent: true });
    expect(await readdir(join(path, '.tmp'))).toEqual([]);
  });
});
