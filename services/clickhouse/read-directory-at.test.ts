import type { DirectoryFact, FactBody } from '@menshen/contracts/directory-facts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestClickHouse, type TestClickHouse } from './clickhouse.testkit.ts';
import type { ClickHouse } from './client.ts';
import { readConsentAt, readFactsAt, readGroupAt, readPermitsAt } from './read-directory-at.ts';

const T = 1_764_000_000_000;
/** Seconds after T: when it holds from, and when it was learnt. */
type Told = { version: number; from: number; seen: number; deleted?: boolean };
const fact = (id: string, body: FactBody, told: Told): DirectoryFact => ({
  ...body,
  id,
  version: told.version,
  deleted: told.deleted ?? false,
  validFromMs: T + told.from * 1000,
  observedAtMs: T + told.seen * 1000,
});
const group = (ownerId: string, name: string): FactBody => ({
  kind: 'Group',
  name,
  ownerId,
  noticeDigest: '',
  createdAtMs: T,
  type: 'Customer',
  resolved: true,
});
const member = (memberId: string, joined: number): FactBody => ({
  kind: 'GroupMember',
  groupId: 'wr1',
  memberId,
  memberKind: memberId.startsWith('wm') ? 'External' : 'Staff',
  joinedAtMs: T + joined * 1000,
});
const consent = (state: 'Agreed' | 'Disagreed'): FactBody => ({
  kind: 'Consent',
  externalId: 'wm1',
  state,
  changedAtMs: 0,
});

const FACTS: readonly DirectoryFact[] = [
  fact('wr1', group('ann', 'One'), { version: 1, from: 100, seen: 100 }),
  fact('wr1:ann', member('ann', 10), { version: 1, from: 10, seen: 100 }),
  fact('wr1:bob', member('bob', 20), { version: 1, from: 20, seen: 100 }),
  // Joined before we looked, and left later.
  fact('wr1:wm1', member('wm1', 150), { version: 2, from: 150, seen: 200 }),
  fact('wr1:wm1', member('wm1', 150), { version: 3, from: 300, seen: 300, deleted: true }),
  fact('wr1', group('bob', 'Two'), { version: 3, from: 300, seen: 300 }),
  fact('wr1', group('bob', 'Two'), { version: 5, from: 900, seen: 900, deleted: true }),
  // Another group whose id begins alike.
  fact('wr10:cid', { ...member('cid', 1), groupId: 'wr10' } as FactBody, { version: 1, from: 1, seen: 100 }),
  fact('ann', { kind: 'Permit', editions: [2] }, { version: 1, from: 100, seen: 100 }),
  fact('bob', { kind: 'Permit', editions: [3] }, { version: 1, from: 100, seen: 100 }),
  fact('ann', { kind: 'Permit', editions: [3] }, { version: 2, from: 200, seen: 200 }),
  fact('bob', { kind: 'Permit', editions: [3] }, { version: 3, from: 300, seen: 300, deleted: true }),
  // The withdrawal was at 250, and we learnt it at 400.
  fact('ann:wm1', consent('Agreed'), { version: 1, from: 5, seen: 100 }),
  fact('ann:wm1', consent('Disagreed'), { version: 4, from: 250, seen: 400 }),
];

let server: TestClickHouse;
let clickhouse: ClickHouse;
beforeAll(async () => {
  server = await startTestClickHouse();
  clickhouse = await server.open('past');
  const rows = FACTS.map((row, index) => ({
    kind: row.kind,
    id: row.id,
    version: row.version,
    streamSequence: index + 1,
    deleted: row.deleted,
    name: 'name' in row ? row.name : '',
    validFrom: row.validFromMs,
    observedAt: row.observedAtMs,
    fact: JSON.stringify(row),
  }));
  const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  // Told twice at other places of the stream, as after a crash.
  const again = rows.map((row) => `${JSON.stringify({ ...row, streamSequence: row.streamSequence + 50 })}\n`);
  await clickhouse.insert({ table: 'directory', rows: Buffer.from(lines), token: 'a' });
  await clickhouse.insert({ table: 'directory', rows: Buffer.from(again.join('')), token: 'b' });
});
afterAll(() => server.close());

