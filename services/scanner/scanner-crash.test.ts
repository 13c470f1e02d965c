import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { captureStream, PARTITIONS, partitionOf } from '@menshen/contracts/subjects';
import { openPolicyBucket } from '@menshen/jetstream/ensure-streams';
import { makeStreams, startTestNats, type TestNats } from '@menshen/jetstream/jetstream.testkit';
import { openFolderStore } from '@menshen/objects/folder-store';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { end, kill, startScannerProcess } from './run-scanner.testkit.ts';
import {
  findingsOf,
  type Judged,
  listWrong,
  publishMessage,
  putPolicy,
  readJudgements,
  termPolicy,
} from './scanner.testkit.ts';

let test: TestNats;
let folder: string;
let corp = 0;
const children: ChildProcess[] = [];

beforeAll(async () => {
  test = await startTestNats();
  folder = await mkdtemp(join(tmpdir(), 'menshen-objects-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) await kill(child);
});
afterAll(async () => {
  await test.close();
  await rm(folder, { recursive: true, force: true });
});

const until = (condition: () => boolean | Promise<boolean>, timeout = 60_000): Promise<void> =>
  expect.poll(condition, { timeout, interval: 50 }).toBe(true) as Promise<void>;

interface Setting {
  readonly corpId: string;
  start(partitioned: boolean): Promise<ChildProcess>;
  /** Publishes messages from–to over 64 conversations; every tenth breaks the policy. */
  say(from: number, to: number): Promise<void>;
  /** Stream sequences of what was said. */
  readonly said: number[];
  judged(): Promise<Judged[]>;
}

async function setUp(): Promise<Setting> {
  const corpId = `wwc${++corp}`;
  await makeStreams(test.jsm, corpId);
  const objects = await openFolderStore(folder);
  const policies = await openPolicyBucket(test.nats, 1);
  const put = (key: string, bytes: Buffer): Promise<unknown> => objects.put(key, bytes);
  await putPolicy({ policies, put }, { corpId, name: 'watch', generation: 1, spec: termPolicy('保本') });
  const said: number[] = [];
  return {
    corpId,
    said,
    async start(partitioned) {
      const options = { natsUrl: test.server.url, corpId, partitioned, batchSize: 50, objects: folder };
      const child = await startScannerProcess(options);
      children.push(child);
      return child;
    },
    async say(from, to) {
      for (let i = from; i < to; i++) said.push(await publishOrRetry(corpId, i));
    },
    judged: () => readJudgements(test.js, corpId),
  };
}

/** nats-server may be down. A message whose answer was lost stands twice in the stream then: both must be judged. */
async function publishOrRetry(corpId: string, i: number): Promise<number> {
  for (;;) {
    try {
      const change = { conversationId: `wr${i % 64}` };
      return await publishMessage(test.js, {
        corpId,
        msgid: `m${i}`,
        text: i % 10 === 0 ? '保本' : '你好',
        change,
      });
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

const judgedAll = async ({ judged, said }: Setting): Promise<boolean> => {
  const seen = new Set((await judged()).map(({ judgement }) => judgement.streamSequence));
  return said.every((sequence) => seen.has(sequence));
};

/** Every violation found, nothing invented. */
const foundMessages = (judged: readonly Judged[]): string[] =>
  [...new Set(findingsOf(judged).map(({ msgid }) => msgid))].sort();
const violations = (count: number): string[] =>
  Array.from({ length: count / 10 }, (_, i) => `m${i * 10}`).sort();

describe('one scanner, killed with -9 again and again, nats-server as well', () => {
  it('judges every message exactly once', async () => {
    const setting = await setUp();
    const saying = setting.say(0, 3_000);
    for (let kills = 1; kills <= 6; kills++) {
      const child = await setting.start(false);
      const goal = (await setting.judged().catch(() => [])).length + 200;
      await until(async () => {
        const count = (await setting.judged()).length;
        return count >= goal || count >= 3_000;
      });
      await kill(child);
      if (kills % 3 === 0) await test.killAndRestart();
    }
    await saying;
    await setting.start(false);
    await until(() => judgedAll(setting), 120_000);
    const judged = await setting.judged();
    expect(listWrong(judged, setting.said)).toEqual({ lost: [], doubled: [] });
    expect(foundMessages(judged)).toEqual(violations(3_000));
  }, 300_000);
});

describe('several scanners', () => {
  const pinsOf = async (corpId: string): Promise<string[]> => {
    const infos = await Promise.all(
      Array.from({ length: PARTITIONS }, (_, partition) =>
        test.jsm.consumers.info(captureStream(corpId), `scanner-${partition}`),
      ),
    );
    return infos.flatMap(pinsIn);
  };

  /** The server tells the pins; the client's types do not know them. */
  const pinsIn = (info: object): string[] => {
    const groups = 'priority_groups' in info ? info.priority_groups : [];
    return (groups as readonly { pinned_client_id?: string }[]).flatMap(({ pinned_client_id: pin }) =>
      pin === undefined ? [] : [pin],
    );
  };

  /** Judgements of each partition in the order they were stored. */
  const byPartition = (judged: readonly Judged[]): Map<number, number[]> => {
    const lanes = new Map<number, number[]>();
    for (const { judgement } of judged) {
      const partition = partitionOf(`wr${Number(judgement.msgid.slice(1)) % 64}`);
      lanes.set(partition, [...(lanes.get(partition) ?? []), judgement.streamSequence]);
    }
    return lanes;
  };

  const expectOrder = (judged: readonly Judged[]): void => {
    for (const [partition, order] of byPartition(judged))
      expect(order, `partition ${partition}`).toEqual(order.toSorted((a, b) => a - b));
  };

  it('judge every message once and each partition in order, while one of them is killed and another takes its lanes', async () => {
    const setting = await setUp();
    const first = await setting.start(true);
    await setting.say(0, 500);
    await until(() => judgedAll(setting));
    expect(await pinsOf(setting.corpId)).toHaveLength(PARTITIONS);
    const saying = setting.say(500, 1_500);
    await kill(first);
    await setting.start(true);
    await saying;
    await until(() => judgedAll(setting), 120_000);
    const judged = await setting.judged();
    expect(listWrong(judged, setting.said)).toEqual({ lost: [], doubled: [] });
    expect(foundMessages(judged)).toEqual(violations(1_500));
    expectOrder(judged);
  }, 300_000);

  it('share the lanes: who came first hands half of them over', async () => {
    const setting = await setUp();
    await setting.start(true);
    await setting.say(0, 200);
    await until(() => judgedAll(setting));
    const before = new Set(await pinsOf(setting.corpId));
    await setting.start(true);
    let at = 200;
    await until(async () => {
      await setting.say(at, at + 100);
      at += 100;
      const now = await pinsOf(setting.corpId);
      return now.filter((pin) => before.has(pin)).length === PARTITIONS / 2;
    });
    await until(() => judgedAll(setting));
    const judged = await setting.judged();
    expect(listWrong(judged, setting.said)).toEqual({ lost: [], doubled: [] });
    expectOrder(judged);
  }, 180_000);

  it('one that is told to end hands its lanes over at once, and nothing is judged out of order', async () => {
    const setting = await setUp();
    const first = await setting.start(true);
    await setting.say(0, 100);
    await until(() => judgedAll(setting));
    const before = new Set(await pinsOf(setting.corpId));
    await setting.start(true);
    const saying = setting.say(100, 1_100);
    await end(first);
    // Nobody has to wait until the dead one's pins run out.
    expect((await pinsOf(setting.corpId)).filter((pin) => before.has(pin))).toEqual([]);
    await saying;
    await until(() => judgedAll(setting));
    const judged = await setting.judged();
    expect(listWrong(judged, setting.said)).toEqual({ lost: [], doubled: [] });
    expectOrder(judged);
  }, 180_000);
});

describe('from one scanner to several, and back', () => {
  it.each([
    ['one to several', false],
    ['several to one', true],
  ])(
    '%s: the new consumers go on where the old ones were, and the old ones are gone',
    async (_name, before) => {
      const setting = await setUp();
      const old = await setting.start(before);
      await setting.say(0, 300);
      await until(() => judgedAll(setting));
      await kill(old);
      await setting.say(300, 600);
      await setting.start(!before);
      await until(() => judgedAll(setting));
      expect(listWrong(await setting.judged(), setting.said)).toEqual({ lost: [], doubled: [] });
      const names = [];
      for await (const { name } of test.jsm.consumers.list(captureStream(setting.corpId))) names.push(name);
      expect(names.includes('scanner')).toBe(before);
      expect(names).toHaveLength(before ? 1 : PARTITIONS);
    },
  );
});
