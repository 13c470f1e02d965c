import { decodeDeadLetter } from '@menshen/contracts/dead-letter';
import { captureStream, deadSubject, findingSubject, outcomeStream } from '@menshen/contracts/subjects';
import { ensureConsumer } from '@menshen/jetstream/ensure-consumer';
import { makeStreams, startTestNats, type TestNats } from '@menshen/jetstream/jetstream.testkit';
import { readTail } from '@menshen/jetstream/read-tail';
import { silentLogger } from '@menshen/telemetry/logger';
import type { JsMsg } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RecentCounter } from './count-recent.ts';
import type { PolicyInput } from './evaluation-job.ts';
import { startProcessEvaluator, startWorkerEvaluator } from './evaluator.ts';
import { EvaluatorHost } from './evaluator-host.ts';
import { Isolation } from './judge-alone.ts';
import { type BatchTools, judgeBatch } from './judge-batch.ts';
import { JudgedLog } from './judged-log.ts';
import { JUDGED_HEADER } from './judged-sequences.ts';
import { listWrong, publishMessage, readJudgements, termPolicy } from './scanner.testkit.ts';
import { createScannerMetrics } from './scanner-metrics.ts';

const mortal = new URL('./dying-worker.testkit.ts', import.meta.url);
const policies: PolicyInput[] = [
  { source: { namespace: 'acme', name: 'watch', spec: termPolicy('保本') }, lexicons: new Map() },
];

let test: TestNats;
let corp = 0;
const started: { close(): Promise<void> }[] = [];
beforeAll(async () => {
  test = await startTestNats();
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.close()));
});
afterAll(() => test.close());

interface Setting {
  readonly tools: BatchTools;
  readonly registry: Registry;
  /** Publishes the texts and fetches them as one batch. */
  batchOf(texts: readonly string[]): Promise<readonly JsMsg[]>;
  deadMsgids(): Promise<string[]>;
}

async function setUp(change: Partial<BatchTools> = {}): Promise<Setting> {
  const corpId = `wwb${++corp}`;
  await makeStreams(test.jsm, corpId);
  const stream = captureStream(corpId);
  await ensureConsumer(test.jsm, {
    stream,
    name: 'scanner',
    filterSubjects: [`wecom.${corpId}.message.>`],
    maxAckPending: 1_000,
    ackWaitMs: 60_000,
    acks: 'Explicit',
  });
  const host = new EvaluatorHost(
    () => startWorkerEvaluator(mortal),
    () => undefined,
  );
  const standby = host.takeStandby();
  host.switchTo(standby, { policies, set: await standby.compile(policies) });
  const clock = { nowMs: () => 1 };
  const isolation = new Isolation({ start: () => startProcessEvaluator(mortal), corpId, clock });
  started.push(host, isolation);
  const registry = new Registry();
  const tools: BatchTools = {
    corpId,
    js: test.js,
    host,
    isolation,
    judged: new JudgedLog(test.js, corpId),
    recent: new RecentCounter(test.js, corpId),
    models: { ask: async () => new Map() },
    pending: { add: () => undefined },
    fetchObject: () => Promise.resolve(undefined),
    makeSalt: () => Buffer.alloc(32),
    clock,
    metrics: createScannerMetrics(registry),
    logger: silentLogger,
    ...change,
  };
  return {
    tools,
    registry,
    async batchOf(texts) {
      for (const [i, text] of texts.entries())
        await publishMessage(test.js, { corpId, msgid: `m${i}`, text });
      const consumer = await test.js.consumers.get(stream, 'scanner');
      const batch: JsMsg[] = [];
      for await (const message of await consumer.fetch({ max_messages: texts.length })) batch.push(message);
      return batch;
    },
    async deadMsgids() {
      const msgids: string[] = [];
      const tail = { stream, subject: deadSubject(corpId, 'poison'), from: { sequence: 1 } };
      await readTail(test.js, tail, (message) => msgids.push(decodeDeadLetter(message.data).head.msgid));
      return msgids;
    },
  };
}

/** The message as if it had been delivered so often. */
const deliveredTimes = (message: JsMsg, deliveryCount: number): JsMsg =>
  new Proxy(message, {
    get: (target, key) =>
      key === 'info' ? { ...target.info, deliveryCount } : Reflect.get(target, key, target),
  });

const sequencesOf = (batch: readonly JsMsg[]): number[] => batch.map(({ seq }) => seq);

describe('a batch with a message that kills the evaluator', () => {
  it('only that message is dead; all others are judged, in order', async () => {
    const { tools, batchOf, deadMsgids } = await setUp();
    const batch = await batchOf(['保本', 'KILL', '你好', '保本']);
    await judgeBatch(tools, batch);
    const judged = await readJudgements(test.js, tools.corpId);
    const others = sequencesOf(batch).filter((_, i) => i !== 1);
    expect(judged.map(({ judgement }) => judgement.streamSequence)).toEqual(others);
    expect(judged.map(({ judgement }) => judgement.findings.length)).toEqual([1, 0, 1]);
    expect(await deadMsgids()).toEqual(['m1']);
  });

  it('a dead message that is delivered again is not buried twice', async () => {
    const { tools, batchOf, deadMsgids } = await setUp();
    const batch = await batchOf(['KILL']);
    await judgeBatch(tools, batch);
    await judgeBatch(tools, batch);
    expect(await deadMsgids()).toEqual(['m0']);
  });
});

