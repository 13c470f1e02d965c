import { decodeNotice, type Notice } from '@menshen/contracts/compliance-alert';
import { noticeSubject, outcomeStream } from '@menshen/contracts/subjects';
import { makeStreams, startTestNats, type TestNats } from '@menshen/jetstream/jetstream.testkit';
import { readTail } from '@menshen/jetstream/read-tail';
import { silentLogger } from '@menshen/telemetry/logger';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Channel, SendOutcome } from './channels/channel.ts';
import { Delivery } from './deliver-notices.ts';
import { NoticeLog } from './notice-log.ts';
import { makeNotice } from './notifier.testkit.ts';
import { createNotifierMetrics } from './notifier-metrics.ts';

const HOUR = 3_600_000;

describe('what becomes of a notice', () => {
  let test: TestNats;
  let corp = 0;
  beforeAll(async () => {
    test = await startTestNats();
  });
  afterAll(() => test.close());

  interface Setting {
    readonly clock: { now: number };
    readonly sent: Notice[];
    readonly log: NoticeLog;
    readonly delivery: Delivery;
    /** The clock goes on; what is due is done. Returns when the next is due. */
    advance(toMs: number): Promise<number | undefined>;
    open(...notices: Notice[]): Promise<void>;
    /** `id state attempts` of every record, in order. */
    records(): Promise<string[]>;
  }

  const setUp = async (
    outcomes: (notice: Notice, index: number) => SendOutcome,
    limits: Channel['limits'] = { concurrent: 4 },
    contentChannels: ReadonlySet<string> = new Set(),
  ): Promise<Setting> => {
    const corpId = `wwd${++corp}`;
    await makeStreams(test.jsm, corpId);
    const clock = { now: 0 };
    const sent: Notice[] = [];
    const channel: Channel = {
      name: 'compliance',
      limits,
      send: async (notice) => outcomes(notice, sent.push(notice) - 1),
    };
    const log = new NoticeLog({ js: test.js, nats: test.nats, corpId });
    const delivery = new Delivery({
      log,
      channels: new Map([['compliance', channel]]),
      contentChannels,
      clock: { nowMs: () => clock.now },
      chance: () => 0.5,
      metrics: createNotifierMetrics(new Registry()),
      logger: silentLogger,
      wake: () => undefined,
    });
    return {
      clock,
      sent,
      log,
      delivery,
      async advance(toMs) {
        clock.now = toMs;
        let next = delivery.tick();
        // What ends may make room for another: until nothing starts any more.
        for (let before = -1; before !== sent.length; next = delivery.tick()) {
          before = sent.length;
          await delivery.settled();
        }
        await delivery.settled();
        return next;
      },
      async open(...notices) {
        await log.append(() => notices);
      },
      async records() {
        const found: string[] = [];
        const tail = { stream: outcomeStream(corpId), subject: noticeSubject(corpId), from: { sequence: 1 } };
        await readTail(test.js, tail, (message) => {
          const { id, state, attempts } = decodeNotice(message.data);
          found.push(`${id} ${state} ${attempts}`);
        });
        return found;
      },
    };
  };

  it('gathers until it is due, is written down as being sent, is sent, is written down as delivered', async () => {
    const { advance, open, records, sent } = await setUp(() => ({ kind: 'Delivered' }));
    await open(makeNotice({ sendAfterMs: 2_000 }));
    expect(await advance(1_999)).toBe(2_000);
    expect(sent).toEqual([]);
    expect(await advance(2_000)).toBeUndefined();
    expect(await records()).toEqual(['n1 Pending 0', 'n1 Pending 1', 'n1 Delivered 1']);
  });

  it('is tried again until it succeeds, shown as Failed after five attempts, under one id', async () => {
    const { advance, open, records, sent } = await setUp((_notice, index) =>
      index < 6 ? { kind: 'Later', detail: 'HTTP 503' } : { kind: 'Delivered' },
    );
    await open(makeNotice({ sendAfterMs: 0 }));
    for (let next: number | undefined = 0; next !== undefined; ) next = await advance(next);
    expect(sent.map(({ id }) => id)).toEqual(Array.from({ length: 7 }, () => 'n1'));
    expect(await records()).toEqual(['n1 Pending 0', 'n1 Pending 1', 'n1 Failed 5', 'n1 Delivered 7']);
  });

  it('is given up after 24 hours, and stays Failed', async () => {
    const { advance, open, records, clock } = await setUp(() => ({ kind: 'Later', detail: 'HTTP 503' }));
    await open(makeNotice({ sendAfterMs: 0 }));
    for (let next: number | undefined = 0; next !== undefined && next < 30 * HOUR; )
      next = await advance(next);
    expect(clock.now).toBeGreaterThan(23 * HOUR);
    expect(clock.now).toBeLessThanOrEqual(24 * HOUR);
    expect((await records()).at(-1)).toMatch(/^n1 Failed \d+$/);
  });

  it('does not hold up others when it alone is refused', async () => {
    const { advance, open, records } = await setUp((notice) =>
      notice.id === 'n1' ? { kind: 'Refused', detail: 'HTTP 400' } : { kind: 'Delivered' },
    );
    await open(makeNotice({ sendAfterMs: 0 }), makeNotice({ id: 'n2', groupKey: 'g2', sendAfterMs: 0 }));
    await advance(0);
    expect((await records()).slice(-2).sort()).toEqual(['n1 Failed 1', 'n2 Delivered 1']);
  });

  it('waits with all others while its channel does not answer: one asks, not each', async () => {
    const { advance, open, sent } = await setUp(() => ({ kind: 'Later', detail: 'HTTP 503' }), {
      concurrent: 1,
    });
    await open(
      ...Array.from({ length: 20 }, (_, i) => makeNotice({ id: `n${i}`, groupKey: `g${i}`, sendAfterMs: 0 })),
    );
    await advance(0);
    expect(sent).toHaveLength(1);
    await advance(500);
    expect(sent).toHaveLength(2);
  });

  it('keeps to twenty a minute where the channel bears no more', async () => {
    const { advance, open, sent } = await setUp(() => ({ kind: 'Delivered' }), {
      concurrent: 1,
      perMinute: 20,
    });
    await open(
      ...Array.from({ length: 50 }, (_, i) => makeNotice({ id: `n${i}`, groupKey: `g${i}`, sendAfterMs: 0 })),
    );
    const counts: number[] = [];
    for (let next: number | undefined = 0; next !== undefined; ) {
      next = await advance(next);
      counts.push(sent.length);
    }
    expect([...new Set(counts)]).toEqual([20, 40, 50]);
    expect(sent.map(({ id }) => id)).toEqual(Array.from({ length: 50 }, (_, i) => `n${i}`));
  });

  it('fails, and says why, when its channel is no longer configured', async () => {
    const { advance, open, records, log } = await setUp(() => ({ kind: 'Delivered' }));
    await open(makeNotice({ channel: 'gone', sendAfterMs: 0 }));
    await advance(0);
    expect((await records()).at(-1)).toBe('n1 Failed 1');
    expect(log.book.find('n1')?.error).toBe('the channel is no longer in the configuration');
  });

  it.each([
    ['loses its content when the channel may no longer carry it', new Set<string>(), undefined],
    ['carries its content where the channel may', new Set(['compliance']), '【保本】'],
  ])('%s', async (_name, contentChannels, expected) => {
    const { advance, open, sent } = await setUp(
      () => ({ kind: 'Delivered' }),
      { concurrent: 1 },
      contentChannels,
    );
    const items = makeNotice().items.map((item) => ({ ...item, excerpt: '【保本】' }));
    await open(makeNotice({ items, sendAfterMs: 0 }));
    await advance(0);
    expect(sent[0]?.items[0]?.excerpt).toBe(expected);
  });

  it('that another notifier began is left to it for five minutes, and then finished under the same id', async () => {
    const { advance, open, sent } = await setUp(() => ({ kind: 'Delivered' }));
    await open(makeNotice({ attempts: 1, updatedAtMs: 1_000, sendAfterMs: 0 }));
    expect(await advance(2_000)).toBe(301_000);
    expect(sent).toEqual([]);
    await advance(301_000);
    expect(sent.map(({ id }) => id)).toEqual(['n1']);
  });

  it('that was begun before a restart is finished at once, under the same id', async () => {
    const { advance, open, sent, delivery } = await setUp(() => ({ kind: 'Delivered' }));
    await open(makeNotice({ attempts: 1, updatedAtMs: 1_000, sendAfterMs: 0 }));
    delivery.adoptAll();
    await advance(2_000);
    expect(sent.map(({ id }) => id)).toEqual(['n1']);
  });
});
