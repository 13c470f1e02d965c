import { decodeDeadLetter } from '@menshen/contracts/dead-letter';
import { contentDigest } from '@menshen/contracts/digest';
import { encodeFrame } from '@menshen/contracts/frame';
import { policyKey } from '@menshen/contracts/policy-bundle';
import type { StatusReport } from '@menshen/contracts/status-report';
import {
  captureStream,
  deadSubject,
  enrichedSubject,
  messageSubject,
  outcomeStream,
  partitionOf,
} from '@menshen/contracts/subjects';
import { openPolicyBucket, openStatusBucket } from '@menshen/jetstream/ensure-streams';
import { makeStreams, realClock, startTestNats, type TestNats } from '@menshen/jetstream/jetstream.testkit';
import { type PullLoop, pullBatches } from '@menshen/jetstream/pull-batches';
import { readTail } from '@menshen/jetstream/read-tail';
import { Health } from '@menshen/telemetry/health';
import { silentLogger } from '@menshen/telemetry/logger';
import type { KV } from '@nats-io/kv';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  findingsOf,
  type Judged,
  listWrong,
  makeCaptured,
  makePayload,
  publishMessage,
  putPolicy,
  readJudgements,
  TestObjects,
  termPolicy,
} from './scanner.testkit.ts';
import { Scanner } from './scanner.ts';

let test: TestNats;
let policies: KV;
let status: KV;
let corp = 0;
const stops: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  test = await startTestNats();
  policies = await openPolicyBucket(test.nats, 1);
  status = await openStatusBucket(test.nats, 1);
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});
afterAll(() => test.close());

const until = (condition: () => boolean | Promise<boolean>): Promise<void> =>
  expect.poll(condition, { timeout: 30_000, interval: 20 }).toBe(true) as Promise<void>;

interface Setting {
  readonly corpId: string;
  readonly objects: TestObjects;
  readonly registry: Registry;
  /** Starts to judge. */
  start(): Promise<Scanner>;
  put(name: string, generation: number, spec: unknown, lexicons?: readonly string[]): Promise<void>;
  say(msgid: string, text: string): Promise<number>;
  judged(): Promise<Judged[]>;
  /** Waits until so many messages are judged, and gives them. */
  judgedCount(count: number): Promise<Judged[]>;
  report(): Promise<StatusReport>;
}

async function setUp(batchSize = 64): Promise<Setting> {
  const corpId = `wws${++corp}`;
  await makeStreams(test.jsm, corpId);
  const objects = new TestObjects();
  const registry = new Registry();
  const instance = 'scanner-0';
  const judged = (): Promise<Judged[]> => readJudgements(test.js, corpId);
  const start = async (): Promise<Scanner> => {
    const { js, jsm } = test;
    const scanner = new Scanner({
      corpId,
      config: { partitioned: false, batchSize },
      instance,
      js,
      jsm,
      policies,
      status,
      objects,
      clock: realClock,
      logger: silentLogger,
      registry,
      health: new Health(),
    });
    stops.push(() => scanner.stop());
    await scanner.start();
    const loops: PullLoop[] = scanner
      .subscriptions()
      .map((subscription) => pullBatches(js, subscription, (batch) => scanner.handle(batch)));
    stops.push(() => Promise.all(loops.map((loop) => loop.drain())));
    return scanner;
  };
  return {
    corpId,
    objects,
    registry,
    start,
    judged,
    async put(name, generation, spec, lexicons = []) {
      const put = (key: string, bytes: Buffer): void => objects.put(key, bytes);
      await putPolicy({ policies, put }, { corpId, name, generation, spec, lexicons });
    },
    say: (msgid, text) => publishMessage(test.js, { corpId, msgid, text }),
    async judgedCount(count) {
      await until(async () => (await judged()).length >= count);
      return await judged();
    },
    async report() {
      const entry = await status.get(`${corpId}.scanner.${instance}`);
      return entry?.json<StatusReport>() as StatusReport;
    },
  };
}

const facts = async (setting: Setting): Promise<Record<string, unknown>> => (await setting.report()).facts;

