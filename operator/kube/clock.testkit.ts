// A clock that goes where the test says. Timers fire in their order; between two of them everything that was waiting gets its turn.
import type { Clock } from './clock.ts';

export interface FakeClock extends Clock {
  /** Moves time on and fires what falls due, without letting promises run in between. */
  jump(byMs: number): void;
  /** Moves time on; after each timer, promises run until nothing more happens. */
  advance(byMs: number): Promise<void>;
  /** Timers not yet fired. */
  pending(): number;
}

interface Timer {
  readonly dueMs: number;
  readonly run: () => void;
}

export function fakeClock(startMs = 1_000_000): FakeClock {
  let nowMs = startMs;
  const timers = new Set<Timer>();
  const nextDue = (untilMs: number): Timer | undefined => {
    let first: Timer | undefined;
    for (const timer of timers)
      if (timer.dueMs <= untilMs && (first === undefined || timer.dueMs < first.dueMs)) first = timer;
    return first;
  };
  const fire = (timer: Timer): void => {
    timers.delete(timer);
    nowMs = Math.max(nowMs, timer.dueMs);
    timer.run();
  };
  return {
    nowMs: () => nowMs,
    after: (delayMs, run) => {
      const timer = { dueMs: nowMs + Math.max(0, delayMs), run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    jump: (byMs) => {
      const untilMs = nowMs + byMs;
      for (let timer = nextDue(untilMs); timer !== undefined; timer = nextDue(untilMs)) fire(timer);
      nowMs = untilMs;
    },
    advance: async (byMs) => {
      const untilMs = nowMs + byMs;
      await settle();
      for (let timer = nextDue(untilMs); timer !== undefined; timer = nextDue(untilMs)) {
        fire(timer);
        await settle();
      }
      nowMs = untilMs;
      await settle();
    },
    pending: () => timers.size,
  };
}

/** Lets every promise that can go on go on. Two turns of the event loop: the second for what the first has set going. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** A random source that always answers the same, for tests that are not about jitter. */
export const noJitter = (): number => 0;
