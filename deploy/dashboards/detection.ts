// How messages are judged and people are told.
import { CHOSEN, type DashboardPlan, TENANT_CHOICES } from './dashboard.ts';
import { curve, heading } from './panel.ts';

const rate = (metric: string, matchers = ''): string =>
  `rate(${metric}{${matchers}${CHOSEN}}[$__rate_interval])`;

export const detection: DashboardPlan = {
  uid: 'menshen-detection',
  title: 'Menshen / Detection',
  description: 'How messages are judged and people are told.',
  choices: TENANT_CHOICES,
  panels: [
    heading('Judging'),
    curve({
      title: 'From capture to finding',
      description: 'The promise is one second for 99 % of findings.',
      unit: 's',
      orange: 0.75,
      red: 1,
      queries: [0.5, 0.99].map((share) => ({
        expr: `histogram_quantile(${share}, sum by (le) (${rate('menshen_scanner_finding_latency_seconds_bucket')}))`,
        legend: `${share * 100} %`,
      })),
    }),
    curve({
      title: 'Oldest unjudged message',
      description:
        'By consumer; a single one that is behind is a busy conversation or a message that kills evaluators.',
      unit: 's',
      orange: 1,
      red: 60,
      queries: [
        {
          expr: `max by (tenant, consumer) (menshen_scanner_oldest_pending_seconds{${CHOSEN}})`,
          legend: '{{tenant}} {{consumer}}',
        },
      ],
    }),
    curve({
      title: 'Messages by result',
      description: 'Dead ones could not be judged at all; isolated ones were judged alone.',
      unit: 'ops',
      queries: [
        { expr: `sum by (result) (${rate('menshen_scanner_messages_total')})`, legend: '{{result}}' },
      ],
    }),
    curve({
      title: 'Time to evaluate a batch',
      description: '99 % of the batches.',
      unit: 's',
      queries: [
        {
          expr: `histogram_quantile(0.99, sum by (tenant, le) (${rate('menshen_scanner_evaluation_seconds_bucket')}))`,
          legend: '{{tenant}}',
        },
      ],
    }),
    curve({
      title: 'Findings by policy',
      description: 'The ten policies that find most. A jump is a changed policy or a changed business.',
      unit: 'ops',
      queries: [
        {
          expr: `topk(10, sum by (policy, mode) (${rate('menshen_scanner_findings_total')}))`,
          legend: '{{policy}} ({{mode}})',
        },
      ],
    }),
    curve({
      title: 'Policies',
      description: 'Rejected ones do not judge; their last good revision may.',
      unit: 'short',
      queries: [
        {
          expr: `max by (tenant, state) (menshen_scanner_policies{${CHOSEN}})`,
          legend: '{{tenant}} {{state}}',
        },
      ],
    }),
    heading('Telling'),
    curve({
      title: 'From capture to notice',
      description: 'The wait of the group included.',
      unit: 's',
      queries: [
        {
          expr: `histogram_quantile(0.99, sum by (channel, le) (${rate('menshen_notifier_alert_latency_seconds_bucket')}))`,
          legend: '{{channel}}',
        },
      ],
    }),
    curve({
      title: 'Notices not delivered',
      description: 'By channel and state. Failed ones are tried again.',
      unit: 'short',
      queries: [
        {
          expr: `sum by (channel, state) (menshen_notifier_open_notices{${CHOSEN}})`,
          legend: '{{channel}} {{state}}',
        },
      ],
    }),
    curve({
      title: 'Attempts by outcome',
      description: 'What the channels answer.',
      unit: 'ops',
      queries: [
        {
          expr: `sum by (channel, outcome) (${rate('menshen_notifier_send_seconds_count')})`,
          legend: '{{channel}} {{outcome}}',
        },
      ],
    }),
    curve({
      title: 'What becomes of findings',
      description: 'Unrouted ones are told to nobody; they are stored.',
      unit: 'ops',
      queries: [{ expr: `sum by (fate) (${rate('menshen_notifier_findings_total')})`, legend: '{{fate}}' }],
    }),
  ],
};
