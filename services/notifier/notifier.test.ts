import type { ChildProcess } from 'node:child_process';
import { decodeNotice, type Notice } from '@menshen/contracts/compliance-alert';
import type { Finding } from '@menshen/contracts/finding';
import type { NotifierConfig } from '@menshen/contracts/role-config';
import { findingSubject, noticeSubject, outcomeStream } from '@menshen/contracts/subjects';
import { makeStreams, startTestNats, type TestNats } from '@menshen/jetstream/jetstream.testkit';
import { readTail } from '@menshen/jetstream/read-tail';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  makeChannel,
  makeConfig,
  makeFinding,
  makeRoute,
  publishFindings,
  type Received,
  type Receiver,
  startReceiver,
} from './notifier.testkit.ts';
import { kill, startNotifierProcess } from './run-notifier.testkit.ts';

let test: TestNats;
let corp = 0;
let child: ChildProcess | undefined;
let receiver: Receiver | undefined;
beforeAll(async () => {
  test = await startTestNats();
});
afterEach(async () => {
  if (child !== undefined) await kill(child);
  await receiver?.close();
  child = undefined;
  receiver = undefined;
});
afterAll(() => test.close());

const newCorp = async (): Promise<string> => {
  const corpId = `wwn${++corp}`;
  await makeStreams(test.jsm, corpId);
  return corpId;
};

const readNotices = async (corpId: string): Promise<Notice[]> => {
  const notices: Notice[] = [];
  await readTail(
    test.js,
    { stream: outcomeStream(corpId), subject: noticeSubject(corpId), from: { sequence: 1 } },
    (message) => notices.push(decodeNotice(message.data)),
  );
  return notices;
};

const lastStates = (notices: readonly Notice[]): Map<string, string> =>
  new Map(notices.map(({ id, state }) => [id, state]));

interface Told {
  readonly id: string;
  readonly findings: readonly { readonly findingId: string }[];
}
const told = (received: readonly Received[]): Told[] => received.map(({ body }) => JSON.parse(body) as Told);

/** finding → the distinct notices it was told in. */
const homesOf = (notices: readonly Told[]): Map<string, Set<string>> => {
  const homes = new Map<string, Set<string>>();
  for (const { id, findings } of notices)
    for (const { findingId } of findings) homes.set(findingId, (homes.get(findingId) ?? new Set()).add(id));
  return homes;
};

const until = (condition: () => boolean | Promise<boolean>, timeout = 30_000): Promise<void> =>
  expect.poll(condition, { timeout, interval: 20 }).toBe(true) as Promise<void>;

const acknowledged = async (corpId: string): Promise<boolean> => {
  const info = await test.jsm.consumers.info(outcomeStream(corpId), 'notifier');
  return info.num_pending + info.num_ack_pending === 0;
};

const start = async (corpId: string, config: NotifierConfig): Promise<void> => {
  child = await startNotifierProcess({ natsUrl: test.server.url, corpId, config });
};

