// Counting what senders wrote lately, from a real stream: the same for whoever reads it, after restarts, gaps and delays.
import { captureStream, enrichedSubject, messageSubject, partitionOf } from '@menshen/contracts/subjects';
import { ensureConsumer } from '@menshen/jetstream/ensure-consumer';
import { makeStreams, startTestNats, type TestNats } from '@menshen/jetstream/jetstream.testkit';
import type { JsMsg } from '@nats-io/jetstream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RecentCounter } from './count-recent.ts';
import { makePayload } from './scanner.testkit.ts';

let test: TestNats;
let corp = 0;
beforeAll(async () => {
  test = await startTestNats();
});
afterAll(() => test.close());

const NOW = Date.now();

interface Written {
  readonly id: number;
  /** Seconds before now. */
  readonly ago: number;
  readonly msgtype?: string;
  readonly enriched?: boolean;
  readonly quarantined?: boolean;
}

async function setUp(name = 'scanner') {
  const corpId = `wwr${++corp}`;
  const partition = partitionOf('wr1');
  const consumer = name === 'scanner' ? name : `scanner-${partition}`;
  await makeStreams(test.jsm, corpId);
  await ensureConsumer(test.jsm, {
    stream: captureStream(corpId),
    name: consumer,
    filterSubjects:
      consumer === 'scanner'
        ? []
        : [`wecom.${corpId}.message.${partition}.>`, enrichedSubject(corpId, partition)],
    maxAckPending: 1_000,
    ackWaitMs: 60_000,
    acks: 'Explicit',
  });
  return {
    counter: () => new RecentCounter(test.js, corpId),
    async write(...messages: Written[]) {
      for (const { id, ago, msgtype = 'text', enriched, quarantined = false } of messages)
        await test.js.publish(
          enriched === true ? enrichedSubject(corpId, partition) : messageSubject(corpId, partition, msgtype),
          makePayload({
            corpId,
            msgid: `m${id}`,
            text: 'hi',
            change: { eventTimeMs: NOW - ago * 1000, msgtype, quarantined },
          }),
        );
    },
    async take(count: number): Promise<readonly JsMsg[]> {
      const batch: JsMsg[] = [];
      const durable = await test.js.consumers.get(captureStream(corpId), consumer);
      for await (const message of await durable.fetch({ max_messages: count, expires: 2_000 }))
        batch.push(message);
      return batch;
    },
  };
}

/** Messages within the minute, for each message of the batch. */
async function countsOf(
  counter: RecentCounter,
  batch: readonly JsMsg[],
  judged = batch,
): Promise<(number | undefined)[]> {
  counter.follow(batch, [60]);
  return (await counter.count(judged, [60])).facts.map(([fact]) => fact?.messages);
}

describe.each(['scanner', 'a lane of several'])('RecentCounter of %s', (name) => {
  it('counts within a batch and from batch to batch', async () => {
    const { counter, write, take } = await setUp(name);
    await write({ id: 1, ago: 50 }, { id: 2, ago: 40 }, { id: 3, ago: 30 });
    const one = counter();
    expect(await countsOf(one, await take(2))).toEqual([1, 2]);
    expect(await countsOf(one, await take(1))).toEqual([3]);
  });

  it('counts the same after a restart, by reading the stream', async () => {
    const { counter, write, take } = await setUp(name);
    await write({ id: 1, ago: 50 }, { id: 2, ago: 40 }, { id: 3, ago: 30 });
    await take(2);
    expect(await countsOf(counter(), await take(1))).toEqual([3]);
  });

  it('notices that another reader had messages in between', async () => {
    const { counter, write, take } = await setUp(name);
    await write({ id: 1, ago: 50 }, { id: 2, ago: 40 }, { id: 3, ago: 30 });
    const one = counter();
    await countsOf(one, await take(1));
    await take(1);
    expect(await countsOf(one, await take(1))).toEqual([3]);
  });

  it('counts what was judged already and is left out of the batch', async () => {
    const { counter, write, take } = await setUp(name);
    await write({ id: 1, ago: 50 }, { id: 2, ago: 40 }, { id: 3, ago: 30 });
    const batch = await take(3);
    expect(await countsOf(counter(), batch, batch.slice(2))).toEqual([3]);
  });

  it('gives an enriched event the count of its message, whatever was written since', async () => {
    const { counter, write, take } = await setUp(name);
    await write(
      { id: 1, ago: 50 },
      { id: 2, ago: 40 },
      { id: 3, ago: 30 },
      { id: 2, ago: 40, enriched: true },
    );
    const one = counter();
    expect(await countsOf(one, await take(4))).toEqual([1, 2, 3, 2]);
  });

  it('reads anew for a message from long ago', async () => {
    const { counter, write, take } = await setUp(name);
    const days = 3 * 86_400;
    await write(
      { id: 1, ago: days + 5 },
      { id: 2, ago: days },
      { id: 3, ago: 30 },
      { id: 2, ago: days, enriched: true },
    );
    await take(2);
    expect(await countsOf(counter(), await take(2))).toEqual([1, 2]);
  });

  it('does not count events that nobody wrote, nor what is quarantined', async () => {
    const { counter, write, take } = await setUp(name);
    await write(
      { id: 1, ago: 50, msgtype: 'revoke' },
      { id: 2, ago: 40, quarantined: true },
      { id: 3, ago: 30 },
    );
    expect(await countsOf(counter(), await take(3))).toEqual([undefined, undefined, 1]);
  });

  it('keeps nothing and reads nothing while nobody asks', async () => {
    const { counter, write, take } = await setUp(name);
    await write({ id: 1, ago: 50 }, { id: 2, ago: 40 });
    const one = counter();
    const batch = await take(1);
    one.follow(batch, []);
    expect(await one.count(batch, [])).toEqual({ withinSeconds: [], facts: [] });
    // Asked from now on: what was not followed is read.
    expect(await countsOf(one, await take(1))).toEqual([2]);
  });
});
