// Stands in for the processes of a tenant where no pod runs.
import type { StatusReport } from '@menshen/contracts/status-report';

/** What the processes of a tenant say when all is well. */
export function healthy(scanner: Readonly<Record<string, number>> = {}): StatusReport[] {
  const report = (role: string, reason: string, facts: StatusReport['facts'] = {}): StatusReport => ({
    role,
    instance: `${role}-1`,
    reportedAtMs: 1,
    reason,
    message: 'well',
    facts,
  });
  return [
    report('ingest', 'CaughtUp', { cursor: '42', lastMessageAtMs: Date.UTC(2026, 0, 2, 3, 4, 5) }),
    report('archiver', 'Archiving'),
    report('scanner', 'CaughtUp', {
      policies: 3,
      rejected: 0,
      pendingMessages: 0,
      oldestPendingSeconds: 0,
      ...scanner,
    }),
    report('notifier', 'Delivering'),
  ];
}
