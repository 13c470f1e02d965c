// Time for the controller runtime: one clock that only runs forward, and timers on it. Tests put their own in its place.

/** Monotonic time and timers. `nowMs` has no meaning outside this process: only differences count. */
export interface Clock {
  /** Milliseconds since an arbitrary moment; never goes back, whatever happens to the wall clock. */
  nowMs(): number;
  /** Calls `run` once, not before `delayMs` from now. The result cancels it. */
  after(delayMs: number, run: () => void): () => void;
}

/** Wall-clock time, for what is written down for others: milliseconds since the epoch, UTC. */
export interface WallClock {
  nowMs(): number;
}

/** A number in [0, 1). */
export type Random = () => number;

/** setTimeout counts in 32 bits: anything longer would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The clock of this machine. It does not run while the machine sleeps (CLOCK_MONOTONIC), which servers do not do. */
export function monotonicClock(): Clock {
  return {
    nowMs: () => performance.now(),
    after: (delayMs, run) => {
      const timer = setTimeout(run, Math.min(Math.max(0, delayMs), LONGEST_TIMER_MS));
      return () => clearTimeout(timer);
    },
  };
}

/** Resolves after `delayMs`, or at once when `signal` is or becomes aborted: the caller looks at the signal, nothing is thrown. */
export function sleep(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(delayMs, end);
    signal.addEventListener('abort', end, { once: true });
  });
}
