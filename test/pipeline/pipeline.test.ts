// The whole of Menshen on real engines, one story after another told to the same running stack; each ends by counting in ClickHouse.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rebuildFromSegments } from '@menshen/archiver/rebuild-from-segments';
import { CAPTURE_TABLES, OUTCOME_TABLES } from '@menshen/clickhouse/table-keys';
import { captureStream } from '@menshen/contracts/subjects';
import { freePort } from '@menshen/engines/engine-process';
import { reportRun } from '@menshen/local/run/report-run';
import { readTruth } from '@menshen/local/run/simulator-truth';
import { openObjectStore } from '@menshen/objects/open-object-store';
import type { PolicyObject } from '@menshen/operator/policies/select-policies';
import { jetstreamManager } from '@nats-io/jetstream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLibrary } from './read-library.ts';
import { startRole } from './role-process.ts';
import { type Stack, startStack } from './stack.ts';
import { askProgress } from './truth-of-run.ts';

const STORY = 1200;

describe('the pipeline', () => {
  let stack: Stack;
  let dataDir: string;
  /** Messages appended to the story so far. */
  let appended = 0;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'menshen-pipeline-'));
    stack = await startStack({ dataDir, simulator: ['--messages', String(STORY), '--seed', '5'] });
  });
  afterAll(async () => {
    await stack?.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  const until = (condition: () => Promise<boolean>, timeout = 60_000): Promise<unknown> =>
    expect.poll(() => condition().catch(() => false), { timeout, interval: 100 }).toBe(true);
  const rows = <T>(sql: string): Promise<T[]> => stack.store.query<T>(sql);
  const settled = (): Promise<unknown> =>
    until(async () => {
      const progress = await askProgress(stack.store);
      return progress.archived >= STORY + appended && progress.unjudged === 0 && progress.owed === 0;
    });
  const text = (msgid: string, content: string, more: object = {}): object => ({
    message: {
      msgid,
      action: 'send',
      from: 'wang001',
      tolist: ['li002'],
      roomid: '',
      msgtype: 'text',
      text: { content },
      ...more,
    },
  });
  const append = async (...entries: object[]): Promise<{ seq: number; msgid: string }[]> => {
    appended += entries.length;
    return (await stack.simulator.control(
      'append',
      entries.map((entry) => JSON.stringify(entry)).join('\n'),
    )) as { seq: number; msgid: string }[];
  };
  const nothingWrong = async (): Promise<void> => {
    const { report, faults } = await reportRun(stack.store, await readTruth(stack.simulator), {
      plants: false,
    });
    expect(faults).toEqual([]);
    expect({ lost: report.lost, doubled: report.doubled }).toEqual({ lost: 0, doubled: 0 });
  };

  it('captures, archives and judges a story of every message type: nothing lost, doubled, missed or invented', async () => {
    await settled();
    const { report, faults } = await reportRun(stack.store, await readTruth(stack.simulator), {
      plants: true,
    });
    expect(faults).toEqual([]);
    expect(report).toMatchObject({
      generated: STORY,
      captured: STORY,
      archived: STORY,
      judged: STORY,
      deadLettered: 0,
    });
    expect(report.expectedFindings).toBeGreaterThan(10);
    const types = await rows<{ msgtype: string }>('SELECT DISTINCT msgtype FROM messages');
    expect(types.length).toBeGreaterThan(20);
    expect(await stack.simulator.get('protocol-errors')).toEqual([]);
  });

  it('fetches the media with the bytes that WeCom holds', async () => {
    const truth = (await readFile(stack.simulator.truthFile, 'utf8'))
      .split('\n')
      .filter((line) => line !== '');
    const expected = new Map(
      truth.flatMap((line) => {
        const { seq, media } = JSON.parse(line) as { seq: string; media: Record<string, string> };
        return Object.entries(media).map(([path, sha256]) => [`${seq} ${path}`, `sha256:${sha256}`] as const);
      }),
    );
    await until(
      async () =>
        Number((await rows<{ n: string }>('SELECT uniqExact(seq, path) AS n FROM media_links'))[0]?.n) >=
        expected.size,
    );
    const links = await rows<{ seq: string; path: string; sha256: string }>(
      'SELECT seq, path, argMax(sha256, factsVersion) AS sha256 FROM media_links GROUP BY seq, path',
    );
    expect(new Map(links.map((link) => [`${link.seq} ${link.path}`, link.sha256]))).toEqual(expected);
  });

  it('tells findings to the webhook, signed, each once and without content', async () => {
    await settled();
    const findings = await rows<{ findingId: string }>(
      "SELECT findingId FROM findings WHERE mode = 'Enforce'",
    );
    await until(
      async () =>
        new Set(stack.webhook.notices().flatMap((notice) => notice.findingIds)).size >= findings.length,
    );
    const told = stack.webhook.notices().flatMap((notice) => notice.findingIds);
    expect(told.toSorted()).toEqual(findings.map(({ findingId }) => findingId).toSorted());
    expect(stack.webhook.badSignatures()).toBe(0);
  });

  it('keeps a redelivered message once, and both of two messages that claim the same msgid', async () => {
    await append(text('twice_1764000000001', '同一句话'));
    await settled();
    const [first] = await rows<{ raw: string }>(
      "SELECT raw FROM messages WHERE msgid = 'twice_1764000000001'",
    );
    await append(
      { message: JSON.parse(first?.raw ?? '{}') as object },
      text('twice_1764000000001', '另一句话'),
    );
    await settled();
    const kept = await rows<{ text: string; conflict: string }>(
      "SELECT text, toString(conflict) AS conflict FROM messages WHERE msgid = 'twice_1764000000001' ORDER BY seq",
    );
    expect(kept.map((row) => row.text)).toEqual(['同一句话', '另一句话']);
    expect(await rows("SELECT msgid FROM redeliveries WHERE msgid = 'twice_1764000000001'")).toHaveLength(1);
    await until(
      async () =>
        (await rows("SELECT 1 FROM findings WHERE rule = 'msgid-conflict' AND msgid = 'twice_1764000000001'"))
          .length === 1,
    );
  });

  it('links a recall to its original, whichever comes first', async () => {
    const recall = (msgid: string, of: string): object => ({
      message: {
        msgid,
        action: 'recall',
        from: 'wang001',
        tolist: ['li002'],
        roomid: '',
        msgtype: 'revoke',
        revoke: { pre_msgid: of },
      },
    });
    await append(
      text('original-a_1764000000001', '甲'),
      recall('recall-a_1764000000002', 'original-a_1764000000001'),
    );
    await append(
      recall('recall-b_1764000000003', 'original-b_1764000000001'),
      text('original-b_1764000000001', '乙'),
    );
    await settled();
    await until(
      async () =>
        (
          await rows(
            "SELECT 1 FROM recalls WHERE recalledMsgid LIKE 'original-%' AND recalledMsgid IN (SELECT msgid FROM messages)",
          )
        ).length === 2,
    );
    const originals = await rows<{ msgid: string }>(
      "SELECT msgid FROM messages WHERE msgid LIKE 'original-%' ORDER BY msgid",
    );
    expect(originals.map(({ msgid }) => msgid)).toEqual([
      'original-a_1764000000001',
      'original-b_1764000000001',
    ]);
  });

  it('keeps what cannot be opened or read as dead letters with their reasons, and goes on', async () => {
    const damages = ['unknown-key-version', 'wrong-key', 'short-message', 'not-json'] as const;
    await append(
      ...damages.map((damage, i) => ({ ...text(`damaged-${i}_1764000000001`, '损坏'), damage })),
      text('after-damage_1764000000001', '继续'),
    );
    await settled();
    const dead = await rows<{ reason: string }>(
      "SELECT reason FROM dead_letters WHERE msgid LIKE 'damaged-%' ORDER BY msgid",
    );
    expect(dead.map(({ reason }) => reason)).toEqual([
      'unknown-key-version',
      'key-failed',
      'decrypt-failed',
      'not-json',
    ]);
    expect(await rows("SELECT 1 FROM messages WHERE msgid = 'after-damage_1764000000001'")).toHaveLength(1);
  });

  it('quarantines what a customer writes after refusing consent: archived, alarmed, never scanned', async () => {
    const customer = `wm${'a'.repeat(30)}`;
    const from = { from: customer, tolist: ['wang001'] };
    await append(
      text('willing_1764000000001_external', '保本吗', { ...from, msgtime: 1764000000001 }),
      {
        message: {
          msgid: 'refusal_1764000001000_external',
          action: 'send',
          ...from,
          roomid: '',
          msgtime: 1764000001000,
          msgtype: 'disagree',
          disagree: { userid: customer, disagree_time: 1764000001000 },
        },
      },
      text('unwilling_1764000002000_external', '这是之后的话', { ...from, msgtime: 1764000002000 }),
    );
    await settled();
    const kept = await rows<{ msgid: string; quarantined: boolean }>(
      "SELECT msgid, quarantined FROM messages WHERE msgid LIKE '%willing_%' OR msgid LIKE 'refusal_%' ORDER BY seq",
    );
    expect(kept.map(({ quarantined }) => Boolean(quarantined))).toEqual([false, false, true]);
    expect(
      await rows("SELECT state FROM judgements WHERE msgid = 'unwilling_1764000002000_external'"),
    ).toEqual([{ state: 'Quarantined' }]);
    expect(
      await rows("SELECT rule, evidence FROM findings WHERE msgid = 'unwilling_1764000002000_external'"),
    ).toEqual([{ rule: 'content-after-disagree', evidence: '[]' }]);
  });

  it('bears every fault of the wire without losing or doubling a message', async () => {
    const faults = ['http-502', 'truncated', 'empty', 'not-json', 'cut', 'repeat-page'].map((kind) => ({
      kind,
    }));
    const errcodes = [-1, 40014, 42001].map((errcode) => ({ kind: 'errcode', errcode }));
    for (const fault of [...faults, ...errcodes])
      await stack.simulator.control('faults', JSON.stringify(fault));
    await stack.simulator.control('tokens/invalidate', '');
    await append(...Array.from({ length: 40 }, (_, i) => text(`faulty-${i}_1764000000001`, `第${i}句`)));
    await settled();
    expect(await rows("SELECT msgid FROM messages WHERE msgid LIKE 'faulty-%'")).toHaveLength(40);
    await nothingWrong();
  });

  it('judges by a changed policy from some message on, every message once, and keeps the last good revision of a broken one', async () => {
    const [first, ...rest] = readLibrary();
    if (first === undefined) throw new Error('there are no demo policies');
    const banana: PolicyObject = {
      ...first,
      name: 'banana',
      generation: 1,
      spec: { severity: 'Low', rules: [{ name: 'fruit', any: [{ keywords: { terms: ['香蕉'] } }] }] },
    };
    await append(...Array.from({ length: 30 }, (_, i) => text(`before-${i}_1764000000001`, `香蕉 ${i}`)));
    await settled();
    expect(await rows("SELECT 1 FROM findings WHERE policyName = 'banana'")).toHaveLength(0);
    await stack.publish([first, ...rest, banana]);
    let tries = 0;
    await until(async () => {
      await append(text(`during-${tries++}_1764000000001`, '香蕉来了'));
      await settled();
      return (await rows("SELECT 1 FROM findings WHERE policyName = 'banana'")).length > 0;
    });
    const broken: PolicyObject = {
      ...banana,
      generation: 2,
      spec: { severity: 'Low', rules: [{ name: 'fruit', any: [{ pattern: { regex: '(' } }] }] },
    };
    const published = await stack.publish([first, ...rest, broken]);
    expect(published.find((one) => one.name === 'banana')).toMatchObject({
      state: 'Rejected',
      inForce: { generation: 1 },
    });
    await append(text('still_1764000000001', '还是香蕉'));
    await settled();
    expect(
      await rows("SELECT 1 FROM findings WHERE policyName = 'banana' AND msgid = 'still_1764000000001'"),
    ).toHaveLength(1);
    await stack.publish([first, ...rest]);
    await nothingWrong();
  });

  it('lets one of two ingests capture: the second is fenced and waits', async () => {
    const config = join(dataDir, 'config', 'config.json');
    const port = await freePort();
    const second = startRole({
      name: 'ingest-2',
      roles: ['ingest'],
      configFile: config,
      logFile: join(dataDir, 'logs', 'ingest-2.log'),
      port,
    });
    await until(async () => (await fetch(`http://127.0.0.1:${port}/started`)).ok);
    await append(...Array.from({ length: 60 }, (_, i) => text(`contested-${i}_1764000000001`, `争 ${i}`)));
    await settled();
    expect(await second.stop()).toBe(0);
    expect(await rows("SELECT msgid FROM messages WHERE msgid LIKE 'contested-%'")).toHaveLength(60);
    await nothingWrong();
  });

  it('waits for ClickHouse and for a receiver that are away, and delivers when they are back', async () => {
    stack.webhook.answerWith(503);
    await stack.clickhouse.stop('SIGKILL');
    await append(
      text('outage_1764000000001', '删掉聊天记录'),
      ...Array.from({ length: 20 }, (_, i) => text(`outage-${i}_1764000000001`, `等 ${i}`)),
    );
    await stack.clickhouse.start();
    await until(
      async () => (await rows("SELECT 1 FROM findings WHERE msgid = 'outage_1764000000001'")).length === 1,
    );
    stack.webhook.answerWith(200);
    await settled();
    await nothingWrong();
  });

  it('goes on where the archive ends when the capture stream is deleted', async () => {
    await settled();
    const jsm = await jetstreamManager(stack.connection);
    const before = (await jsm.streams.info(captureStream(stack.simulator.corpId))).state.last_seq;
    await jsm.streams.delete(captureStream(stack.simulator.corpId));
    await append(...Array.from({ length: 25 }, (_, i) => text(`reborn-${i}_1764000000001`, `新 ${i}`)));
    await settled();
    expect((await jsm.streams.info(captureStream(stack.simulator.corpId))).state.first_seq).toBeGreaterThan(
      before,
    );
    expect(await rows("SELECT msgid FROM messages WHERE msgid LIKE 'reborn-%'")).toHaveLength(25);
    await nothingWrong();
  });

  it('rebuilds every row from the segments alone', async () => {
    await settled();
    await stack.roles.get('archiver')?.stop();
    const fingerprint = async (): Promise<Record<string, unknown>> => {
      const tables: Record<string, unknown> = {};
      for (const table of [...CAPTURE_TABLES, ...OUTCOME_TABLES])
        tables[table] = (await rows(`SELECT count() AS rows, sum(cityHash64(*)) AS hash FROM ${table}`))[0];
      return tables;
    };
    const before = await fingerprint();
    await stack.store.run(`DROP DATABASE wecom_${stack.simulator.corpId}`, { asAdmin: true });
    const objects = await openObjectStore({ kind: 'Folder', path: stack.addresses.objectsDir });
    await rebuildFromSegments({
      corpId: stack.simulator.corpId,
      clickhouse: stack.store,
      objects,
      layout: 'single',
    });
    expect(await fingerprint()).toEqual(before);
    expect(Number((before['messages'] as { rows: string }).rows)).toBeGreaterThan(STORY);
  });
});