describe('from a finding to a notice', () => {
  it('writes the notice down before it sends, sends it once, writes down the delivery, and acknowledges', async () => {
    const corpId = await newCorp();
    let atSending: Notice[] = [];
    receiver = await startReceiver(async () => {
      atSending = await readNotices(corpId);
      return { status: 204 };
    });
    const config = makeConfig(
      [makeChannel('compliance', { url: receiver.url })],
      [makeRoute(['compliance'])],
    );
    await start(corpId, config);
    await publishFindings(test.js, corpId, [makeFinding('m1', { corpId })]);
    await until(async () => (await readNotices(corpId)).at(-1)?.state === 'Delivered');
    await until(() => acknowledged(corpId));
    expect(atSending.map(({ state, attempts }) => [state, attempts])).toEqual([
      ['Pending', 0],
      ['Pending', 1],
    ]);
    const records = await readNotices(corpId);
    expect(new Set(records.map(({ id }) => id)).size).toBe(1);
    expect(told(receiver.received)).toMatchObject([{ findings: [{ msgid: 'm1' }] }]);
  });

  it('acknowledges findings that wait for their group, and tells them together when it is time', async () => {
    const corpId = await newCorp();
    receiver = await startReceiver(() => ({ status: 200 }));
    const route = makeRoute(['compliance'], { groupWaitMs: 5_000 });
    await start(corpId, makeConfig([makeChannel('compliance', { url: receiver.url })], [route]));
    for (let i = 0; i < 10; i++) await publishFindings(test.js, corpId, [makeFinding(`m${i}`, { corpId })]);
    await until(() => acknowledged(corpId));
    expect(receiver.received).toHaveLength(0);
    await until(() => (receiver?.received.length ?? 0) > 0);
    expect(told(receiver.received)[0]?.findings).toHaveLength(10);
  });

  it('tells nothing twice: redelivered findings, higher facts versions, shadow findings, empty batches', async () => {
    const corpId = await newCorp();
    receiver = await startReceiver(() => ({ status: 200 }));
    const config = makeConfig(
      [makeChannel('compliance', { url: receiver.url })],
      [makeRoute(['compliance'])],
    );
    await start(corpId, config);
    const finding = makeFinding('m1', { corpId });
    await publishFindings(test.js, corpId, [finding]);
    await until(() => receiver?.received.length === 1);
    await publishFindings(test.js, corpId, [finding, { ...finding, factsVersion: 2 }]);
    await publishFindings(test.js, corpId, [makeFinding('m2', { corpId, mode: 'Shadow' })]);
    await publishFindings(test.js, corpId, []);
    await publishFindings(test.js, corpId, [makeFinding('m3', { corpId })]);
    await until(() => acknowledged(corpId));
    await until(() => receiver?.received.length === 2);
    expect([...homesOf(told(receiver.received)).values()].map(({ size }) => size)).toEqual([1, 1]);
    expect(told(receiver.received)[1]?.findings).toMatchObject([{ msgid: 'm3' }]);
  });

  it('goes on after a message that is no judgement batch', async () => {
    const corpId = await newCorp();
    receiver = await startReceiver(() => ({ status: 200 }));
    const config = makeConfig(
      [makeChannel('compliance', { url: receiver.url })],
      [makeRoute(['compliance'])],
    );
    await start(corpId, config);
    await test.js.publish(findingSubject(corpId), 'not JSON');
    await publishFindings(test.js, corpId, [makeFinding('m1', { corpId })]);
    await until(() => receiver?.received.length === 1);
    await until(() => acknowledged(corpId));
  });

  it('a channel that is down delays only itself; its notice arrives later under the same id', async () => {
    const corpId = await newCorp();
    let up = false;
    receiver = await startReceiver((_request, index) => ({ status: up || index > 2 ? 200 : 503 }));
    const well = await startReceiver(() => ({ status: 200 }));
    const channels = [makeChannel('down', { url: receiver.url }), makeChannel('well', { url: well.url })];
    await start(corpId, makeConfig(channels, [makeRoute(['down', 'well'])]));
    await publishFindings(test.js, corpId, [makeFinding('m1', { corpId })]);
    await until(() => well.received.length === 1);
    up = true;
    await until(async () =>
      [...lastStates(await readNotices(corpId)).values()].every((state) => state === 'Delivered'),
    );
    expect(new Set(told(receiver.received).map(({ id }) => id)).size).toBe(1);
    expect(receiver.received.length).toBeGreaterThan(1);
    await well.close();
  });

  it('shows a refused notice as Failed with the reason, and acknowledges its findings', async () => {
    const corpId = await newCorp();
    receiver = await startReceiver(() => ({ status: 404 }));
    const config = makeConfig(
      [makeChannel('compliance', { url: receiver.url })],
      [makeRoute(['compliance'])],
    );
    await start(corpId, config);
    await publishFindings(test.js, corpId, [makeFinding('m1', { corpId })]);
    await until(async () => (await readNotices(corpId)).at(-1)?.state === 'Failed');
    expect((await readNotices(corpId)).at(-1)).toMatchObject({ error: 'HTTP 404', attempts: 1 });
    await until(() => acknowledged(corpId));
  });
});

