// Every metric of the notifier. Labels are names from the tenant's configuration and fixed words: never ids, never content.
import type { Notice } from '@menshen/contracts/compliance-alert';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { SendOutcome } from './channels/channel.ts';

/** What became of a finding for one channel: joined a notice, was known there already, or is told to nobody. */
export type FindingFate = 'assigned' | 'known' | 'shadow' | 'unrouted' | 'unknown_channel';

export interface OpenNotices {
  readonly channel: string;
  readonly state: 'gathering' | 'sending' | 'failed';
  readonly count: number;
}

export interface NotifierMetrics {
  found(fate: FindingFate, count: number): void;
  /** One attempt to send, whatever came of it. */
  sent(notice: Notice, outcome: SendOutcome['kind'], tookMs: number): void;
  /** A notice was written down as delivered or failed. */
  concluded(notice: Notice, state: 'Delivered' | 'Failed', atMs: number): void;
  open(counts: readonly OpenNotices[], oldestAgeMs: number): void;
  pending(messages: number): void;
}

export function createNotifierMetrics(registry: Registry): NotifierMetrics {
  const registers = [registry];
  const findings = new Counter({
    name: 'menshen_notifier_findings_total',
    help: 'Findings by what became of them, once for each channel they go to.',
    labelNames: ['fate'],
    registers,
  });
  const attempts = new Histogram({
    name: 'menshen_notifier_send_seconds',
    help: 'Time one attempt to send a notice took, by channel and outcome.',
    labelNames: ['channel', 'kind', 'outcome'],
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10],
    registers,
  });
  const notices = new Counter({
    name: 'menshen_notifier_notices_total',
    help: 'Notices written down as Delivered or Failed; a failed one may be delivered later.',
    labelNames: ['channel', 'kind', 'state'],
    registers,
  });
  const latency = new Histogram({
    name: 'menshen_notifier_alert_latency_seconds',
    help: 'From the capture of a message to the delivery of the notice about it, the wait of its group included.',
    labelNames: ['channel'],
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600],
    registers,
  });
  const open = new Gauge({
    name: 'menshen_notifier_open_notices',
    help: 'Notices that are not delivered, by state.',
    labelNames: ['channel', 'state'],
    registers,
  });
  const oldest = new Gauge({
    name: 'menshen_notifier_oldest_overdue_seconds',
    help: 'Age of the oldest notice that should have been delivered already; 0 when there is none.',
    registers,
  });
  const pending = new Gauge({
    name: 'menshen_notifier_pending_messages',
    help: 'Judgement batches that the notifier has not acknowledged.',
    registers,
  });
  return {
    found: (fate, count) => findings.inc({ fate }, count),
    sent: ({ channel, channelKind }, outcome, tookMs) =>
      attempts.observe({ channel, kind: channelKind, outcome: outcome.toLowerCase() }, tookMs / 1000),
    concluded(notice, state, atMs) {
      notices.inc({ channel: notice.channel, kind: notice.channelKind, state });
      if (state === 'Failed') return;
      for (const item of notice.items)
        latency.observe({ channel: notice.channel }, Math.max(0, atMs - item.capturedAtMs) / 1000);
    },
    open(counts, oldestAgeMs) {
      open.reset();
      for (const { channel, state, count } of counts) open.set({ channel, state }, count);
      oldest.set(oldestAgeMs / 1000);
    },
    pending: (messages) => pending.set(messages),
  };
}
