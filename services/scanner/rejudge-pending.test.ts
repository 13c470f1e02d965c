// From a message that a policy asks a model about, over a real server, to judgements: with an answer, without one, and again when it comes late.
import { captureStream, enrichedSubject, partitionOf } from '@menshen/contracts/subjects';
import { ensureConsumer } from '@menshen/jetstream/ensure-consumer';
import { makeStreams, startTestNats, type TestNats } from '@menshen/jetstream/jetstream.testkit';
import { silentLogger } from '@menshen/telemetry/logger';
import type { JsMsg } from '@nats-io/jetstream';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ModelServers } from './ask-models.ts';
import { RecentCounter } from './count-recent.ts';
import type { PolicyInput } from './evaluation-job.ts';
import { startProcessEvaluator, startWorkerEvaluator } from './evaluator.ts';
import { EvaluatorHost } from './evaluator-host.ts';
import { Isolation } from './judge-alone.ts';
import { type BatchTools, judgeBatch } from './judge-batch.ts';
import { JudgedLog } from './judged-log.ts';
import { startModelServer, type TestModelServer } from './model-server.testkit.ts';
import { PendingModels } from './rejudge-pending.ts';
import { publishMessage, readJudgements } from './scanner.testkit.ts';
import { createScannerMetrics } from './scanner-metrics.ts';

const POLICY: PolicyInput = {
  source: {
    namespace: 'acme',
    name: 'harassment',
    spec: {
      rules: [
        {
          name: 'harassment',
          all: [{ keywords: { terms: ['你'] } }, { model: { server: 'toxicity', label: 'harassment' } }],
        },
      ],
    },
  },
  lexicons: new Map(),
};

let nats: TestNats;
let corp = 0;
let server: TestModelServer;
const nowMs = 1_000;
const started: { close(): Promise<void> }[] = [];
beforeAll(async () => {
  nats = await startTestNats();
});
beforeEach(async () => {
  server = await startModelServer();
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.close()));
  await server.close();
});
afterAll(() => nats.close());

async function setUp() {
  const corpId = `wwm${++corp}`;
  await makeStreams(nats.jsm, corpId);
  const stream = captureStream(corpId);
  await ensureConsumer(nats.jsm, {
    stream,
    name: 'scanner',
    filterSubjects: [],
    maxAckPending: 1_000,
    ackWaitMs: 60_000,
    acks: 'Explicit',
  });
  const host = new EvaluatorHost(
    () => startWorkerEvaluator(),
    () => undefined,
  );
  const standby = host.takeStandby();
  host.switchTo(standby, { policies: [POLICY], set: await standby.compile([POLICY]) });
  const clock = { nowMs: () => nowMs };
  const isolation = new Isolation({ start: () => startProcessEvaluator(), corpId, clock });
  started.push(host, isolation);
  const models = new ModelServers({
    servers: [{ name: 'toxicity', url: server.url, timeoutMs: 5_000, batchSize: 32 }],
    fetch,
    readToken: async () => '',
    clock,
    report: () => undefined,
  });
  const fetchObject = async () => undefined;
  const pending = new PendingModels({ corpId, js: nats.js, jsm: nats.jsm, models, fetchObject });
  const tools: BatchTools = {
    corpId,
    js: nats.js,
    host,
    isolation,
    judged: new JudgedLog(nats.js, corpId),
    recent: new RecentCounter(nats.js, corpId),
    models,
    pending,
    fetchObject,
    makeSalt: () => Buffer.alloc(32),
    clock,
    metrics: createScannerMetrics(new Registry()),
    logger: silentLogger,
  };
  const take = async (count: number): Promise<readonly JsMsg[]> => {
    const batch: JsMsg[] = [];
    const durable = await nats.js.consumers.get(stream, 'scanner');
    for await (const message of await durable.fetch({ max_messages: count, expires: 2_000 }))
      batch.push(message);
    return batch;
  };
  return {
    tools,
    pending,
    take,
    async batchOf(texts: readonly string[], pendingFacts: readonly string[] = []) {
      const facts = { version: 0, media: [], pending: pendingFacts };
      for (const [index, text] of texts.entries())
        await publishMessage(nats.js, { corpId, msgid: `m${index}`, text, change: { facts } });
      return await take(texts.length);
    },
    /** `msgid facts-version findings pending`, in order. */
    async judgements() {
      return (await readJudgements(nats.js, corpId)).map(
        ({ judgement: { msgid, factsVersion, findings, pending: still } }) =>
          `${msgid} ${factsVersion} ${findings.length} ${still.join()}`,
      );
    },
  };
}

