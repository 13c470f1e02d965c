// The number of scanners as a table, and what holds whatever the ages do.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideReplicas, type ScaleBounds, type ScaleMemory } from './decide-replicas.ts';

const bounds: ScaleBounds = { min: 1, max: 8, targetMs: 10_000, scaleDownWindowMs: 300_000 };
const MINUTE_MS = 60_000;

describe('scanners', () => {
  test.each<[string, number, number | undefined, number]>([
    ['nothing waits', 2, 0, 2],
    ['messages are judged in time', 2, 9_000, 2],
    ['a little late is not late', 2, 11_000, 2],
    ['half as many again are missing', 2, 15_000, 3],
    ['one is doubled', 1, 12_000, 2],
    ['never more than doubled at once', 2, 600_000, 4],
    ['never more than allowed', 6, 600_000, 8],
    ['nobody says how it is', 3, undefined, 3],
    ['fewer than allowed run', 0, 0, 1],
    ['more than allowed run', 20, 0, 8],
  ])('%s', (_what, replicas, oldestPendingMs, expected) => {
    const age = oldestPendingMs === undefined ? {} : { oldestPendingMs };
    expect(decideReplicas({ nowMs: 0, replicas, ...age }, bounds, {}).replicas).toBe(expected);
  });

  test('are taken away one at a time, each after a window of calm', () => {
    expect(
      run(
        Array.from({ length: 16 }, () => 0),
        { replicas: 4, everyMs: MINUTE_MS },
      ),
    ).toEqual([4, 4, 4, 4, 4, 3, 3, 3, 3, 3, 2, 2, 2, 2, 2, 1]);
  });

  test('a busy moment begins the window again', () => {
    const ages = [0, 0, 0, 0, 9_000, 0, 0, 0, 0, 0, 0];
    expect(run(ages, { replicas: 2, everyMs: MINUTE_MS })).toEqual([2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1]);
  });

  test('that were just added are given time to catch up', () => {
    const ages = [60_000, 60_000, 60_000, 60_000, 60_000];
    expect(run(ages, { replicas: 1, everyMs: 10_000 })).toEqual([2, 2, 2, 4, 4]);
  });
});

describe('whatever the ages do', () => {
  const ages = fc.array(fc.option(fc.integer({ min: 0, max: 200_000 }), { nil: undefined }), {
    minLength: 1,
    maxLength: 200,
  });
  const someBounds = fc
    .record({
      min: fc.integer({ min: 1, max: 16 }),
      more: fc.integer({ min: 0, max: 15 }),
      targetMs: fc.integer({ min: 1_000, max: 100_000 }),
      scaleDownWindowMs: fc.integer({ min: 10_000, max: 600_000 }),
    })
    .map(({ more, ...rest }) => ({ ...rest, max: Math.min(16, rest.min + more) }));
  const everyMs = fc.integer({ min: 1_000, max: 60_000 });

  test('there are never fewer or more than allowed', () => {
    fc.assert(
      fc.property(ages, someBounds, everyMs, (seen, within, every) => {
        for (const replicas of run(seen, { replicas: 5, everyMs: every, within })) {
          expect(replicas).toBeGreaterThanOrEqual(within.min);
          expect(replicas).toBeLessThanOrEqual(within.max);
        }
      }),
    );
  });

  test('noise around the target changes nothing', () => {
    const noise = fc.array(fc.double({ min: 0.5, max: 1.1, noNaN: true }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(noise, someBounds, everyMs, (factors, within, every) => {
        const seen = factors.map((factor) => factor * within.targetMs);
        const replicas = Math.floor((within.min + within.max) / 2);
        expect(new Set(run(seen, { replicas, everyMs: every, within }))).toEqual(new Set([replicas]));
      }),
    );
  });

  test('none is taken away within a window after one was added or taken away', () => {
    fc.assert(
      fc.property(ages, someBounds, everyMs, (seen, within, every) => {
        const counts = [within.min, ...run(seen, { replicas: within.min, everyMs: every, within })];
        let lastChangeMs = Number.NEGATIVE_INFINITY;
        counts.slice(1).forEach((count, at) => {
          const before = counts[at] ?? count;
          const nowMs = at * every;
          if (count < before) expect(nowMs - lastChangeMs).toBeGreaterThanOrEqual(within.scaleDownWindowMs);
          if (count !== before) lastChangeMs = nowMs;
        });
      }),
    );
  });

  test('older messages never make fewer scanners', () => {
    const memory = fc.record(
      { calmSinceMs: fc.integer({ min: 0, max: 500_000 }), raisedAtMs: fc.integer({ min: 0, max: 500_000 }) },
      { requiredKeys: [] },
    );
    const age = fc.integer({ min: 0, max: 400_000 });
    fc.assert(
      fc.property(age, age, memory, fc.integer({ min: 0, max: 20 }), (a, b, known, replicas) => {
        const at = (oldestPendingMs: number): number =>
          decideReplicas({ nowMs: 600_000, replicas, oldestPendingMs }, bounds, known).replicas;
        expect(at(Math.max(a, b))).toBeGreaterThanOrEqual(at(Math.min(a, b)));
      }),
    );
  });
});

/** The numbers that follow from ages seen one after the other. */
function run(
  ages: readonly (number | undefined)[],
  of: { readonly replicas: number; readonly everyMs: number; readonly within?: ScaleBounds },
): number[] {
  let memory: ScaleMemory = {};
  let { replicas } = of;
  return ages.map((oldestPendingMs, at) => {
    const age = oldestPendingMs === undefined ? {} : { oldestPendingMs };
    const decision = decideReplicas(
      { nowMs: at * of.everyMs, replicas, ...age },
      of.within ?? bounds,
      memory,
    );
    ({ replicas, memory } = decision);
    return replicas;
  });
}
