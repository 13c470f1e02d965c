import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { Directory } from './directory.ts';

const user = (id: string, name = id, departmentIds: string[] = []) =>
  ({ kind: 'User', id, deleted: false, name, departmentIds }) as const;

const NOW = 1_764_000_000_000;
let nowMs = NOW;
const clock = { nowMs: () => nowMs };
const head = { validFromMs: 1, observedAtMs: 1 };
const member = (memberId: string, joinedAtMs: number, kind: 'Staff' | 'External' = 'Staff') =>
  ({
    kind: 'GroupMember',
    id: `wr1:${memberId}`,
    deleted: false,
    groupId: 'wr1',
    memberId,
    memberKind: kind,
    joinedAtMs,
  }) as const;

beforeEach(() => {
  nowMs = NOW;
});

describe('Directory', () => {
  it('makes one new version of what is new, and none of what is known', () => {
    const directory = new Directory(clock);
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
    const directory = new Directory(clock);
    directory.update([user('a')]);
    const { departmentIds, name, deleted, id, kind } = user('a');
    directory.update([{ departmentIds, name, deleted, id, kind }]);
    expect(directory.version).toBe(1);
  });

  it('tells each fact until it is told, in parts that fit', () => {
    const directory = new Directory(clock);
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
    const directory = new Directory(clock);
    directory.update([user('a', 'x'.repeat(1000))]);
    expect(directory.pending(10).length).toBe(1);
  });

  it('takes over what the record knows without telling it again, newest first', () => {
    const directory = new Directory(clock);
    directory.adopt([
      { ...user('a', 'new'), version: 7, ...head },
      { ...user('a', 'old'), version: 3, ...head },
      { ...user('b'), version: 4, ...head, deleted: true },
    ]);
    expect(directory.pending(1000)).toEqual([]);
    expect(directory.participant('a').name).toBe('new');
    expect(directory.participant('b').kind).toBe('Unknown');
    directory.update([user('a', 'newer')]);
    expect(directory.version).toBe(8);
  });

  it('tells a deletion once, and only of someone known', () => {
    const directory = new Directory(clock);
    directory.update([{ ...user('ghost'), deleted: true }]);
    expect(directory.version).toBe(0);
    directory.update([user('a')]);
    directory.update([{ ...user('a'), deleted: true }]);
    expect(directory.ids('User')).toEqual([]);
    expect(directory.version).toBe(2);
  });

  it('shows a change at once, although participants are remembered', () => {
    const directory = new Directory(clock);
    directory.update([user('a', 'A', ['1'])]);
    expect(directory.participant('a').departments).toEqual([]);
    directory.update([
      { kind: 'Department', id: '1', deleted: false, name: 'Sales', parentId: '0', path: 'Acme/Sales' },
    ]);
    expect(directory.participant('a').departments).toEqual(['Acme/Sales']);
  });

  it('dates a change by WeCom where it says when, by the answer where it does not', () => {
    const directory = new Directory(clock);
    const consent = { kind: 'Consent', id: 'a:wm1', deleted: false, externalId: 'wm1' } as const;
    directory.update([
      user('a'),
      member('a', NOW - 5000),
      member('b', 0),
      { ...consent, state: 'Agreed', changedAtMs: NOW - 9000 },
    ]);
    nowMs = NOW + 1000;
    directory.update([{ ...member('a', NOW - 5000), deleted: true }]);
    const times = directory.pending(10_000).map((fact) => [fact.id, fact.validFromMs, fact.observedAtMs]);
    expect(times).toEqual([
      ['a', NOW, NOW],
      ['wr1:a', NOW - 5000, NOW],
      ['wr1:b', NOW, NOW],
      ['a:wm1', NOW - 9000, NOW],
      ['wr1:a', NOW + 1000, NOW + 1000],
    ]);
  });

  it('says nothing anew when only time has passed', () => {
    const directory = new Directory(clock);
    directory.update([user('a'), member('a', 1)]);
    nowMs += 3_600_000;
    directory.update([user('a'), member('a', 1)]);
    expect(directory.version).toBe(1);
  });

  it('knows who is in a group, and that a staff member of a group is staff', () => {
    const directory = new Directory(clock);
    expect(directory.participant('b').kind).toBe('Unknown');
    directory.update([member('b', 1), member('wm1', 1, 'External')]);
    expect(directory.participant('b').kind).toBe('Staff');
    expect([...directory.membersOf('wr1').keys()]).toEqual(['b', 'wm1']);
    expect(directory.hasOutsider('wr1')).toBe(true);
    directory.update([{ ...member('wm1', 1, 'External'), deleted: true }]);
    expect(directory.hasOutsider('wr1')).toBe(false);
    expect(directory.participant('b').kind).toBe('Staff');
  });

  it('does not let an older consent replace a newer one', () => {
    const directory = new Directory(clock);
    const consent = { kind: 'Consent', id: 'a:wm1', deleted: false, externalId: 'wm1' } as const;
    directory.update([{ ...consent, state: 'Disagreed', changedAtMs: NOW }]);
    directory.update([{ ...consent, state: 'Agreed', changedAtMs: NOW - 1 }]);
    expect(directory.consent('a', 'wm1', 0)).toBe('Disagreed');
    directory.update([{ ...consent, state: 'Agreed', changedAtMs: NOW + 1 }]);
    expect([directory.consent('a', 'wm1', NOW), directory.consent('a', 'wm1', NOW + 1)]).toEqual([
      'Disagreed',
      'Agreed',
    ]);
  });

  it('remembers, from the record too, what a contact had said before', () => {
    const consent = { kind: 'Consent', id: 'a:wm1', deleted: false, externalId: 'wm1', ...head } as const;
    const changes = [
      { ...consent, version: 5, state: 'Agreed', changedAtMs: 300 },
      { ...consent, version: 2, state: 'Agreed', changedAtMs: 100 },
      { ...consent, version: 3, state: 'Disagreed', changedAtMs: 200 },
    ] as const;
    const directory = new Directory(clock);
    // From archive and stream, in whatever order.
    directory.adopt([...changes, ...changes.toReversed()]);
    expect([50, 100, 250, 300].map((at) => directory.consent('a', 'wm1', at))).toEqual([
      'Unknown',
      'Agreed',
      'Disagreed',
      'Agreed',
    ]);
    expect(directory.pending(1000)).toEqual([]);
  });

  it('is the same when it is made again from what it told, in any order', () => {
    const change = fc.oneof(
      fc
        .record({ id: fc.constantFrom('a', 'b'), name: fc.constantFrom('x', 'y'), deleted: fc.boolean() })
        .map(({ id, name, deleted }) => ({ ...user(id, name), deleted })),
      fc
        .record({ id: fc.constantFrom('a', 'b', 'wm1'), joined: fc.nat(3), deleted: fc.boolean() })
        .map(({ id, joined, deleted }) => ({
          ...member(id, joined, id === 'wm1' ? 'External' : 'Staff'),
          deleted,
        })),
      fc.record({ state: fc.constantFrom('Agreed' as const, 'Disagreed' as const), at: fc.nat(5) }).map(
        ({ state, at }) =>
          ({
            kind: 'Consent',
            id: 'a:wm1',
            deleted: false,
            externalId: 'wm1',
            state,
            changedAtMs: at,
          }) as const,
      ),
    );
    const look = (directory: Directory) => ({
      people: ['a', 'b', 'wm1'].map((id) => directory.participant(id)),
      members: [...directory.membersOf('wr1').keys()].sort(),
      consents: [1, 2, 3, 4, 5, 0].map((at) => directory.consent('a', 'wm1', at)),
      version: directory.version,
    });
    fc.assert(
      fc.property(
        fc.array(fc.array(change, { maxLength: 4 }), { maxLength: 8 }),
        fc.nat(),
        (answers, turn) => {
          const directory = new Directory(clock);
          for (const answer of answers) directory.update(answer);
          const told = directory.pending(1e9);
          const again = new Directory(clock);
          again.adopt([...told.slice(turn % (told.length + 1)), ...told.slice(0, turn % (told.length + 1))]);
          expect(look(again)).toEqual(look(directory));
          expect(again.pending(1e9)).toEqual([]);
        },
      ),
    );
  });
});