const TEXTS = ['你这个废物', '你的方案很好', '废物'];

describe('a policy that asks a model', () => {
  it('holds by the answer, and keeps it beside the verdict', async () => {
    const { tools, batchOf, judgements } = await setUp();
    await judgeBatch(tools, await batchOf(TEXTS));
    expect(await judgements()).toEqual(['m0 0 1 ', 'm1 0 0 ', 'm2 0 0 ']);
    // Only what the rest of the rule lets through is sent away.
    expect(server.requests).toEqual([['你这个废物', '你的方案很好']]);
    const [first, second, third] = await readJudgements(nats.js, tools.corpId);
    expect(first?.judgement.models).toMatchObject([{ server: 'toxicity', model: 'ngrams', version: '1' }]);
    expect(first?.judgement.findings[0]?.evidence.at(-1)?.text).toMatch(/^harassment 0\.\d\d by ngrams 1$/);
    expect(second?.judgement.models?.[0]?.scores[0]?.['harassment']).toBeLessThan(0.8);
    expect(third?.judgement.models).toBeUndefined();
  });

  it('judges without it while the server is away, says so, and judges again when it answers', async () => {
    const { tools, pending, batchOf, take, judgements } = await setUp();
    server.misbehave = (_, response) => response.writeHead(503).end();
    await judgeBatch(tools, await batchOf(TEXTS));
    const without = ['m0 0 0 model:toxicity', 'm1 0 0 model:toxicity', 'm2 0 0 '];
    expect(await judgements()).toEqual(without);
    expect(await pending.retry()).toBe(0);
    expect(pending.size).toBe(2);

    server.misbehave = undefined;
    expect(await pending.retry()).toBe(2);
    expect(pending.size).toBe(0);
    const enriched = await take(2);
    const subject = enrichedSubject(tools.corpId, partitionOf('wr1'));
    expect(enriched.map((message) => message.subject)).toEqual([subject, subject]);
    // Judged by the answer that came with it: the server is not asked again, and may be gone.
    server.misbehave = (_, response) => response.writeHead(503).end();
    const before = server.requests.length;
    await judgeBatch(tools, enriched);
    expect(server.requests).toHaveLength(before);
    expect(await judgements()).toEqual([...without, 'm0 1 1 ', 'm1 1 0 ']);
  });

  it('leaves a message whose files are still to come to the event that brings them', async () => {
    const { tools, pending, batchOf, judgements } = await setUp();
    server.misbehave = (_, response) => response.writeHead(503).end();
    await judgeBatch(tools, await batchOf(['你好'], ['media']));
    expect(await judgements()).toEqual(['m0 0 0 media,model:toxicity']);
    server.misbehave = undefined;
    expect(await pending.retry()).toBe(0);
    expect(pending.size).toBe(0);
  });

  it('holds for a message that is judged alone', async () => {
    const { tools, batchOf, judgements } = await setUp();
    const [message] = await batchOf(['你这个废物']);
    const suspicious = new Proxy(message as JsMsg, {
      get: (target, key) =>
        key === 'info' ? { ...target.info, deliveryCount: 5 } : Reflect.get(target, key, target),
    });
    await judgeBatch(tools, [suspicious]);
    expect(await judgements()).toEqual(['m0 0 1 ']);
  });
});
