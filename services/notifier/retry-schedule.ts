// When a notice that could not be delivered is tried again, and when it is given up. Pure: time and chance are parameters.

/** Attempts after which a notice is shown as Failed. It is still tried after that. */
export const ATTEMPTS_BEFORE_FAILED = 5;
/** Time since a notice was first to be sent after which it is no longer tried, ms. It stays Failed, for people to see. */
export const GIVE_UP_AFTER_MS = 24 * 3_600_000;

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 10 * 60_000;
/** A receiver that refused this very notice is asked again seldom: only a person can repair that. */
const REFUSED_DELAY_MS = 60_000;
/** A receiver may ask for patience, but not for ever. */
const LONGEST_RETRY_AFTER_MS = 3_600_000;
const JITTER = 0.2;

export interface FailedAttempt {
  /** Attempts made so far, this one included. */
  readonly attempts: number;
  readonly refused: boolean;
  /** What the receiver asked for, ms. */
  readonly retryAfterMs?: number;
  /** When the notice was first to be sent, UTC ms. */
  readonly firstDueAtMs: number;
  readonly nowMs: number;
  /** 0 ≤ chance < 1: spreads the retries of many notices. */
  readonly chance: number;
}

export interface NextAttempt {
  /** The notice is shown as Failed from now on. */
  readonly failed: boolean;
  /** When to try again; absent when it is given up. */
  readonly retryAtMs?: number;
}

/** Exponential from 1 s to 10 min with ±20 % jitter (from 1 min when refused); never before what the receiver asked for. */
export function scheduleRetry(attempt: FailedAttempt): NextAttempt {
  const failed = attempt.refused || attempt.attempts >= ATTEMPTS_BEFORE_FAILED;
  const retryAtMs = attempt.nowMs + delayOf(attempt);
  return retryAtMs - attempt.firstDueAtMs > GIVE_UP_AFTER_MS ? { failed: true } : { failed, retryAtMs };
}

function delayOf(attempt: FailedAttempt): number {
  const first = attempt.refused ? REFUSED_DELAY_MS : FIRST_DELAY_MS;
  const doubled = Math.min(LONGEST_DELAY_MS, first * 2 ** Math.min(20, attempt.attempts - 1));
  const spread = doubled * (1 + JITTER * (2 * attempt.chance - 1));
  const asked = Math.min(LONGEST_RETRY_AFTER_MS, attempt.retryAfterMs ?? 0);
  return Math.round(Math.max(spread, asked));
}
