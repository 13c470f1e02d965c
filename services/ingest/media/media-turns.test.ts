import { beforeEach, describe, expect, it } from 'vitest';
import { openPullQuota, type PullQuota } from '../wecom/pull-quota.ts';
import { MediaTurns } from './media-turns.ts';

describe('MediaTurns', () => {
  let nowMs = 0;
  let slept: number[] = [];
  let stopping = false;
  let quota: PullQuota;
  let turns: MediaTurns;
  beforeEach(() => {
    nowMs = 1_000_000;
    slept = [];
    stopping = false;
    const clock = { nowMs: () => nowMs };
    quota = openPullQuota(600, clock);
    const sleep = (ms: number): Promise<void> => {
      slept.push(ms);
      nowMs += ms;
      return Promise.resolve();
    };
    turns = new MediaTurns({ quota, quotaPauseMs: 60_000, clock, sleep, isStopping: () => stopping });
  });

  it('lets pieces go while the quota lasts, then waits for it', async () => {
    for (let i = 0; i < 9_379; i++) await turns.next('Media');
    expect(slept).toEqual([]);
    await turns.next('Media');
    expect(slept.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThanOrEqual(60_000);
  });

  it('waits at least a minute after a refusal, longer after the next, and briefly again after a success', async () => {
    for (const expected of [60_000, 120_000, 240_000, 480_000, 600_000, 600_000]) {
      turns.refused();
      await turns.next('Media');
      expect(slept.at(-1)).toBe(expected);
    }
    turns.served();
    turns.refused();
    await turns.next('FreshMedia');
    expect(slept.at(-1)).toBe(60_000);
  });

  it('counts refusals of pieces that were in flight together once', async () => {
    for (let i = 0; i < 4; i++) turns.refused();
    await turns.next('Media');
    expect(slept).toEqual([60_000]);
  });

  it('does not stop chat data', () => {
    turns.refused();
    expect(quota.takeOrWaitMs('Live')).toBe(0);
    expect(quota.takeOrWaitMs('CatchUp')).toBe(0);
  });

  it('waits for nothing once the process stops', async () => {
    turns.refused();
    stopping = true;
    await turns.next('Media');
    expect(slept).toEqual([]);
  });
});
