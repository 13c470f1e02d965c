// At most 600 pulls a minute per corp (WeCom developer page p/91774); beyond that WeCom answers 45009 and blocks for a minute.
import type { Clock } from '@menshen/contracts/clock';

export interface PullQuota {
  /** Milliseconds until the next pull may go; 0 = now. */
  waitMs(): number;
  /** A pull has gone out. */
  spend(): void;
  /** WeCom said the quota is used up: nothing goes for a minute. */
  block(): void;
}

const WINDOW_MS = 60_000;

/** A sliding window: never more than `perMinute` pulls in any 60 s. */
export function createPullQuota(perMinute: number, clock: Clock): PullQuota {
  const spentAtMs: number[] = [];
  let blockedUntilMs = 0;
  return {
    waitMs() {
      const now = clock.nowMs();
      while (spentAtMs[0] !== undefined && spentAtMs[0] <= now - WINDOW_MS) spentAtMs.shift();
      const first = spentAtMs[0];
      const window = spentAtMs.length < perMinute || first === undefined ? 0 : first + WINDOW_MS - now;
      return Math.max(0, window, blockedUntilMs - now);
    },
    spend() {
      spentAtMs.push(clock.nowMs());
    },
    block() {
      blockedUntilMs = clock.nowMs() + WINDOW_MS;
    },
  };
}
