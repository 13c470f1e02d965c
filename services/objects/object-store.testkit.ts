// What every object store must do, as one table of behaviour: run against each kind there is.
import { randomBytes, randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { InvalidKeyError, LEAST_PART_BYTES, type ObjectInfo, type ObjectStore } from './object-store.ts';

/** Declares the conformance tests. `open` gives another view of the same store each time, as another process would have it. */
export function itBehavesLikeAnObjectStore(open: () => Promise<ObjectStore>): void {
  const fresh = (): string => `case-${randomUUID()}`;

  it('gives back exactly the bytes that were put, also to another process', async () => {
    const key = `${fresh()}/a/b.bin`;
    const bytes = randomBytes(100_000);
    expect(await (await open()).put(key, bytes)).toBe('Stored');
    expect(await (await open()).get(key)).toEqual(bytes);
    expect(await (await open()).head(key)).toEqual({ sizeBytes: 100_000 });
  });

  it('keeps an empty object', async () => {
    const store = await open();
    const key = fresh();
    await store.put(key, Buffer.alloc(0));
    expect(await store.get(key)).toEqual(Buffer.alloc(0));
    expect(await store.head(key)).toEqual({ sizeBytes: 0 });
  });

  it('knows nothing of what was never put', async () => {
    const store = await open();
    const key = fresh();
    expect(await store.get(key)).toBeUndefined();
    expect(await store.getRange(key, 0, 10)).toBeUndefined();
    expect(await store.getRange(key, 0, 0)).toBeUndefined();
    expect(await store.head(key)).toBeUndefined();
    await expect(store.delete(key)).resolves.toBeUndefined();
  });

  it('replaces an object, unless it was told not to', async () => {
    const store = await open();
    const key = fresh();
    await store.put(key, Buffer.from('one'));
    expect(await store.put(key, Buffer.from('two'), { ifAbsent: true })).toBe('Existed');
    expect((await store.get(key))?.toString()).toBe('one');
    expect(await store.put(key, Buffer.from('two'))).toBe('Stored');
    expect((await store.get(key))?.toString()).toBe('two');
  });

  it('lets one of several writers win where none may overwrite', async () => {
    const key = fresh();
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, async (_, index) => ({
        index,
        outcome: await (await open()).put(key, Buffer.from(`writer ${index}`), { ifAbsent: true }),
      })),
    );
    const winners = outcomes.filter(({ outcome }) => outcome === 'Stored');
    expect(winners).toHaveLength(1);
    expect((await (await open()).get(key))?.toString()).toBe(`writer ${winners[0]?.index}`);
  });

  it.each([
    ['in the middle', 2, 3, 'cde'],
    ['from the start', 0, 2, 'ab'],
    ['over the end', 4, 100, 'efg'],
    ['of nothing', 3, 0, ''],
    ['at the end', 7, 5, ''],
    ['beyond the end', 50, 5, ''],
  ])('reads a range %s', async (_what, from, length, expected) => {
    const store = await open();
    const key = fresh();
    await store.put(key, Buffer.from('abcdefg'));
    expect((await store.getRange(key, from, length))?.toString()).toBe(expected);
  });

  it.each([
    ['nothing', []],
    ['one chunk', [10]],
    ['many small chunks', Array.from({ length: 100 }, () => 999)],
    ['more than one part of an upload', [5_000_000, 5_000_000, 7_000_000, 1]],
  ])('takes a stream of %s', async (_what, sizes) => {
    const store = await open();
    const key = `${fresh()}/stream`;
    const chunks = sizes.map((size) => randomBytes(size));
    expect(await store.putStream(key, stream(chunks), { ifAbsent: true })).toBe('Stored');
    expect((await store.get(key))?.equals(Buffer.concat(chunks))).toBe(true);
    expect(await store.putStream(key, stream(chunks), { ifAbsent: true })).toBe('Existed');
  });

  it.each([
    ['one object', [3]],
    ['several, the last of them small', [LEAST_PART_BYTES, LEAST_PART_BYTES + 524_288, 1]],
  ])('joins %s into one, and leaves them where they are', async (_what, sizes) => {
    const store = await open();
    const folder = fresh();
    const parts = sizes.map((size) => randomBytes(size));
    const sources = parts.map((_, index) => `${folder}/part:${index}`);
    for (const [index, part] of parts.entries()) await store.put(sources[index] ?? '', part);
    expect(await store.compose(`${folder}/whole`, sources, { ifAbsent: true })).toBe('Stored');
    expect((await store.get(`${folder}/whole`))?.equals(Buffer.concat(parts))).toBe(true);
    expect(await store.compose(`${folder}/whole`, sources.slice(0, 1), { ifAbsent: true })).toBe('Existed');
    expect(await listKeys(store, folder)).toEqual([...sources, `${folder}/whole`]);
    await store.delete(sources[0] ?? '');
    expect((await store.get(`${folder}/whole`))?.equals(Buffer.concat(parts))).toBe(true);
    await expect(store.compose(`${folder}/other`, sources)).rejects.toThrow();
    expect(await store.head(`${folder}/other`)).toBeUndefined();
  });

  it('stores nothing of a stream that breaks', async () => {
    const store = await open();
    const folder = fresh();
    const broken = stream([randomBytes(9_000_000), randomBytes(9_000_000)], new Error('source broke'));
    await expect(store.putStream(`${folder}/broken`, broken)).rejects.toThrow('source broke');
    expect(await store.get(`${folder}/broken`)).toBeUndefined();
    expect(await listKeys(store, folder)).toEqual([]);
  });

  it('lists by prefix, in byte order, with sizes', async () => {
    const store = await open();
    const folder = fresh();
    const names = ['b', 'a/2', 'a/10', 'a-1', 'a/1/x', 'c/1.salts', 'c/1'];
    for (const name of names) await store.put(`${folder}/${name}`, Buffer.alloc(name.length));
    const expected = ['a-1', 'a/1/x', 'a/10', 'a/2', 'b', 'c/1', 'c/1.salts'];
    expect(await listKeys(store, `${folder}/`)).toEqual(expected.map((name) => `${folder}/${name}`));
    expect(await listKeys(store, `${folder}/a/1`)).toEqual([`${folder}/a/1/x`, `${folder}/a/10`]);
    expect(await listKeys(store, `${folder}/none`)).toEqual([]);
    const [one] = await listAll(store, `${folder}/a/2`);
    expect(one).toEqual({ key: `${folder}/a/2`, sizeBytes: 3 });
  });

  it('forgets what was deleted', async () => {
    const store = await open();
    const folder = fresh();
    await store.put(`${folder}/x`, Buffer.from('x'));
    await store.delete(`${folder}/x`);
    expect(await store.get(`${folder}/x`)).toBeUndefined();
    expect(await listKeys(store, folder)).toEqual([]);
    expect(await store.put(`${folder}/x`, Buffer.from('y'), { ifAbsent: true })).toBe('Stored');
  });

  it.each([
    '',
    '/',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    'a/../b',
    '.tmp/x',
    'a b',
    'a\0b',
    '微信',
    'x'.repeat(256),
  ])('refuses the key %j everywhere', async (key) => {
    const store = await open();
    await expect((async () => store.put(key, Buffer.from('x')))()).rejects.toThrow(InvalidKeyError);
    await expect((async () => store.get(key))()).rejects.toThrow(InvalidKeyError);
    await expect((async () => store.delete(key))()).rejects.toThrow(InvalidKeyError);
  });
}

async function* stream(chunks: readonly Buffer[], failure?: Error): AsyncIterable<Buffer> {
  for (const chunk of chunks) yield chunk;
  if (failure !== undefined) throw failure;
}

async function listAll(store: ObjectStore, prefix: string): Promise<ObjectInfo[]> {
  const found: ObjectInfo[] = [];
  for await (const info of store.list(prefix)) found.push(info);
  return found;
}

async function listKeys(store: ObjectStore, prefix: string): Promise<string[]> {
  return (await listAll(store, prefix)).map(({ key }) => key);
}