const at = (seconds: number, knownInVersion?: number) => ({
  atMs: T + seconds * 1000,
  ...(knownInVersion === undefined ? {} : { knownInVersion }),
});

describe('who was in a group', () => {
  it.each([
    [50, undefined, undefined, []],
    [100, undefined, 'ann', ['ann', 'bob']],
    [149, undefined, 'ann', ['ann', 'bob']],
    [150, undefined, 'ann', ['ann', 'bob', 'wm1']],
    [299, undefined, 'ann', ['ann', 'bob', 'wm1']],
    [300, undefined, 'bob', ['ann', 'bob']],
    [900, undefined, undefined, []],
    // As it was known in version 1: that the outsider had joined was not.
    [299, 1, 'ann', ['ann', 'bob']],
  ])('at %i s, known in version %s: owner %s, members %j', async (seconds, version, owner, members) => {
    const found = await readGroupAt(clickhouse, 'wr1', at(seconds, version));
    expect(found?.group.ownerId).toBe(owner);
    expect(found?.members.map(({ memberId }) => memberId) ?? []).toEqual(members);
  });

  it('members are known from when they joined, although the group was first looked at later', async () => {
    const members = await readFactsAt(clickhouse, { kind: 'GroupMember', idPrefix: 'wr1:' }, at(15));
    expect(members.map(({ memberId }) => memberId)).toEqual(['ann']);
  });
});

it.each([
  [99, []],
  [100, ['ann 2', 'bob 3']],
  [200, ['ann 3', 'bob 3']],
  [300, ['ann 3']],
])('permitted at %i s: %j', async (seconds, permitted) => {
  const permits = await readPermitsAt(clickhouse, at(seconds));
  expect(permits.map(({ id, editions }) => `${id} ${editions.join()}`)).toEqual(permitted);
});

it.each([
  [4, undefined, 'Unknown'],
  [249, undefined, 'Agreed'],
  [250, undefined, 'Disagreed'],
  [250, 3, 'Agreed'],
  [250, 4, 'Disagreed'],
])('consent at %i s, known in version %s: %s', async (seconds, version, state) => {
  const asked = { place: 'ann', externalId: 'wm1' };
  expect(await readConsentAt(clickhouse, asked, at(seconds, version))).toBe(state);
});

describe('the views', () => {
  it('directory_at gives what held at a moment', async () => {
    const moment = new Date(T + 299_000).toISOString().replace('Z', '').replace('T', ' ');
    const rows = await clickhouse.query<{ kind: string; id: string }>(
      `SELECT kind, id FROM directory_at(at = '${moment}') WHERE kind IN ('Group', 'GroupMember') ORDER BY kind, id`,
    );
    expect(rows.map(({ kind, id }) => `${kind} ${id}`)).toEqual([
      'Group wr1',
      'GroupMember wr10:cid',
      'GroupMember wr1:ann',
      'GroupMember wr1:bob',
      'GroupMember wr1:wm1',
    ]);
  });

  it('directory_history gives each fact once with the time it held', async () => {
    const rows = await clickhouse.query<Record<string, unknown>>(
      `SELECT version, deleted, name, toUnixTimestamp64Milli(validFrom) AS validFrom, toUnixTimestamp64Milli(validUntil) AS validUntil
FROM directory_history WHERE kind = 'Group' AND id = 'wr1' ORDER BY version`,
    );
    const ms = (seconds: number): string => String(T + seconds * 1000);
    expect(rows).toEqual([
      { version: '1', deleted: false, name: 'One', validFrom: ms(100), validUntil: ms(300) },
      { version: '3', deleted: false, name: 'Two', validFrom: ms(300), validUntil: ms(900) },
      { version: '5', deleted: true, name: 'Two', validFrom: ms(900), validUntil: null },
    ]);
  });
});
