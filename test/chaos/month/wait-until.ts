// Waiting for what happens in other processes, as long as something moves there.
import { setTimeout as sleep } from 'node:timers/promises';
import type { IngestOfMonth } from './start-ingest-of-month.ts';

/** Looks again so often, ms. */
const POLL_MS = 10;
/** Longest wait for anything while nothing moves, ms. */
const STALL_LIMIT_MS = 120_000;

/** Waits as long as something moves; throws for people when it stands still. On a busy machine an engine may not answer in time: it is asked again. */
export async function until(
  { ingest }: { readonly ingest: IngestOfMonth },
  what: string,
  of: { readonly holds: () => Promise<boolean>; readonly progress?: () => Promise<number> },
): Promise<void> {
  let movedAt = performance.now();
  let before = -1;
  let unanswered: unknown;
  const ask = async <T>(question: (() => Promise<T>) | undefined, otherwise: T): Promise<T> => {
    try {
      return (await question?.()) ?? otherwise;
    } catch (error) {
      unanswered = error;
      return otherwise;
    }
  };
  while (!(await ask(of.holds, false))) {
    if (!ingest.isAlive()) throw new Error('ingest has died; see logs/ingest.log');
    await sleep(POLL_MS);
    const now = await ask(of.progress, before);
    if (now !== before) movedAt = performance.now();
    before = now;
    if (performance.now() - movedAt > STALL_LIMIT_MS)
      throw new Error(`never happened in ${STALL_LIMIT_MS / 1000} s: ${what}`, { cause: unanswered });
  }
}

/** Until a number that something works off is 0. */
export async function untilNone(
  run: { readonly ingest: IngestOfMonth },
  what: string,
  waiting: () => Promise<number>,
): Promise<void> {
  let left = -1;
  const holds = async (): Promise<boolean> => {
    left = await waiting();
    return left === 0;
  };
  await until(run, `nothing waits any more: ${what}`, { holds, progress: () => Promise.resolve(left) });
}
