// What the services say of themselves in the STATUS bucket. In a cluster the operator turns it into conditions; here the view shows it.
import type { Clock } from '@menshen/contracts/clock';
import type { StatusReport } from '@menshen/contracts/status-report';

/** The part of @nats-io/kv's `KV` that is used. */
export interface StatusBucket {
  watch(options: { readonly key: string }): Promise<AsyncIterable<StatusEntry> & { stop(): void }>;
}

interface StatusEntry {
  readonly key: string;
  readonly operation: string;
  json<T>(): T;
}

export interface StatusFollower {
  /** The newest report of each process that still reports. */
  reports(): readonly StatusReport[];
  stop(): void;
}

/** Entries of the bucket live this long; one that was not renewed says nothing any more. */
const STALE_AFTER_MS = 60_000;

export async function followStatus(
  bucket: StatusBucket,
  corpId: string,
  clock: Clock,
): Promise<StatusFollower> {
  const reports = new Map<string, StatusReport>();
  const updates = await bucket.watch({ key: `${corpId}.>` });
  const follow = async (): Promise<void> => {
    for await (const entry of updates) {
      if (entry.operation === 'PUT') reports.set(entry.key, entry.json<StatusReport>());
      else reports.delete(entry.key);
    }
  };
  // It ends when it is stopped, or with the connection, which has its own way of saying so.
  void follow().catch(() => reports.clear());
  return {
    reports: () =>
      [...reports.values()].filter((report) => clock.nowMs() - report.reportedAtMs < STALE_AFTER_MS),
    stop: () => updates.stop(),
  };
}

/** Reasons that need nobody. Every other says what to do. */
const WELL = ['Verified', 'CaughtUp', 'CatchingUp', 'Archiving', 'Delivering'];

/** What a person should do about a process, in its own words; `undefined` when nothing. */
export function adviceOf(report: StatusReport): string | undefined {
  return WELL.includes(report.reason) ? undefined : `${report.reason}: ${report.message}`;
}
