import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type QuotaPlan, ShareQuota } from './share-quota.ts';

const NAMES = ['Live', 'CatchUp', 'Media'] as const;
type Name = (typeof NAMES)[number];
const WINDOW_MS = 61_000;
const MINUTE_MS = 60_000;
/** A call counts for at most its window and one slot. */
const COUNTED_MS = WINDOW_MS + 1_017;

const planOf = (calls: number, weights: Record<Name, number>, everyMs?: number): QuotaPlan<Name, 'Api'> => ({
  limits: [{ api: 'Api', calls, windowMs: WINDOW_MS }],
  classes: {
    Live: { api: 'Api', weight: weights.Live, ...(everyMs === undefined ? {} : { everyMs }) },
    CatchUp: { api: 'Api', weight: weights.CatchUp },
    Media: { api: 'Api', weight: weights.Media },
  },
});
const EVEN = { Live: 1, CatchUp: 1, Media: 1 };

/** Everyone in `hungry` asks whenever something may go, in this order; Live asks every `liveEveryMs`. Gives times of calls by class. */
function simulate(of: {
  plan: QuotaPlan<Name, 'Api'>;
  hungry: readonly Name[];
  liveEveryMs?: number;
  forMs: number;
}): Record<Name, number[]> & { refusedLive: number } {
  let now = 5_000_000;
  const end = now + of.forMs;
  const quota = new ShareQuota(of.plan, { nowMs: () => now });
  const calls: Record<Name, number[]> = { Live: [], CatchUp: [], Media: [] };
  let refusedLive = 0;
  const ask = (name: Name): boolean => quota.takeOrWaitMs(name) === 0 && calls[name].push(now) > 0;
  for (let liveAtMs = now; now < end; now += 250) {
    if (of.liveEveryMs !== undefined && now >= liveAtMs) {
      if (!ask('Live')) refusedLive++;
      liveAtMs = now + of.liveEveryMs;
    }
    for (const name of of.hungry) for (let i = 0; i < 40 && ask(name); i++);
  }
  return { ...calls, refusedLive };
}

const mostWithin = (times: readonly number[], ms: number): number => {
  let most = 0;
  for (let from = 0, to = 0; to < times.length; to++) {
    while ((times[from] ?? 0) <= (times[to] ?? 0) - ms) from++;
    most = Math.max(most, to - from + 1);
  }
  return most;
};

const weights = fc.record({
  Live: fc.integer({ min: 1, max: 9 }),
  CatchUp: fc.integer({ min: 1, max: 9 }),
  Media: fc.integer({ min: 1, max: 9 }),
});
const hungry = fc.shuffledSubarray([...NAMES], { minLength: 1 });
const limit = fc.integer({ min: 3, max: 90 });

describe('ShareQuota', () => {
  it('never lets more than the limit into any window, whoever asks and whenever', () => {
    fc.assert(
      fc.property(
        limit,
        weights,
        fc.array(fc.tuple(fc.constantFrom(...NAMES), fc.nat(3_000), fc.integer({ min: 1, max: 30 })), {
          maxLength: 80,
        }),
        (calls, shares, steps) => {
          let now = 1_000;
          const quota = new ShareQuota(planOf(calls, shares, 5_000), { nowMs: () => now });
          const taken: number[] = [];
          for (const [name, laterMs, times] of steps) {
            now += laterMs;
            for (let i = 0; i < times; i++) if (quota.takeOrWaitMs(name) === 0) taken.push(now);
          }
          expect(mostWithin(taken, MINUTE_MS)).toBeLessThanOrEqual(calls);
        },
      ),
    );
  });

  it('gives each class its share in the long run when all are hungry, in whatever order they ask', () => {
    fc.assert(
      fc.property(
        limit,
        weights,
        fc.shuffledSubarray([...NAMES], { minLength: 3 }),
        (calls, shares, order) => {
          const windows = 6;
          const made = simulate({ plan: planOf(calls, shares), hungry: order, forMs: windows * COUNTED_MS });
          const sum = shares.Live + shares.CatchUp + shares.Media;
          // The first window may have been borrowed by whoever asked first.
          for (const name of NAMES)
            expect(made[name].length).toBeGreaterThanOrEqual(
              (windows - 2) * Math.floor((calls * shares[name]) / sum),
            );
        },
      ),
      { numRuns: 25 },
    );
  });

  it('lends what is not used: whoever is hungry alone, or with another, has the whole limit', () => {
    fc.assert(
      fc.property(limit, weights, hungry, (calls, shares, order) => {
        const made = simulate({ plan: planOf(calls, shares), hungry: order, forMs: 5 * COUNTED_MS });
        const total = NAMES.reduce((sum, name) => sum + made[name].length, 0);
        expect(total).toBeGreaterThanOrEqual(4 * calls);
      }),
      { numRuns: 25 },
    );
  });

  it('lets a class with a floor call every N seconds, never refused, however hungry the others are', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 60, max: 600 }),
        fc.integer({ min: 4_000, max: 30_000 }),
        fc.shuffledSubarray(['CatchUp', 'Media'] as const, { minLength: 1 }),
        (calls, everyMs, order) => {
          const made = simulate({
            plan: planOf(calls, EVEN, everyMs),
            hungry: order,
            liveEveryMs: everyMs,
            forMs: 4 * COUNTED_MS,
          });
          expect(made.refusedLive).toBe(0);
          expect(made.Live.length).toBeGreaterThanOrEqual(Math.floor((4 * COUNTED_MS) / (everyMs + 250)));
        },
      ),
      { numRuns: 15 },
    );
  });

  it('says exactly when asking again is worth it', () => {
    fc.assert(
      fc.property(limit, fc.nat(100_000), (calls, startMs) => {
        let now = startMs;
        const quota = new ShareQuota(planOf(calls, EVEN), { nowMs: () => now });
        while (quota.takeOrWaitMs('Media') === 0) now += 7;
        const waitMs = quota.takeOrWaitMs('Media');
        now += waitMs - 1;
        expect(quota.takeOrWaitMs('Media')).toBe(1);
        now += 1;
        expect(quota.takeOrWaitMs('Media')).toBe(0);
      }),
    );
  });

  it('a class that comes back after others borrowed everything has its share one window later', () => {
    let now = 0;
    const quota = new ShareQuota(planOf(30, EVEN), { nowMs: () => now });
    let borrowed = 0;
    while (quota.takeOrWaitMs('CatchUp') === 0) borrowed++;
    expect(borrowed).toBe(30);
    expect(quota.takeOrWaitMs('Media')).toBeGreaterThan(0);
    now += COUNTED_MS;
    // The borrower asks first, and yet leaves what the other waits for.
    let again = 0;
    while (quota.takeOrWaitMs('CatchUp') === 0) again++;
    expect(again).toBe(20);
    let own = 0;
    while (quota.takeOrWaitMs('Media') === 0) own++;
    expect(own).toBe(10);
  });
});
