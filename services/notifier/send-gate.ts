// When a channel may be used: not more at once and per minute than it bears, and not at all for a while after it did not answer.
// The pause belongs to the channel and not to the notice: ten thousand waiting notices must not ask a receiver that is down ten thousand times.
import type { ChannelLimits } from './channels/channel.ts';

const MINUTE_MS = 60_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;

export class SendGate {
  readonly #limits: ChannelLimits;
  #inside = 0;
  /** Start times of the last minute's sends, oldest first; kept only where a limit per minute holds. */
  #starts: number[] = [];
  #failures = 0;
  #closedUntilMs = 0;

  constructor(limits: ChannelLimits) {
    this.#limits = limits;
  }

  /** Now or in the past when a send may start; infinity when one must leave first. */
  opensAtMs(nowMs: number): number {
    if (this.#inside >= this.#limits.concurrent) return Number.POSITIVE_INFINITY;
    return Math.max(this.#closedUntilMs, this.#rateOpensAtMs(nowMs));
  }

  #rateOpensAtMs(nowMs: number): number {
    const { perMinute } = this.#limits;
    if (perMinute === undefined) return 0;
    this.#starts = this.#starts.filter((start) => start > nowMs - MINUTE_MS);
    const oldestOfFull = this.#starts[this.#starts.length - perMinute];
    return oldestOfFull === undefined ? 0 : oldestOfFull + MINUTE_MS;
  }

  enter(nowMs: number): void {
    this.#inside++;
    if (this.#limits.perMinute !== undefined) this.#starts.push(nowMs);
  }

  leave(): void {
    this.#inside--;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#closedUntilMs = 0;
  }

  /** The receiver did not answer or asked for patience. */
  failed(nowMs: number, retryAfterMs = 0): void {
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(10, this.#failures++));
    this.#closedUntilMs = Math.max(
      this.#closedUntilMs,
      nowMs + Math.max(pause, Math.min(retryAfterMs, 3_600_000)),
    );
  }
}
