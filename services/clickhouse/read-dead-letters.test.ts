import type { ArchivedLetterQuery } from '@menshen/contracts/archived-letter';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestClickHouse, type TestClickHouse } from './clickhouse.testkit.ts';
import type { ClickHouse } from './client.ts';
import { readDeadLetters } from './read-dead-letters.ts';

let server: TestClickHouse;
let clickhouse: ClickHouse;
const insert = async (table: string, ...rows: object[]): Promise<void> =>
  await clickhouse.insert({
    table,
    rows: Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join('')),
    token: JSON.stringify(rows),
  });

/** Stream sequence = seq, unless it came with a replay. */
const letter = (seq: number, reason: string, publickeyVer: number, streamSequence = seq) => ({
  seq,
  msgid: `m${seq}`,
  streamSequence,
  reason,
  publickeyVer,
  capturedAt: 1_764_000_000_000 + seq,
  digest: `sha256:${seq}`,
  envelope: `{"seq":${seq}}`,
});

beforeAll(async () => {
  server = await startTestClickHouse();
  clickhouse = await server.open('letters');
  await insert(
    'dead_letters',
    letter(1, 'unknown-key-version', 2),
    letter(2, 'unknown-key-version', 3),
    letter(3, 'key-failed', 2),
    letter(4, 'not-json', 2),
    letter(5, 'unknown-key-version', 2),
    letter(6, 'unknown-key-version', 2),
    letter(7, 'unknown-key-version', 2),
    letter(8, 'unknown-key-version', 2),
    // Replayed as something else that is dead.
    letter(7, 'not-json', 2, 103),
  );
  // The same letter from another place of the stream.
  await insert('dead_letters', letter(1, 'unknown-key-version', 2, 50));
  await insert(
    'pages',
    { page: 1, streamSequence: 10, kind: 'Pull', messageCount: 30, deadCount: 0 },
    { page: 2, streamSequence: 100, kind: 'Replay', messageCount: 2, deadCount: 1 },
  );
  await insert('messages', { seq: 5, msgid: 'm5', streamSequence: 101, eventTime: 0 });
  await insert('redeliveries', { seq: 6, msgid: 'm6', streamSequence: 102 });
  // A message of an ordinary page that has the number of a letter says nothing about the letter.
  await insert('messages', { seq: 8, msgid: 'x', streamSequence: 11, eventTime: 0 });
});
afterAll(() => server.close());

const read = async (query: Partial<ArchivedLetterQuery>): Promise<string> => {
  const reasons = ['unknown-key-version', 'key-failed'] as const;
  const letters = await readDeadLetters(clickhouse, {
    reasons,
    versions: [1, 2, 3],
    afterSeq: '0',
    limit: 100,
    ...query,
  });
  return letters.map(({ seq }) => seq).join(' ');
};

it.each([
  ['everything that another key may open and no replay has dealt with', {}, '1 2 3 8'],
  ['of usable versions', { versions: [3] }, '2'],
  ['no versions', { versions: [] }, ''],
  ['of some reasons', { reasons: ['key-failed'] as const }, '3'],
  ['behind a seq', { afterSeq: '2' }, '3 8'],
  ['no more than asked for', { limit: 2 }, '1 2'],
])('%s', async (_what, query, seqs) => {
  expect(await read(query)).toBe(seqs);
});

it('gives what is needed to open it', async () => {
  const query = { reasons: ['key-failed'], versions: [2], afterSeq: '0', limit: 1 } as const;
  expect(await readDeadLetters(clickhouse, query)).toEqual([
    { seq: '3', capturedAtMs: 1_764_000_000_003, digest: 'sha256:3', envelope: '{"seq":3}' },
  ]);
});