describe('what is captured is judged', () => {
  it('every message once, with findings where a policy says so, and then acknowledged', async () => {
    const setting = await setUp();
    await setting.put('no-guarantee', 1, termPolicy('保本'));
    const sequences: number[] = [];
    for (let i = 0; i < 200; i++) sequences.push(await setting.say(`m${i}`, i % 10 === 0 ? '保本' : '你好'));
    await setting.start();
    const judged = await setting.judgedCount(200);
    expect(listWrong(judged, sequences)).toEqual({ lost: [], doubled: [] });
    expect(findingsOf(judged).map(({ msgid }) => msgid)).toEqual(
      Array.from({ length: 20 }, (_, i) => `m${i * 10}`),
    );
    await until(async () => (await pendingOf(setting)) === 0);
  });

  const pendingOf = async ({ corpId }: Setting): Promise<number> => {
    const info = await test.jsm.consumers.info(captureStream(corpId), 'scanner');
    return info.num_pending + info.num_ack_pending;
  };

  it('nothing is acknowledged while its judgement cannot be stored; then it is judged once', async () => {
    const setting = await setUp();
    const stream = outcomeStream(setting.corpId);
    const { config } = await test.jsm.streams.info(stream);
    await test.jsm.streams.update(stream, { ...config, max_bytes: 2_000 });
    await setting.start();
    const sequences: number[] = [];
    for (let i = 0; i < 100; i++) sequences.push(await setting.say(`m${i}`, '你好'));
    await until(async () =>
      (await setting.registry.metrics()).includes('menshen_scanner_batch_messages_count'),
    );
    const stored = (await setting.judged()).length;
    expect(stored).toBeLessThan(100);
    expect(await pendingOf(setting)).toBeGreaterThanOrEqual(100 - stored);
    await test.jsm.streams.update(stream, config);
    expect(listWrong(await setting.judgedCount(100), sequences)).toEqual({ lost: [], doubled: [] });
    await until(async () => (await pendingOf(setting)) === 0);
  });

  it('by the empty set when there are no policies', async () => {
    const setting = await setUp();
    await setting.start();
    await setting.say('m1', '保本');
    const [judged] = await setting.judgedCount(1);
    expect(judged?.judgement).toMatchObject({ state: 'Judged', findings: [] });
    expect(await facts(setting)).toMatchObject({
      policies: 0,
      rejected: 0,
      policySetDigest: judged?.policySetDigest,
    });
  });

  it('the same event on a higher facts version again, with the same finding id', async () => {
    const setting = await setUp();
    await setting.put('no-guarantee', 1, termPolicy('保本'));
    await setting.start();
    await setting.say('m1', '保本');
    await setting.judgedCount(1);
    const change = { facts: { version: 1, media: [], pending: [] } };
    const payload = makePayload({ corpId: setting.corpId, msgid: 'm1', text: '保本', change });
    await test.js.publish(enrichedSubject(setting.corpId, partitionOf('wr1')), payload);
    const judged = await setting.judgedCount(2);
    expect(judged.map(({ judgement }) => judgement.factsVersion)).toEqual([0, 1]);
    expect(new Set(findingsOf(judged).map(({ id }) => id)).size).toBe(1);
  });

  it('large messages by their objects, more of them than are held at once, in record order', async () => {
    const setting = await setUp();
    await setting.put('no-guarantee', 1, termPolicy('保本'));
    for (let i = 0; i < 20; i++) {
      const objectKey = `${setting.corpId}/large/${i}`;
      const message = { corpId: setting.corpId, msgid: `m${i}`, text: '保本' };
      const { raw } = makeCaptured(message);
      setting.objects.stored.set(objectKey, encodeFrame([raw, Buffer.from('{}')]));
      await publishMessage(test.js, { ...message, change: { body: { objectKey, sizeBytes: raw.length } } });
      await setting.say(`n${i}`, '保本');
    }
    await setting.start();
    const judged = await setting.judgedCount(40);
    expect(findingsOf(judged)).toHaveLength(40);
    const order = judged.map(({ judgement }) => judgement.streamSequence);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  });

  it('quarantined content not at all, but it is alarmed', async () => {
    const setting = await setUp();
    await setting.put('no-guarantee', 1, termPolicy('保本'));
    await setting.start();
    const { corpId } = setting;
    await publishMessage(test.js, { corpId, msgid: 'm1', text: '保本', change: { quarantined: true } });
    const [judged] = await setting.judgedCount(1);
    expect(judged?.judgement).toMatchObject({
      state: 'Quarantined',
      findings: [{ rule: 'content-after-disagree', evidence: [] }],
    });
  });
});

