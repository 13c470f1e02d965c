import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PullQuota } from './pull-quota.ts';

describe('PullQuota', () => {
  it('lets as many through as a minute allows, then says how long to wait', () => {
    let now = 0;
    const quota = new PullQuota(3, { nowMs: () => now });
    for (now = 0; now < 30; now += 10) expect(quota.takeOrWaitMs()).toBe(0);
    now = 1_000;
    expect(quota.takeOrWaitMs()).toBe(60_000);
    now = 61_000;
    expect(quota.takeOrWaitMs()).toBe(0);
    expect(quota.takeOrWaitMs()).toBe(10);
  });

  it('never lets more than the quota into any minute', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(20_000), { maxLength: 60 }),
        fc.integer({ min: 1, max: 8 }),
        (steps, perMinute) => {
          let now = 0;
          const quota = new PullQuota(perMinute, { nowMs: () => now });
          const taken: number[] = [];
          for (const step of steps) {
            now += step;
            if (quota.takeOrWaitMs() === 0) taken.push(now);
          }
          for (const at of taken)
            expect(taken.filter((other) => other >= at && other < at + 60_000).length).toBeLessThanOrEqual(
              perMinute,
            );
        },
      ),
    );
  });
});
