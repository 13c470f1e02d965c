import { describe, expect, it } from 'vitest';
import { Directory } from './directory.ts';

const user = (id: string, name = id, departmentIds: string[] = []) =>
  ({ kind: 'User', id, deleted: false, name, departmentIds }) as const;

describe('Directory', () => {
  it('makes one new version of what is new, and none of what is known', () => {
    const directory = new Directory();
    directory.update([user('a'), user('b')]);
    directory.update([user('a'), user('b')]);
    directory.update([user('a', 'A'), user('b')]);
    expect(directory.version).toBe(2);
    expect(directory.pending(10_000).map(({ id, version }) => [id, version])).toEqual([
      ['a', 1],
      ['b', 1],
      ['a', 2],
    ]);
  });

  it('does not mind the order of fields', () => {
    const directory = new Directory();
    directory.update([user('a')]);
    const { departmentIds, name, deleted, id, kind } = user('a');
    directory.update([{ departmentIds, name, deleted, id, kind }]);
    expect(directory.version).toBe(1);
  });

  it('tells each fact until it is told, in parts that fit', () => {
    const directory = new Directory();
    directory.update(Array.from({ length: 10 }, (_, i) => user(`u${i}`, 'x'.repeat(100))));
    const first = directory.pending(500);
    expect(first.length).toBeGreaterThan(0);
    expect(JSON.stringify(first).length).toBeLessThanOrEqual(502);
    expect(directory.pending(500)).toEqual(first);
    const before = directory.pendingBytes();
    directory.told(first.length);
    expect(directory.pending(500)[0]?.id).toBe(`u${first.length}`);
    expect(directory.pendingBytes()).toBeLessThan(before);
    directory.told(10);
    expect(directory.pendingBytes()).toBe(0);
  });

  it('gives at least one fact, however large', () => {
    const directory = new Directory();
    directory.update([user('a', 'x'.repeat(1000))]);
    expect(directory.pending(10).length).toBe(1);
  });

  it('takes over what the record knows without telling it again, newest first', () => {
    const directory = new Directory();
    directory.adopt([
      { ...user('a', 'new'), version: 7 },
      { ...user('a', 'old'), version: 3 },
      { ...user('b'), version: 4, deleted: true },
    ]);
    expect(directory.pending(1000)).toEqual([]);
    expect(directory.participant('a').name).toBe('new');
    expect(directory.participant('b').kind).toBe('Unknown');
    directory.update([user('a', 'newer')]);
    expect(directory.version).toBe(8);
  });

  it('tells a deletion once, and only of someone known', () => {
    const directory = new Directory();
    directory.update([{ ...user('ghost'), deleted: true }]);
    expect(directory.version).toBe(0);
    directory.update([user('a')]);
    directory.update([{ ...user('a'), deleted: true }]);
    expect(directory.ids('User')).toEqual([]);
    expect(directory.version).toBe(2);
  });

  it('shows a change at once, although participants are remembered', () => {
    const directory = new Directory();
    directory.update([user('a', 'A', ['1'])]);
    expect(directory.participant('a').departments).toEqual([]);
    directory.update([
      { kind: 'Department', id: '1', deleted: false, name: 'Sales', parentId: '0', path: 'Acme/Sales' },
    ]);
    expect(directory.participant('a').departments).toEqual(['Acme/Sales']);
  });
});
