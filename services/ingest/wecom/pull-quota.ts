// WeCom answers 45009 and blocks for a minute when it is asked for chat data more than 600 times a minute (developer page p/91774).
import type { Clock } from '@menshen/contracts/clock';

/** A little more than a minute, so that WeCom's clock and ours need not agree on where a minute begins. */
const WINDOW_MS = 61_000;

export class PullQuota {
  readonly #perWindow: number;
  readonly #clock: Clock;
  /** Times of the pulls of the last window, oldest first. */
  readonly #pulls: number[] = [];

  /** `pullsPerMinute` 1..600. */
  constructor(pullsPerMinute: number, clock: Clock) {
    this.#perWindow = pullsPerMinute;
    this.#clock = clock;
  }

  /** Takes a place and returns 0, or returns how long to wait before asking again, ms; then nothing is taken. */
  takeOrWaitMs(): number {
    const now = this.#clock.nowMs();
    while ((this.#pulls[0] ?? now) <= now - WINDOW_MS) this.#pulls.shift();
    if (this.#pulls.length < this.#perWindow) {
      this.#pulls.push(now);
      return 0;
    }
    return (this.#pulls[0] ?? now) + WINDOW_MS - now;
  }
}