describe('two notifiers at once, as during a rollout', () => {
  it('each finding is told in one notice, by one of them', async () => {
    const corpId = await newCorp();
    receiver = await startReceiver(() => ({ status: 200 }));
    const route = makeRoute(['compliance'], { groupWaitMs: 20, repeatIntervalMs: 50 });
    const config = makeConfig([makeChannel('compliance', { url: receiver.url })], [route]);
    await start(corpId, config);
    const second = await startNotifierProcess({ natsUrl: test.server.url, corpId, config });
    const findings = Array.from({ length: 302 }, (_, i) =>
      makeFinding(`m${i % 151}`, {
        corpId,
        conversationId: `wr${(i % 151) % 10}`,
        factsVersion: i < 151 ? 0 : 1,
      }),
    );
    for (const finding of findings) await publishFindings(test.js, corpId, [finding]);
    await until(async () => {
      const states = [...lastStates(await readNotices(corpId)).values()];
      return (await acknowledged(corpId)) && states.every((state) => state === 'Delivered');
    });
    await kill(second);
    const homes = homesOf(told(receiver.received));
    expect(homes.size).toBe(151);
    expect([...homes.values()].filter(({ size }) => size !== 1)).toEqual([]);
    const ids = told(receiver.received).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('killed with -9 and started again, again and again', () => {
  it('no finding is lost and none is in two notices, nats-server killed in between as well', async () => {
    const corpId = await newCorp();
    receiver = await startReceiver((_request, index) => ({ status: index % 7 === 3 ? 503 : 200 }));
    const channels = [
      makeChannel('compliance', { url: receiver.url }),
      makeChannel('legal', { url: receiver.url }),
    ];
    const routes = [
      makeRoute(['compliance'], { groupWaitMs: 30, repeatIntervalMs: 200 }),
      makeRoute(['legal'], { groupBy: ['Sender'], groupWaitMs: 200, repeatIntervalMs: 0 }),
    ];
    const config = makeConfig(channels, routes);
    const findings: Finding[] = Array.from({ length: 400 }, (_, i) =>
      makeFinding(`m${i}`, { corpId, conversationId: `wr${i % 40}`, senderId: `s${i % 9}` }),
    );
    const publishing = (async () => {
      for (let i = 0; i < findings.length; i += 4) await publishOrRetry(corpId, findings.slice(i, i + 4));
    })();
    for (let kills = 1; kills <= 8; kills++) {
      await start(corpId, config);
      const goal = receiver.received.length + 5;
      await until(
        async () => (receiver?.received.length ?? 0) >= goal || (await allDelivered(corpId, findings)),
      );
      if (child !== undefined) await kill(child);
      if (kills === 4) await test.killAndRestart();
    }
    await publishing;
    await start(corpId, config);
    await until(() => allDelivered(corpId, findings), 60_000);
    const notices = told(receiver.received);
    for (const channel of ['compliance', 'legal']) {
      const ofChannel = receiver.received.filter(({ body }) => JSON.parse(body).channel === channel);
      const homes = homesOf(told(ofChannel));
      expect(homes.size).toBe(findings.length);
      expect([...homes.values()].filter(({ size }) => size !== 1)).toEqual([]);
    }
    // What is sent again after a crash is the same notice to the letter: the receiver's idempotency key protects it.
    const bodies = new Map<string, Set<string>>();
    for (const [index, { id }] of notices.entries())
      bodies.set(id, (bodies.get(id) ?? new Set()).add(receiver.received[index]?.body ?? ''));
    expect([...bodies.values()].filter(({ size }) => size !== 1)).toEqual([]);
    await until(() => acknowledged(corpId));
  }, 180_000);

  const publishOrRetry = async (corpId: string, findings: readonly Finding[]): Promise<void> => {
    for (;;) {
      try {
        return await publishFindings(test.js, corpId, findings);
      } catch {
        // nats-server is being killed. A repeated batch is a redelivery like any other.
      }
    }
  };

  const allDelivered = async (corpId: string, findings: readonly Finding[]): Promise<boolean> => {
    const notices = await readNotices(corpId);
    const states = lastStates(notices);
    const delivered = notices.filter(({ id }) => states.get(id) === 'Delivered');
    const keys = delivered.flatMap(({ channel, items }) =>
      items.map(({ findingId }) => `${channel}|${findingId}`),
    );
    return new Set(keys).size === findings.length * 2;
  };
});
