// How long a failed key waits: longer for each failure of its own, and never more retries altogether than the bucket allows,
// so that an outage that fails every key does not turn into a storm (client-go's default controller rate limiter, with jitter).
import type { Clock, Random } from './clock.ts';

export interface RetryPaceSettings {
  /** Delay after the first failure of a key; doubles with each further one. Default 5 ms. */
  readonly firstDelayMs?: number;
  /** Longest delay of one key. Default 5 min: client-go's 1000 s leaves a repaired tenant waiting too long. */
  readonly longestDelayMs?: number;
  /** Retries per second over all keys, in the long run. Default 10. */
  readonly perSecond?: number;
  /** Retries that may happen at once after a quiet time. Default 100. */
  readonly burst?: number;
}

export interface RetryPace {
  /** Milliseconds until `key` may be tried again; counts the failure. */
  nextDelayMs(key: string): number;
  /** The key did well: its next failure is a first one. */
  forget(key: string): void;
  /** Failures of the key since it was last forgotten. */
  failures(key: string): number;
}

/** Up to this much is added to a delay, so that keys that failed together do not come back together. */
const JITTER = 0.1;
/** 2^60 ms is beyond every limit; a larger exponent would only overflow. */
const LARGEST_EXPONENT = 60;

export function createRetryPace(
  clock: Clock,
  random: Random,
  { firstDelayMs = 5, longestDelayMs = 5 * 60_000, perSecond = 10, burst = 100 }: RetryPaceSettings = {},
): RetryPace {
  const failures = new Map<string, number>();
  const reserve = createBucket(clock, perSecond, burst);
  return {
    nextDelayMs: (key) => {
      const before = failures.get(key) ?? 0;
      failures.set(key, before + 1);
      const own = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(before, LARGEST_EXPONENT));
      return Math.max(own * (1 + JITTER * random()), reserve());
    },
    forget: (key) => {
      failures.delete(key);
    },
    failures: (key) => failures.get(key) ?? 0,
  };
}

/** A token bucket that lends: the result is how long the taker must wait for the token it has taken. */
function createBucket(clock: Clock, perSecond: number, burst: number): () => number {
  let tokens = burst;
  let countedAtMs = clock.nowMs();
  return () => {
    const nowMs = clock.nowMs();
    tokens = Math.min(burst, tokens + ((nowMs - countedAtMs) / 1000) * perSecond) - 1;
    countedAtMs = nowMs;
    return tokens >= 0 ? 0 : (-tokens / perSecond) * 1000;
  };
}
