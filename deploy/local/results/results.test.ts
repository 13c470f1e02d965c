// The demo's numbers on a real ClickHouse, from rows as the archiver writes them.

import { startTestClickHouse, type TestClickHouse } from '@menshen/clickhouse/clickhouse.testkit';
import type { ClickHouse } from '@menshen/clickhouse/client';
import type { TableName } from '@menshen/clickhouse/table-keys';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { countRun, measureFindingLatency, NOTHING } from './count-run.ts';
import { cutExcerpt, readFindings } from './read-findings.ts';
import { countDoubled, readOutcome } from './read-outcome.ts';

let engine: TestClickHouse;
let tenants = 0;
beforeAll(async () => {
  engine = await startTestClickHouse();
});
afterAll(() => engine.close());

const newTenant = (empty = false): Promise<ClickHouse> => engine.open(`ww${++tenants}`, { empty });
let inserts = 0;
async function put(clickhouse: ClickHouse, table: TableName, rows: readonly object[]): Promise<void> {
  const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  await clickhouse.insert({ table, rows: Buffer.from(text), token: `t${++inserts}` });
}
const message = (seq: number, content = '你好'): object => ({
  seq,
  msgid: `m${seq}`,
  raw: JSON.stringify({
    msgid: `m${seq}`,
    action: 'send',
    from: 'a',
    tolist: ['b'],
    msgtype: 'text',
    text: { content },
  }),
});
const judgement = (seq: number, more: object = {}): object => ({
  seq,
  msgid: `m${seq}`,
  state: 'Judged',
  ...more,
});
const verdict = (seq: number, more: object = {}): object => ({
  findingId: `f${seq}`,
  seq,
  mode: 'Enforce',
  evidence: '[]',
  outcomeSequence: seq,
  ...more,
});
const notice = (noticeId: string, state: string, findingIds: string[], outcomeSequence = 1): object => ({
  noticeId,
  state,
  findingIds,
  outcomeSequence,
});

describe('counts', () => {
  test('of a tenant without a database are zeros', async () => {
    expect(await countRun(await newTenant(true))).toEqual(NOTHING);
    expect(await measureFindingLatency(await newTenant(true))).toBeUndefined();
    expect(
      await readFindings(await newTenant(true), { most: 5, order: 'newest first', namespace: 'demo' }),
    ).toEqual([]);
  });

  test('are of messages, not of rows', async () => {
    const clickhouse = await newTenant();
    await put(clickhouse, 'pages', [
      { page: 1, messageCount: 3 },
      { page: 2, messageCount: 1, deadCount: 1 },
    ]);
    await put(clickhouse, 'pages', [{ page: 1, messageCount: 3 }]);
    await put(clickhouse, 'messages', [message(1), message(2)]);
    await put(clickhouse, 'messages', [message(2)]);
    await put(clickhouse, 'redeliveries', [{ seq: 3, msgid: 'm2' }]);
    await put(clickhouse, 'dead_letters', [{ seq: 5, reason: 'not-json' }]);
    await put(clickhouse, 'judgements', [judgement(1), judgement(1, { factsVersion: 1 })]);
    expect(await countRun(clickhouse)).toEqual({
      ...NOTHING,
      captured: 4,
      archived: 3,
      judged: 1,
      unjudged: 1,
      deadLettered: 1,
    });
  });

  test('of alerts follow the newest state of each notice', async () => {
    const clickhouse = await newTenant();
    await put(clickhouse, 'verdicts', [
      verdict(1),
      verdict(2),
      verdict(3),
      verdict(4, { mode: 'Shadow' }),
      verdict(5),
    ]);
    await put(clickhouse, 'notices', [
      notice('n1', 'Pending', ['f1', 'f2'], 1),
      notice('n1', 'Delivered', ['f1', 'f2'], 2),
      notice('n2', 'Pending', ['f3'], 3),
      notice('n3', 'Failed', ['f5'], 4),
      notice('n4', 'Delivered', ['f1'], 5),
    ]);
    // f1 and f2 were told (f1 twice, which is one finding), f3 is owed, f4 is Shadow, f5 was given up.
    expect(await countRun(clickhouse)).toMatchObject({ findings: 5, complianceAlerts: 2, owedAlerts: 1 });
  });
});

