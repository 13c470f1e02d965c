// When a run is over: everything WeCom had was captured, archived, judged and told. Or nothing has moved for so long that it will not be.
import type { RunCounts } from './count-run.ts';

export interface Progress {
  readonly counts: RunCounts;
  /** Messages the source had to give, once it gives no more; `undefined` before. */
  readonly generated: number | undefined;
  readonly nowMs: number;
  /** When a count last changed. */
  readonly movedAtMs: number;
}

/** Longer than any pause that is planned: a poll, a segment's age, the repeat interval of a route. */
export const PATIENCE_MS = 60_000;

export type RunState = 'Running' | 'Finished' | 'Stuck';

export function judgeProgress(progress: Progress): RunState {
  const { counts, generated } = progress;
  const done =
    generated !== undefined &&
    counts.captured + counts.deadLettered >= generated &&
    counts.archived >= counts.captured &&
    counts.unjudged === 0 &&
    counts.owedAlerts === 0;
  if (done) return 'Finished';
  return progress.nowMs - progress.movedAtMs > PATIENCE_MS ? 'Stuck' : 'Running';
}
