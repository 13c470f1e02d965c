// What the notifier says of itself: in the STATUS bucket for the operator, in gauges for Prometheus.
import type { Notice } from '@menshen/contracts/compliance-alert';
import { type StatusReport, statusKey } from '@menshen/contracts/status-report';
import type { OpenNotices } from './notifier-metrics.ts';

export interface NotifierState {
  readonly corpId: string;
  readonly instance: string;
  readonly open: Iterable<Notice>;
  /** Judgement batches not yet acknowledged. */
  readonly pending: number;
  readonly nowMs: number;
}

export interface OpenSummary {
  readonly counts: readonly OpenNotices[];
  readonly failed: number;
  readonly total: number;
  /** Channels with a failed notice, sorted. */
  readonly failing: readonly string[];
  /** Age of the oldest notice that should have been delivered, ms. */
  readonly oldestOverdueMs: number;
}

export function summariseOpen(open: Iterable<Notice>, nowMs: number): OpenSummary {
  const counts = new Map<string, OpenNotices>();
  const failing = new Set<string>();
  let [total, failed, oldestDueMs] = [0, 0, nowMs];
  for (const notice of open) {
    const state = notice.state === 'Failed' ? 'failed' : notice.attempts === 0 ? 'gathering' : 'sending';
    const key = `${notice.channel}|${state}`;
    counts.set(key, { channel: notice.channel, state, count: (counts.get(key)?.count ?? 0) + 1 });
    total++;
    oldestDueMs = Math.min(oldestDueMs, notice.sendAfterMs ?? notice.createdAtMs);
    if (state !== 'failed') continue;
    failed++;
    failing.add(notice.channel);
  }
  return {
    counts: [...counts.values()],
    failed,
    total,
    failing: [...failing].sort(),
    oldestOverdueMs: nowMs - oldestDueMs,
  };
}

/** Facts: pending (judgement batches), openNotices, failedNotices, failingChannels (names, comma separated). */
export function notifierReport(
  state: NotifierState,
  summary: OpenSummary,
): { key: string; report: StatusReport } {
  const failing = summary.failing.length > 0;
  const report: StatusReport = {
    role: 'notifier',
    instance: state.instance,
    reportedAtMs: state.nowMs,
    reason: failing ? 'ChannelFailing' : 'Delivering',
    message: failing
      ? `notices cannot be delivered to ${summary.failing.join(', ')}: check its address, secret and receiver`
      : 'every notice that is due is delivered or being sent',
    facts: {
      pending: state.pending,
      openNotices: summary.total,
      failedNotices: summary.failed,
      failingChannels: summary.failing.join(','),
    },
  };
  return { key: statusKey(state.corpId, 'notifier', state.instance), report };
}