describe('poison', () => {
  const readLetters = async (corpId: string): Promise<ReturnType<typeof decodeDeadLetter>[]> => {
    const letters: ReturnType<typeof decodeDeadLetter>[] = [];
    const tail = {
      stream: captureStream(corpId),
      subject: deadSubject(corpId, 'poison'),
      from: { sequence: 1 },
    };
    await readTail(test.js, tail, (message) => letters.push(decodeDeadLetter(message.data)));
    return letters;
  };

  it('becomes a dead letter with its bytes and a reason without content, and stops nothing', async () => {
    const setting = await setUp();
    const { corpId } = setting;
    await setting.put('no-guarantee', 1, termPolicy('保本'));
    const first = await setting.say('m1', '保本');
    const raw = Buffer.from('{"秘密": 保本');
    await publishMessage(test.js, { corpId, msgid: 'm2', text: '', raw });
    await test.js.publish(messageSubject(corpId, 0, 'text'), Buffer.from('no frame 秘密'));
    const last = await setting.say('m4', '保本');
    await setting.start();
    const judged = await setting.judgedCount(2);
    expect(listWrong(judged, [first, last])).toEqual({ lost: [], doubled: [] });
    await until(async () => (await readLetters(corpId)).length === 2);
    const letters = await readLetters(corpId);
    expect(letters.map(({ head }) => [head.msgid, head.reason, head.detail])).toEqual([
      ['m2', 'poison', 'cannot be judged (facts version 0): not-json: the plaintext is not JSON'],
      [
        expect.stringMatching(/^stream:\d+$/),
        'poison',
        expect.stringMatching(/^not a captured message \(15 bytes\): /),
      ],
    ]);
    expect(letters[0]?.raw).toEqual(raw);
    expect(JSON.stringify(letters.map(({ head }) => head))).not.toMatch(/秘密|保本/);
    expect(await setting.registry.metrics()).toContain('menshen_scanner_messages_total{result="dead"} 2');
  });

  it('a large message whose object is missing becomes a dead letter that names the object', async () => {
    const setting = await setUp();
    const { corpId } = setting;
    await setting.start();
    await publishMessage(test.js, {
      corpId,
      msgid: 'm1',
      text: '',
      change: { body: { objectKey: 'gone/1', sizeBytes: 9 } },
    });
    await until(async () => (await readLetters(corpId)).length === 1);
    expect((await readLetters(corpId))[0]?.head.detail).toMatch(
      /the object of a large message is missing; bytes in object gone\/1$/,
    );
  });

  it('waits, and is not dead, while the object store is away', async () => {
    const setting = await setUp();
    const { corpId, objects } = setting;
    await setting.start();
    objects.away = true;
    const message = { corpId, msgid: 'm1', text: '你好' };
    const { raw } = makeCaptured(message);
    objects.stored.set('there/1', encodeFrame([raw, Buffer.from('{}')]));
    const gets = objects.gets;
    await publishMessage(test.js, { ...message, change: { body: { objectKey: 'there/1', sizeBytes: 9 } } });
    await until(() => objects.gets > gets + 1);
    objects.away = false;
    await setting.judgedCount(1);
    expect(await readLetters(corpId)).toEqual([]);
  });
});

