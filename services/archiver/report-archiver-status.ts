// What the archiver says of itself in the STATUS bucket, for the operator.
import { type StatusReport, statusKey } from '@menshen/contracts/status-report';
import type { ArchivedStream } from './archiver-metrics.ts';

export interface ArchiverState {
  readonly corpId: string;
  readonly instance: string;
  /** Messages of each stream that are not archived yet. */
  readonly pending: Readonly<Record<ArchivedStream, number>>;
  /** Streams whose last attempt failed. */
  readonly failing: readonly ArchivedStream[];
  readonly nowMs: number;
}

/** Facts: pendingCapture and pendingOutcome (messages not archived yet). */
export function archiverReport(state: ArchiverState): { key: string; report: StatusReport } {
  const failing = state.failing.length > 0;
  const report: StatusReport = {
    role: 'archiver',
    instance: state.instance,
    reportedAtMs: state.nowMs,
    reason: failing ? 'StoreFailing' : 'Archiving',
    message: failing
      ? 'batches cannot be archived: check ClickHouse and the object store; nothing is lost, the streams hold what waits'
      : 'what is captured becomes segments and rows',
    facts: { pendingCapture: state.pending.capture, pendingOutcome: state.pending.outcome },
  };
  return { key: statusKey(state.corpId, 'archiver', state.instance), report };
}
