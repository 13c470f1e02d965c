import { captureStream, messageSubject } from '@menshen/contracts/subjects';
import type { JsMsg } from '@nats-io/jetstream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ensureConsumer } from './ensure-consumer.ts';
import { makeStreams, realClock, startTestNats, type TestNats } from './jetstream.testkit.ts';
import { type BatchHandler, DONE, type PullEvent, type PullLoop, pullBatches } from './pull-batches.ts';

describe('reading a durable consumer in batches', () => {
  let test: TestNats;
  let corp = 0;
  const loops: PullLoop[] = [];
  beforeAll(async () => {
    test = await startTestNats();
  });
  afterEach(async () => {
    await Promise.all(loops.splice(0).map((loop) => loop.drain()));
  });
  afterAll(() => test.close());

  const setUp = async (options: { acks?: 'Explicit' | 'All'; ackWaitMs?: number } = {}) => {
    const corpId = `wp${++corp}`;
    await makeStreams(test.jsm, corpId);
    const stream = captureStream(corpId);
    const ackWaitMs = options.ackWaitMs ?? 30_000;
    await ensureConsumer(test.jsm, {
      stream,
      name: 'reader',
      filterSubjects: [],
      maxAckPending: 5_000,
      ackWaitMs,
      acks: options.acks ?? 'Explicit',
    });
    const events: PullEvent[] = [];
    const read = (
      handle: BatchHandler,
      limits: { maxMessages?: number; lingerMs?: number } = {},
    ): PullLoop => {
      const loop = pullBatches(
        test.js,
        {
          stream,
          consumer: 'reader',
          maxMessages: limits.maxMessages ?? 100,
          maxBytes: 1 << 20,
          lingerMs: limits.lingerMs ?? 0,
          ackWaitMs,
          ackAll: options.acks === 'All',
          clock: realClock,
          report: (event) => events.push(event),
        },
        handle,
      );
      loops.push(loop);
      return loop;
    };
    const publish = async (from: number, to: number): Promise<void> => {
      for (let i = from; i < to; i++) await test.js.publish(messageSubject(corpId, 0, 'text'), String(i));
    };
    const pending = async (): Promise<number> => {
      const info = await test.jsm.consumers.info(stream, 'reader');
      return info.num_pending + info.num_ack_pending;
    };
    return { read, publish, pending, events, stream };
  };
  const texts = (batch: readonly JsMsg[]): string[] => batch.map((message) => message.string());
  const until = (condition: () => boolean | Promise<boolean>): Promise<void> =>
    expect.poll(condition, { timeout: 20_000, interval: 20 }).toBe(true) as Promise<void>;

  it.each(['Explicit', 'All'] as const)(
    'hands over every message once, in order, and settles all of them (%s)',
    async (acks) => {
      const { read, publish, pending } = await setUp({ acks });
      await publish(0, 250);
      const seen: string[] = [];
      read(async (batch) => {
        seen.push(...texts(batch));
        return DONE;
      });
      await until(() => seen.length >= 250);
      await until(async () => (await pending()) === 0);
      expect(seen).toEqual(Array.from({ length: 250 }, (_, i) => String(i)));
    },
  );

  it('takes no batch larger than asked and gathers company while it lingers', async () => {
    const { read, publish } = await setUp();
    await publish(0, 25);
    const sizes: number[] = [];
    read(
      async (batch) => {
        sizes.push(batch.length);
        return DONE;
      },
      { maxMessages: 10, lingerMs: 200 },
    );
    await until(() => sizes.reduce((sum, size) => sum + size, 0) === 25);
    expect(Math.max(...sizes)).toBe(10);
    expect(sizes).toHaveLength(3);
  });

  it('hands the same batch over again after the handler threw, and goes on', async () => {
    const { read, publish, pending, events } = await setUp();
    await publish(0, 5);
    const attempts: string[][] = [];
    read(async (batch) => {
      attempts.push(texts(batch));
      if (attempts.length < 3) throw new Error('the outside is broken');
      return DONE;
    });
    await until(async () => attempts.length >= 3 && (await pending()) === 0);
    expect(attempts[0]?.[0]).toBe('0');
    expect(attempts[1]).toEqual(attempts[0]);
    expect(events.filter((event) => event.kind === 'HandlerFailed')).toHaveLength(2);
  });

  it('delivers a message again when it is to be retried, and never when it is dropped', async () => {
    const { read, publish, pending } = await setUp();
    await publish(0, 3);
    const seen: string[] = [];
    read(async (batch) =>
      batch.map((message) => {
        seen.push(`${message.string()}#${message.info.deliveryCount}`);
        if (message.string() === '1' && message.info.deliveryCount === 1)
          return { kind: 'Retry', delayMs: 10 };
        if (message.string() === '2') return { kind: 'Drop', reason: 'kept elsewhere' };
        return DONE;
      }),
    );
    await until(async () => seen.length >= 4 && (await pending()) === 0);
    expect(seen.toSorted()).toEqual(['0#1', '1#1', '1#2', '2#1']);
  });

  it('goes on after nats-server was killed and came back, losing nothing', async () => {
    const { read, publish, pending } = await setUp({ ackWaitMs: 1_000 });
    const seen = new Set<string>();
    read(async (batch) => {
      for (const text of texts(batch)) seen.add(text);
      return DONE;
    });
    await publish(0, 50);
    await until(() => seen.size === 50);
    await test.killAndRestart();
    await publish(50, 100);
    await until(() => seen.size === 100);
    await until(async () => (await pending()) === 0);
  });

  it('gives what it has not handled back when it drains, for the next reader', async () => {
    const { read, publish, pending } = await setUp();
    await publish(0, 40);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const first: string[] = [];
    const loop = read(
      async (batch) => {
        first.push(...texts(batch));
        await held;
        return DONE;
      },
      { maxMessages: 10 },
    );
    await until(() => first.length > 0);
    const drained = loop.drain();
    release();
    await drained;
    const second: string[] = [];
    read(async (batch) => {
      second.push(...texts(batch));
      return DONE;
    });
    await until(async () => (await pending()) === 0);
    expect([...first, ...second].toSorted()).toEqual(
      Array.from({ length: 40 }, (_, i) => String(i)).toSorted(),
    );
  });

  it('finds its consumer again after someone deleted and re-made it', async () => {
    const { read, publish, events, stream } = await setUp();
    const seen = new Set<string>();
    read(async (batch) => {
      for (const text of texts(batch)) seen.add(text);
      return DONE;
    });
    await publish(0, 10);
    await until(() => seen.size === 10);
    await test.jsm.consumers.delete(stream, 'reader');
    await until(() => events.some((event) => event.kind === 'ConsumerLost'));
    await ensureConsumer(test.jsm, {
      stream,
      name: 'reader',
      filterSubjects: [],
      maxAckPending: 100,
      ackWaitMs: 30_000,
      acks: 'Explicit',
    });
    await publish(10, 20);
    await until(() => seen.size === 20);
  });
});