test('finding latency is from pulled to judged, of messages with findings, first judgement', async () => {
  const clickhouse = await newTenant();
  const capturedAt = '2026-11-24 09:00:00.000';
  const rows = Array.from({ length: 100 }, (_, at) => {
    const judgedAt = `2026-11-24 09:00:00.${String(at).padStart(3, '0')}`;
    return judgement(at, { hits: 1, capturedAt, judgedAt });
  });
  const late = { capturedAt, judgedAt: '2026-11-24 10:00:00.000' };
  await put(clickhouse, 'judgements', [
    ...rows,
    judgement(0, { hits: 1, factsVersion: 1, ...late }),
    judgement(500, { hits: 0, ...late }),
  ]);
  expect(await measureFindingLatency(clickhouse)).toEqual({ p50: 50, p95: 95, p99: 99 });
});

describe('findings', () => {
  const evidence = [
    {
      path: 'text.content',
      start: 2,
      end: 4,
      text: '保本',
      seen: '保本',
      view: 'Folded',
      condition: 'any[0]',
    },
  ];

  test('come with the text around their evidence, newest first or in order', async () => {
    const clickhouse = await newTenant();
    await put(clickhouse, 'messages', [message(1, '绝对保本稳赚'), message(2, '也是保本的')]);
    const shown = {
      evidence: JSON.stringify(evidence),
      severity: 'High',
      policyNamespace: 'demo',
      policyName: 'p',
      rule: 'r',
      senderId: 'a',
    };
    await put(clickhouse, 'verdicts', [verdict(1, shown), verdict(2, shown), verdict(3, shown)]);
    const newest = await readFindings(clickhouse, { most: 10, order: 'newest first', namespace: 'demo' });
    expect(newest.map((one) => [one.id, one.excerpt.before, one.excerpt.hit, one.excerpt.after])).toEqual([
      ['f3', '', '保本', ''],
      ['f2', '也是', '保本', '的'],
      ['f1', '绝对', '保本', '稳赚'],
    ]);
    expect(newest[1]).toMatchObject({ policy: 'p', rule: 'r', severity: 'High', sender: 'a' });
    expect(
      (await readFindings(clickhouse, { most: 2, order: 'in order', namespace: 'other' })).map(
        (one) => one.id,
      ),
    ).toEqual(['f1', 'f2']);
  });

  test('whose offsets do not fit the text highlight the evidence alone', () => {
    const raw = JSON.stringify({ msgid: 'm', msgtype: 'text', text: { content: '别的话保本' } });
    expect(cutExcerpt(evidence as never, raw)).toEqual({ before: '', hit: '保本', after: '' });
  });

  test('without evidence have an empty excerpt', () => {
    expect(cutExcerpt([], '{}')).toEqual({ before: '', hit: '', after: '' });
  });
});

describe('outcome', () => {
  test('is by the exact bytes, and leaves the built-in policies out', async () => {
    const clickhouse = await newTenant();
    await put(clickhouse, 'messages', [{ ...message(1), raw: 'abc' }]);
    await put(clickhouse, 'dead_letters', [{ seq: 2, reason: 'not-json' }]);
    await put(clickhouse, 'verdicts', [
      verdict(1, { msgid: 'm1', policyNamespace: 'demo', policyName: 'p', rule: 'r' }),
      verdict(2, { msgid: 'm1', policyNamespace: 'menshen.dev', policyName: 'consent', rule: 'x' }),
    ]);
    expect(await readOutcome(clickhouse)).toEqual({
      archived: [{ msgid: 'm1', sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad' }],
      deadSeqs: new Set(['2']),
      findings: [{ msgid: 'm1', policy: 'p', rule: 'r' }],
    });
  });

  test('counts a row that is there twice, in any table', async () => {
    const clickhouse = await newTenant();
    expect(await countDoubled(clickhouse)).toBe(0);
    await put(clickhouse, 'messages', [message(1)]);
    await put(clickhouse, 'messages', [message(1)]);
    await put(clickhouse, 'judgements', [judgement(1)]);
    await put(clickhouse, 'judgements', [judgement(1)]);
    expect(await countDoubled(clickhouse)).toBe(2);
  });

  test('counts a finding told twice to one channel, and not the states of one notice', async () => {
    const clickhouse = await newTenant();
    await put(clickhouse, 'notices', [
      { ...notice('n1', 'Pending', ['f1'], 1), channel: 'a' },
      { ...notice('n1', 'Delivered', ['f1'], 2), channel: 'a' },
      { ...notice('n2', 'Delivered', ['f1'], 3), channel: 'b' },
    ]);
    expect(await countDoubled(clickhouse)).toBe(0);
    await put(clickhouse, 'notices', [{ ...notice('n3', 'Delivered', ['f1', 'f2'], 4), channel: 'a' }]);
    expect(await countDoubled(clickhouse)).toBe(1);
  });
});
