import { describe, expect, it } from 'vitest';
import { GIVE_UP_AFTER_MS, scheduleRetry } from './retry-schedule.ts';
import { SendGate } from './send-gate.ts';

const HOUR = 3_600_000;

describe('when a notice is tried again', () => {
  const first = { attempts: 1, refused: false, firstDueAtMs: 0, nowMs: 0, chance: 0.5 };
  it.each([
    ['after the first failure: 1 s', {}, { failed: false, retryAtMs: 1_000 }],
    ['doubling: 2 s', { attempts: 2 }, { failed: false, retryAtMs: 2_000 }],
    [
      'the fifth failure makes it Failed, but it is tried on',
      { attempts: 5 },
      { failed: true, retryAtMs: 16_000 },
    ],
    ['never slower than every 10 min', { attempts: 40 }, { failed: true, retryAtMs: 600_000 }],
    ['spread early', { chance: 0 }, { failed: false, retryAtMs: 800 }],
    ['spread late', { chance: 0.999999 }, { failed: false, retryAtMs: 1_200 }],
    ['not before the receiver asked', { retryAfterMs: 30_000 }, { failed: false, retryAtMs: 30_000 }],
    [
      'a short wish does not hurry it',
      { attempts: 4, retryAfterMs: 10 },
      { failed: false, retryAtMs: 8_000 },
    ],
    [
      'a receiver cannot ask for more than an hour',
      { retryAfterMs: 99 * HOUR },
      { failed: false, retryAtMs: HOUR },
    ],
    [
      'refused: Failed at once, asked again after a minute',
      { refused: true },
      { failed: true, retryAtMs: 60_000 },
    ],
    [
      'given up when the next try would be after 24 h',
      { attempts: 200, nowMs: GIVE_UP_AFTER_MS - 1_000 },
      { failed: true },
    ],
    [
      'counted from when it was due, not from when it began to gather',
      { attempts: 1, firstDueAtMs: 100 * HOUR, nowMs: 100 * HOUR },
      { failed: false, retryAtMs: 100 * HOUR + 1_000 },
    ],
  ])('%s', (_name, change, expected) => {
    expect(scheduleRetry({ ...first, ...change })).toEqual(expected);
  });
});

describe('when a channel may be used', () => {
  it('not by more than its limit at once', () => {
    const gate = new SendGate({ concurrent: 2 });
    gate.enter(0);
    expect(gate.opensAtMs(0)).toBeLessThanOrEqual(0);
    gate.enter(0);
    expect(gate.opensAtMs(0)).toBe(Number.POSITIVE_INFINITY);
    gate.leave();
    expect(gate.opensAtMs(0)).toBeLessThanOrEqual(0);
  });

  it('not more than 20 times in any minute, counted from the starts', () => {
    const gate = new SendGate({ concurrent: 1, perMinute: 20 });
    const starts: number[] = [];
    for (let nowMs = 0; starts.length < 50; ) {
      const opensAtMs = gate.opensAtMs(nowMs);
      if (opensAtMs > nowMs) {
        nowMs = opensAtMs;
        continue;
      }
      gate.enter(nowMs);
      gate.leave();
      starts.push(nowMs);
      nowMs += 700;
    }
    for (const start of starts) {
      const within = starts.filter((other) => other >= start && other < start + 60_000);
      expect(within.length).toBeLessThanOrEqual(20);
    }
    expect(starts[20]).toBe(60_000);
  });

  it.each([
    ['once', 1, 0, 500],
    ['twice', 2, 0, 1_000],
    ['often', 30, 0, 60_000],
    ['with a wish of the receiver', 1, 5_000, 5_000],
  ])('not for a while after it failed %s', (_name, failures, retryAfterMs, expected) => {
    const gate = new SendGate({ concurrent: 1 });
    for (let i = 0; i < failures; i++) gate.failed(0, retryAfterMs);
    expect(gate.opensAtMs(0)).toBe(expected);
    gate.succeeded();
    expect(gate.opensAtMs(0)).toBe(0);
  });
});
