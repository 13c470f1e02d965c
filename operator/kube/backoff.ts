// How long to wait before the next try of one thing that keeps failing: doubling, jittered, and never shorter than the server asks for.
import type { Random } from './clock.ts';

export interface Backoff {
  /** Milliseconds to wait now; counts one more failure. `atLeastMs`: what the server asked for by Retry-After. */
  nextMs(atLeastMs?: number): number;
  reset(): void;
}

export interface BackoffSettings {
  /** Shortest wait after the first failure. */
  readonly firstMs: number;
  /** Longest wait before jitter. */
  readonly longestMs: number;
}

/** The wait lies between the doubling value and twice that (client-go: jitter 1.0), so that many clients of one server spread. */
export function createBackoff(random: Random, { firstMs, longestMs }: BackoffSettings): Backoff {
  let nextBaseMs = firstMs;
  return {
    nextMs: (atLeastMs = 0) => {
      const waitMs = nextBaseMs * (1 + random());
      nextBaseMs = Math.min(longestMs, nextBaseMs * 2);
      return Math.max(waitMs, atLeastMs);
    },
    reset: () => {
      nextBaseMs = firstMs;
    },
  };
}