describe('messages that are delivered again', () => {
  it('are acknowledged and not judged when their judgement is stored, whoever stored it', async () => {
    const { tools, batchOf } = await setUp();
    const batch = await batchOf(['保本', '你好']);
    await judgeBatch(tools, batch);
    const other = { ...tools, judged: new JudgedLog(test.js, tools.corpId) };
    await judgeBatch(
      other,
      batch.map((message) => deliveredTimes(message, 2)),
    );
    expect(listWrong(await readJudgements(test.js, tools.corpId), sequencesOf(batch))).toEqual({
      lost: [],
      doubled: [],
    });
  });

  it('twice in one batch and out of order are judged once and in order', async () => {
    const { tools, batchOf } = await setUp();
    const batch = await batchOf(['a', 'b', 'c']);
    await judgeBatch(tools, [...batch.toReversed(), ...batch]);
    const judged = await readJudgements(test.js, tools.corpId);
    expect(judged.map(({ judgement }) => judgement.streamSequence)).toEqual(sequencesOf(batch));
  });

  it.each([
    [3, 0],
    [4, 1],
  ])('delivered %i times: %i judged alone', async (deliveries, alone) => {
    const { tools, registry, batchOf } = await setUp();
    const batch = await batchOf(['保本', '你好']);
    await judgeBatch(
      tools,
      batch.map((message, i) => (i === 0 ? deliveredTimes(message, deliveries) : message)),
    );
    const text = await registry.metrics();
    expect(text.includes('menshen_scanner_messages_total{result="isolated"} 1')).toBe(alone === 1);
    expect(await readJudgements(test.js, tools.corpId)).toHaveLength(2);
  });
});

describe('a batch that was in hand for too long', () => {
  it('is not published where another process has judged it meanwhile', async () => {
    let nowMs = 0;
    const { tools, batchOf } = await setUp({ clock: { nowMs: () => (nowMs += 6_000) } });
    const batch = await batchOf(['a', 'b']);
    await tools.judged.settle(0, false);
    // Another process judged the first of the two after this one had looked.
    const first = batch[0]?.seq ?? 0;
    const meta = headers();
    meta.set(JUDGED_HEADER, String(first));
    await test.js.publish(findingSubject(tools.corpId), JSON.stringify({ judgements: [] }), {
      headers: meta,
    });
    nowMs = 0;
    await judgeBatch(tools, batch);
    const judged = (await readJudgements(test.js, tools.corpId)).map(
      ({ judgement }) => judgement.streamSequence,
    );
    expect(judged).toEqual([batch[1]?.seq]);
  });
});

describe('an answer that was lost', () => {
  it('the batch comes again and is found to be judged', async () => {
    const { tools, batchOf } = await setUp();
    const batch = await batchOf(['a', 'b']);
    const deaf = Object.assign(Object.create(tools.js) as typeof tools.js, {
      publish: async (...given: Parameters<typeof tools.js.publish>) => {
        await tools.js.publish(...given);
        throw new Error('timeout');
      },
    });
    await expect(judgeBatch({ ...tools, js: deaf }, batch)).rejects.toThrow('cannot publish the judgements');
    await judgeBatch(tools, batch);
    expect((await test.jsm.streams.info(outcomeStream(tools.corpId))).state.messages).toBe(1);
  });
});

describe('a policy that asks how much was written lately', () => {
  const burst: PolicyInput = {
    source: {
      namespace: 'acme',
      name: 'flood',
      spec: { rules: [{ name: 'flood', any: [{ burst: { atLeast: 3, withinSeconds: 60 } }] }] },
    },
    lexicons: new Map(),
  };
  const heldBy = async (corpId: string): Promise<string[]> =>
    (await readJudgements(test.js, corpId))
      .filter(({ judgement }) => judgement.findings.length > 0)
      .map(({ judgement }) => judgement.msgid);

  it('holds for the message that completes the burst, from batch to batch', async () => {
    const { tools, batchOf } = await setUp();
    const standby = tools.host.takeStandby();
    tools.host.switchTo(standby, { policies: [burst], set: await standby.compile([burst]) });
    const batch = await batchOf(['a', 'b', 'c', 'd']);
    await judgeBatch(tools, batch.slice(0, 2));
    await judgeBatch(tools, batch.slice(2));
    expect(await heldBy(tools.corpId)).toEqual(['m2']);
  });

  it('comes into force while a batch is counted: the batch is counted again', async () => {
    const { tools, batchOf } = await setUp();
    const batch = await batchOf(['a', 'b', 'c']);
    const standby = tools.host.takeStandby();
    const set = await standby.compile([burst]);
    const late = {
      ...tools,
      recent: Object.assign(new RecentCounter(test.js, tools.corpId), {
        count: async (messages: readonly JsMsg[], windows: readonly number[]) => {
          const counts = await tools.recent.count(messages, windows);
          if (windows.length === 0) tools.host.switchTo(standby, { policies: [burst], set });
          return counts;
        },
      }),
    };
    await judgeBatch(late, batch);
    expect(await heldBy(tools.corpId)).toEqual(['m2']);
  });

  it('holds for a message that is judged alone', async () => {
    const { tools, batchOf } = await setUp();
    const standby = tools.host.takeStandby();
    tools.host.switchTo(standby, { policies: [burst], set: await standby.compile([burst]) });
    const batch = await batchOf(['a', 'b', 'c']);
    await judgeBatch(tools, [...batch.slice(0, 2), deliveredTimes(batch[2] as JsMsg, 4)]);
    expect(await heldBy(tools.corpId)).toEqual(['m2']);
  });
});