describe('policies change while messages flow', () => {
  it('every message is judged once, by the old set or by the new one, and by the new one within a second of messages', async () => {
    const setting = await setUp();
    await setting.put('watch', 1, termPolicy('alpha'));
    await setting.start();
    const sequences: number[] = [];
    const perSecond = 200;
    const changedAt = new Map<number, number>();
    // A clock made of messages: one every 5 ms, so 200 of them are a second.
    for (let i = 0; i < 5 * perSecond; i++) {
      if (i > 0 && i % perSecond === 0) {
        const generation = 1 + i / perSecond;
        await setting.put('watch', generation, termPolicy(generation % 2 === 0 ? 'beta' : 'alpha'));
        changedAt.set(generation, i);
      }
      sequences.push(await setting.say(`m${i}`, 'alpha and beta'));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const judged = await setting.judgedCount(sequences.length);
    expect(listWrong(judged, sequences)).toEqual({ lost: [], doubled: [] });
    const seen = judged.map(({ judgement }) =>
      judgement.findings.map(({ evidence }) => evidence[0]?.text).join(),
    );
    expect(seen.filter((text) => text !== 'alpha' && text !== 'beta')).toEqual([]);
    // Each set has one digest, and a message judged by it has the finding of exactly that set.
    const digests = new Set(judged.map(({ policySetDigest }, i) => `${policySetDigest} ${seen[i]}`));
    expect(digests.size).toBe(2);
    for (const [generation, at] of changedAt) {
      const term = generation % 2 === 0 ? 'beta' : 'alpha';
      expect(seen.slice(at + perSecond - 1, at + perSecond)).toEqual([term]);
    }
  });

  it('a deleted policy judges no more', async () => {
    const setting = await setUp();
    await setting.put('watch', 1, termPolicy('alpha'));
    await setting.put('other', 1, termPolicy('beta'));
    await setting.start();
    await policies.delete(policyKey(setting.corpId, 'acme', 'watch'));
    await until(async () => (await facts(setting)).policies === 1);
    await setting.say('m1', 'alpha beta');
    const judged = await setting.judgedCount(1);
    expect(findingsOf(judged).map(({ policy }) => policy.name)).toEqual(['other']);
  });

  it('lexicons come with their policy', async () => {
    const setting = await setUp();
    const list = '# words\nalpha\nbeta\n';
    const spec = {
      rules: [{ name: 'said', any: [{ keywords: { lexiconRef: { digest: contentDigest(list) } } }] }],
    };
    await setting.put('watch', 1, spec, [list]);
    await setting.start();
    await setting.say('m1', 'some beta');
    const judged = await setting.judgedCount(1);
    expect(findingsOf(judged)).toMatchObject([{ rule: 'said', lexiconDigests: [contentDigest(list)] }]);
  });

  const BAD_REGEX = { rules: [{ name: 'said', any: [{ pattern: { regex: '(' } }] }] };
  it.each([
    ['that does not compile', async (setting: Setting) => setting.put('watch', 2, BAD_REGEX), /regex/],
    [
      'whose bundle is missing',
      async (setting: Setting) => {
        setting.objects.loses = true;
        await setting.put('watch', 2, termPolicy('gamma'));
      },
      /not in the object store/,
    ],
    [
      'that is no pointer',
      async ({ corpId }: Setting) => {
        await policies.put(policyKey(corpId, 'acme', 'watch'), 'nonsense');
      },
      /not a policy pointer/,
    ],
  ] as [string, (setting: Setting) => Promise<void>, RegExp][])(
    'a revision %s is rejected alone: its last good one stays, others change, the reason is reported',
    async (_name, spoil, reason) => {
      const setting = await setUp();
      await setting.put('watch', 1, termPolicy('alpha'));
      await setting.put('other', 1, termPolicy('beta'));
      await setting.start();
      await spoil(setting);
      await until(async () => (await facts(setting)).rejected === 1);
      expect(JSON.parse(String((await facts(setting)).inForce))).toEqual({
        'acme/watch': 1,
        'acme/other': 1,
      });
      expect(String((await facts(setting)).rejectedPolicies)).toMatch(reason);
      setting.objects.loses = false;
      await setting.put('other', 2, termPolicy('gamma'));
      await until(async () => String((await facts(setting)).inForce).includes('"acme/other":2'));
      await setting.say('m1', 'alpha beta gamma');
      const judged = await setting.judgedCount(1);
      expect(
        findingsOf(judged)
          .map(({ evidence }) => evidence[0]?.text)
          .sort(),
      ).toEqual(['alpha', 'gamma']);
      await setting.put('watch', 3, termPolicy('delta'));
      await until(async () => (await facts(setting)).rejected === 0);
    },
  );

  it('nothing is judged before all policies could be asked for, and then by all of them', async () => {
    const setting = await setUp();
    await setting.put('watch', 1, termPolicy('alpha'));
    await setting.say('m1', 'alpha');
    setting.objects.away = true;
    const started = setting.start();
    await until(() => setting.objects.gets >= 2);
    expect(await setting.judged()).toEqual([]);
    setting.objects.away = false;
    await started;
    expect(findingsOf(await setting.judgedCount(1))).toHaveLength(1);
  });

  it('a store that goes away later changes nothing, and is asked until it is back', async () => {
    const setting = await setUp();
    await setting.put('watch', 1, termPolicy('alpha'));
    await setting.start();
    setting.objects.away = true;
    await setting.put('watch', 2, termPolicy('beta'));
    await until(async () => (await facts(setting)).rejected === 1);
    await setting.say('m1', 'alpha beta');
    expect(findingsOf(await setting.judgedCount(1))[0]?.evidence[0]?.text).toBe('alpha');
    setting.objects.away = false;
    await until(async () => String((await facts(setting)).inForce).includes('"acme/watch":2'));
  });
});
