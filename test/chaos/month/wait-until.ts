// Waiting for what happens in other processes, as long as something moves there.
import { setTimeout as sleep } from 'node:timers/promises';
import type { IngestOfMonth } from './start-ingest-of-month.ts';

/** Looks again so often, ms. */
const POLL_MS = 20;
/** Longest wait for anything while nothing moves, ms. */
const STALL_LIMIT_MS = 120_000;

/** True when it is so; else any number that changes while something moves. */
export type Look = () => Promise<true | number>;

interface Waiting {
  readonly ingest: Pick<IngestOfMonth, 'isAlive'>;
}

/**
 * Waits as long as something moves; throws for people when it stands still. On a busy machine an engine may not answer in time: it is asked again.
 */
export async function until({ ingest }: Waiting, what: string, look: Look): Promise<void> {
  let movedAt = performance.now();
  let before = -1;
  let unanswered: unknown;
  const ask = async (): Promise<true | number> => {
    try {
      return await look();
    } catch (error) {
      unanswered = error;
      return before;
    }
  };
  for (let now = await ask(); now !== true; now = await ask()) {
    if (!ingest.isAlive()) throw new Error('ingest has died; see logs/ingest.log');
    if (now !== before) movedAt = performance.now();
    before = now;
    if (performance.now() - movedAt > STALL_LIMIT_MS)
      throw new Error(`never happened in ${STALL_LIMIT_MS / 1000} s: ${what}`, { cause: unanswered });
    await sleep(POLL_MS);
  }
}

/** Until a number that something works off is 0. */
export async function untilNone(run: Waiting, what: string, waiting: () => Promise<number>): Promise<void> {
  await until(run, `nothing waits any more: ${what}`, async () => (await waiting()) || true);
}
