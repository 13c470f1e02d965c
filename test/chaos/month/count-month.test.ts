// The count must see everything that can be wrong with an archive: on a real ClickHouse, with rows that were put there wrongly on purpose.
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestClickHouse, type TestClickHouse } from '@menshen/clickhouse/clickhouse.testkit';
import type { ClickHouse } from '@menshen/clickhouse/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countMonth, type MonthCount } from './count-month.ts';
import { type MonthTruth, openMonthTruth } from './month-truth.ts';
import { BEGIN_MS } from './start-month-company.ts';

type Rows = Readonly<Record<string, readonly object[]>>;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const textOf = (seq: number): string => `{"text":"第 ${seq} 条"}`;
const row = (seq: number, raw = textOf(seq)): object => ({
  seq,
  msgid: `m${seq}`,
  raw,
  eventTime: BEGIN_MS / 1000,
});
const link = (seq: number, content: string): object => ({
  seq,
  path: 'file',
  factsVersion: 1,
  sha256: `sha256:${sha256(content)}`,
  objectKey: `key of ${content}`,
});
const GAP = {
  cause: 'WindowPassed',
  state: 'Lost',
  fromTime: 0,
  toTime: BEGIN_MS / 1000,
  subjectKind: 'Corp',
};

/** Five messages; the second has a file, the third is damaged. All is well with these rows. */
const WELL: Rows = {
  messages: [row(1), row(2), row(4), row(5)],
  dead_letters: [{ seq: 3, msgid: 'm3', reason: 'not-json' }],
  media_links: [link(2, 'file')],
};

const MANY = 200_000;

describe('the count of a month', () => {
  let server: TestClickHouse;
  let folder: string;
  let truth: MonthTruth;
  let corps = 0;

  beforeAll(async () => {
    server = await startTestClickHouse();
    folder = await mkdtemp(join(tmpdir(), 'menshen-count-'));
    truth = openMonthTruth(folder);
    for (let seq = 1; seq <= 5; seq++) truth.note(BEGIN_MS + seq, textOf(seq));
    truth.noteFile({ seq: 2, path: 'file', sha256: sha256('file'), isFaulty: true, expected: 'Stored' });
    truth.damaged.add(3);
    await truth.endDay();
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  const count = async (rows: Rows, list = truth): Promise<MonthCount> => {
    const clickhouse = await server.open(`wwcount${++corps}`);
    for (const [table, some] of Object.entries(rows)) await insert(clickhouse, table, some);
    return await countMonth({
      clickhouse,
      objects: { get: (key) => Promise.resolve(Buffer.from(key.replace('key of ', ''))) },
      truth: list,
      reasons: { lapses: [], outages: [], windowMs: 0 },
      say: () => undefined,
    });
  };

  it.each<[string, Rows, Partial<MonthCount>]>([
    ['all is well', {}, {}],
    ['one is missing', { messages: [row(1), row(2), row(4)] }, { archived: 3, lost: 1 }],
    ['one has other bytes', { messages: [row(1), row(2), row(4), row(5, '{}')] }, { archived: 3, lost: 1 }],
    // Of another conversation, else ClickHouse would make one of them as they come.
    [
      'one is there twice',
      { messages: [...(WELL['messages'] ?? []), { ...row(5), conversationId: 'x' }] },
      { doubled: 1 },
    ],
    ['one came twice', { redeliveries: [{ seq: 9, msgid: 'm1', firstSeq: 1 }] }, { doubled: 1 }],
    ['one was never sent', { messages: [...(WELL['messages'] ?? []), row(6)] }, { forged: 1 }],
    ['a damaged one was dropped', { dead_letters: [] }, { deadLetters: 0, lost: 1 }],
    [
      'a whole one is only a dead letter',
      { messages: [row(1), row(2), row(4)], dead_letters: [{ seq: 3 }, { seq: 5 }] },
      { archived: 3, lost: 1 },
    ],
    [
      'a record names one that is missing for no true reason, and one that is there',
      {
        messages: [row(1), row(2), row(4)],
        coverage_gaps: [{ ...GAP, gapId: 'g', page: 1, fromSeq: 4, toSeq: 5 }],
      },
      { archived: 3, lost: 1, misnamed: 1, gaps: { 'WindowPassed Lost': 1 } },
    ],
    ['a file is nowhere', { media_links: [] }, { wrongMedia: 1 }],
    ['a file has other bytes', { media_links: [link(2, 'other')] }, { wrongMedia: 1 }],
    [
      'a file is stored as something else than is said',
      { media_links: [{ ...link(2, 'file'), objectKey: 'key of other' }] },
      { wrongMedia: 1 },
    ],
    [
      'a file that was there was given up',
      { media_links: [], media_gaps: [{ seq: 2, path: 'file', factsVersion: 1, final: true }] },
      { wrongMedia: 1 },
    ],
  ])('%s', async (_what, wrong, expected) => {
    const well = { archived: 4, deadLetters: 1, inGaps: 0, lost: 0, doubled: 0, forged: 0, misnamed: 0 };
    const media = { mediaFiles: 1, mediaFaults: 1, mediaInGaps: 0, wrongMedia: 0 };
    expect(await count({ ...WELL, ...wrong })).toMatchObject({ ...well, ...media, gaps: {}, ...expected });
  });

  it('counts a day of which more is missing than a call takes arguments', async () => {
    const long = openMonthTruth(await mkdtemp(join(folder, 'long-')));
    for (let seq = 1; seq <= MANY; seq++) long.note(BEGIN_MS + seq, '');
    await long.endDay();
    expect(await count(WELL, long)).toMatchObject({ messages: MANY, lost: MANY, archived: 0 });
  });
});

async function insert(clickhouse: ClickHouse, table: string, rows: readonly object[]): Promise<void> {
  if (rows.length === 0) return;
  const lines = rows.map((one) => `${JSON.stringify(one)}\n`).join('');
  await clickhouse.insert({ table, rows: Buffer.from(lines), token: table });
}
