import { startTestClickHouse, type TestClickHouse } from '@menshen/clickhouse/clickhouse.testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MSGID_HASH_SQL, MsgidSet } from './msgid-set.ts';

let server: TestClickHouse;
beforeAll(async () => {
  server = await startTestClickHouse();
});
afterAll(() => server.close());

describe('the set of msgids', () => {
  it('never forgets one, however many there are, and seldom thinks it has one that it has not', () => {
    const set = new MsgidSet();
    const msgids = Array.from({ length: 200_000 }, (_, i) => `73000${i}_${1_764_000_000_000 + i}_external`);
    const perhaps = msgids.filter((msgid) => set.meet(msgid));
    expect(perhaps.length).toBeLessThan(200);
    expect(set.size).toBe(200_000 - perhaps.length);
    expect(msgids.every((msgid) => set.meet(msgid))).toBe(true);
    expect(set.size).toBe(200_000 - perhaps.length);
  });

  it('knows by its hash what ClickHouse has', async () => {
    const clickhouse = await server.open('msgids');
    const samples = fc.sample(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), {
      numRuns: 300,
      seed: 3,
    });
    const msgids = [...new Set(['', '刘芳', '730011_1764000000001_external', ...samples])];
    const rows = await clickhouse.query<{ hash: number }>(
      `SELECT ${MSGID_HASH_SQL} AS hash FROM (SELECT arrayJoin({msgids: Array(String)}) AS msgid)`,
      { msgids },
    );
    const set = new MsgidSet();
    for (const { hash } of rows) set.addHash(hash);
    expect(msgids.filter((msgid) => !set.meet(msgid))).toEqual([]);
    expect(set.meet('another')).toBe(false);
  });
});
