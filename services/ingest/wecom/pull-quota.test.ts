import { describe, expect, it } from 'vitest';
import { type CallKind, openPullQuota } from './pull-quota.ts';

describe('the quota of a tenant', () => {
  let now = 0;
  const open = (pullsPerMinute: number) => {
    now = 1_000_000;
    return openPullQuota(pullsPerMinute, { nowMs: () => now });
  };
  /** Calls of one kind that go out at this moment. */
  const drain = (quota: ReturnType<typeof open>, kind: CallKind): number => {
    let taken = 0;
    while (quota.takeOrWaitMs(kind) === 0) taken++;
    return taken;
  };

  it('lets catch-up have nearly the whole minute, and a look at what is new still goes out at once', () => {
    const quota = open(600);
    expect(drain(quota, 'CatchUp')).toBe(587);
    expect(quota.takeOrWaitMs('Live')).toBe(0);
  });

  it('lets a minute of catch-up never keep the first look afterwards waiting, whatever the configured rate', () => {
    for (const perMinute of [2, 3, 10, 60, 599]) {
      const quota = open(perMinute);
      drain(quota, 'CatchUp');
      expect(quota.takeOrWaitMs('Live')).toBe(0);
    }
  });

  it('lets the only pull of a minute go out, of either kind', () => {
    expect(open(1).takeOrWaitMs('Live')).toBe(0);
    expect(open(1).takeOrWaitMs('CatchUp')).toBe(0);
  });

  it('counts media by limits of their own, of the minute and of the hour', () => {
    const quota = open(600);
    drain(quota, 'CatchUp');
    let taken = 0;
    for (let minute = 0; minute < 59; minute++) {
      const before = taken;
      taken += drain(quota, 'Media') + drain(quota, 'FreshMedia');
      expect(taken - before).toBeLessThanOrEqual(10_000);
      now += 62_100;
    }
    expect(taken).toBe(150_000);
  });

  it('lets a burst of old files never keep one waiting that was just sent', () => {
    const quota = open(600);
    expect(drain(quota, 'Media')).toBe(10_000 - 621);
    expect(quota.takeOrWaitMs('FreshMedia')).toBe(0);
    expect(quota.takeOrWaitMs('Media')).toBeGreaterThan(0);
  });

  it('stops one interface when WeCom blocks it, and only that one', () => {
    const quota = open(600);
    quota.pause('Media', 60_000);
    expect(quota.takeOrWaitMs('Media')).toBe(60_000);
    expect(quota.takeOrWaitMs('FreshMedia')).toBe(60_000);
    expect(quota.takeOrWaitMs('Live')).toBe(0);
    now += 60_000;
    expect(quota.takeOrWaitMs('Media')).toBe(0);
    quota.pause('CatchUp', 60_000);
    expect(quota.takeOrWaitMs('Live')).toBe(60_000);
    expect(quota.takeOrWaitMs('Media')).toBe(0);
  });
});
