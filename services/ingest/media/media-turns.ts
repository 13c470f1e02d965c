// When the next piece of a file may be asked for: inside WeCom's limits, and not while WeCom blocks us. Chat data goes on meanwhile.
import type { Clock } from '@menshen/contracts/clock';
import type { MediaCall, PullQuota } from '../wecom/pull-quota.ts';

export interface MediaTurnsOptions {
  readonly quota: Pick<PullQuota, 'takeOrWaitMs' | 'pause'>;
  /** First wait after WeCom said 45009 or 45033, ms; at least a minute with the real one. */
  readonly quotaPauseMs: number;
  readonly clock: Clock;
  readonly sleep: (ms: number) => Promise<void>;
  readonly isStopping: () => boolean;
}

/** WeCom blocks for a minute, or for an hour: asked again with doubled waits, but not longer than this (developer page p/90454). */
const LONGEST_PAUSE_MS = 10 * 60_000;

export class MediaTurns {
  readonly #options: MediaTurnsOptions;
  /** Refusals in a row, one for each time that a pause had ended. */
  #refusals = 0;
  #pausedUntilMs = 0;

  constructor(options: MediaTurnsOptions) {
    this.#options = options;
  }

  /** Resolves when a piece may be asked for, or when the process stops. */
  async next(call: MediaCall): Promise<void> {
    const { quota, sleep, isStopping } = this.#options;
    while (!isStopping()) {
      const waitMs = quota.takeOrWaitMs(call);
      if (waitMs === 0) return;
      await sleep(waitMs);
    }
  }

  /** WeCom refuses media: nobody asks for a while. Several pieces in flight are refused together; that counts once. */
  refused(): void {
    const { quota, quotaPauseMs, clock } = this.#options;
    const now = clock.nowMs();
    if (now < this.#pausedUntilMs) return;
    const pauseMs = Math.min(
      Math.max(quotaPauseMs, LONGEST_PAUSE_MS),
      quotaPauseMs * 2 ** Math.min(20, this.#refusals++),
    );
    this.#pausedUntilMs = now + pauseMs;
    quota.pause('Media', pauseMs);
  }

  served(): void {
    this.#refusals = 0;
  }
}
