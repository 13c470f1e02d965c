import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestClickHouse, type TestClickHouse } from './clickhouse.testkit.ts';
import type { ClickHouse } from './client.ts';
import { type GapQuestion, readGaps } from './read-gaps.ts';

const T0 = 1_764_000_000_000;

let server: TestClickHouse;
let clickhouse: ClickHouse;
beforeAll(async () => {
  server = await startTestClickHouse();
  clickhouse = await server.open('gaps');
  const gap = (gapId: string, page: number, of: object): object => ({
    gapId,
    page,
    cause: 'NotPullable',
    state: 'Open',
    subjectKind: 'Corp',
    subjectId: 'ww1',
    detectedAt: T0,
    source: 'Pull',
    ...of,
  });
  const rows = [
    gap('early', 1, { state: 'Open', fromTime: T0 }),
    gap('early', 3, { state: 'Recovered', fromTime: T0, toTime: T0 + 100 }),
    gap('always', 1, { cause: 'PermitMissing', subjectKind: 'Member', subjectId: 'wang' }),
    gap('late', 2, { fromTime: T0 + 500 }),
    gap('numbers', 2, {
      cause: 'WindowPassed',
      state: 'Lost',
      fromTime: T0 + 200,
      toTime: T0 + 300,
      fromSeq: '9007199254740993',
      toSeq: '18446744073709551615',
    }),
  ];
  await clickhouse.insert({
    table: 'coverage_gaps',
    rows: Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join('')),
    token: 'gaps',
  });
});
afterAll(() => server.close());

describe('gaps of the archive', () => {
  it.each<[string, GapQuestion, string[]]>([
    ['all', {}, ['always', 'early', 'late', 'numbers']],
    ['that are open', { state: 'Open' }, ['always', 'late']],
    ['that had ended again', { state: 'Recovered' }, ['early']],
    [
      'that reach into a time',
      { within: { fromMs: T0 + 100, toMs: T0 + 201 } },
      ['always', 'early', 'numbers'],
    ],
    ['without those that began when it ended', { within: { fromMs: T0 + 400, toMs: T0 + 500 } }, ['always']],
    [
      'that go on into a time after all of them',
      { within: { fromMs: T0 + 900, toMs: T0 + 901 } },
      ['always', 'late'],
    ],
    ['by both', { state: 'Lost', within: { fromMs: T0, toMs: T0 + 1000 } }, ['numbers']],
  ])('%s', async (_what, question, ids) => {
    expect((await readGaps(clickhouse, question)).map(({ id }) => id)).toEqual(ids);
  });

  it('come back as they went, 64-bit numbers too, and without what is not known', async () => {
    const [always, , , numbers] = await readGaps(clickhouse, {});
    expect(numbers).toEqual({
      id: 'numbers',
      cause: 'WindowPassed',
      state: 'Lost',
      subject: { kind: 'Corp', id: 'ww1', place: '' },
      fromMs: T0 + 200,
      toMs: T0 + 300,
      fromSeq: '9007199254740993',
      toSeq: '18446744073709551615',
      detectedAtMs: T0,
      source: 'Pull',
      detail: '',
    });
    expect(Object.keys(always ?? {})).not.toContain('fromMs');
  });
});
