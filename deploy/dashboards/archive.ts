// How messages are kept: segments, rows, streams.
import { CHOSEN, type DashboardPlan, TENANT_CHOICES } from './dashboard.ts';
import { curve } from './panel.ts';

const rate = (metric: string, matchers = ''): string =>
  `rate(${metric}{${matchers}${CHOSEN}}[$__rate_interval])`;

export const archive: DashboardPlan = {
  uid: 'menshen-archive',
  title: 'Menshen / Archive',
  description: 'How messages are kept: segments, rows, streams.',
  choices: TENANT_CHOICES,
  panels: [
    curve({
      title: 'Waiting',
      description: 'Messages of each stream that are not archived yet.',
      unit: 'short',
      queries: [
        {
          expr: `sum by (tenant, stream) (menshen_archiver_pending_messages{${CHOSEN}})`,
          legend: '{{tenant}} {{stream}}',
        },
      ],
    }),
    curve({
      title: 'From capture to row',
      description: 'Of the newest archived message.',
      unit: 's',
      orange: 60,
      red: 300,
      queries: [{ expr: `max by (tenant) (menshen_archiver_lag_seconds{${CHOSEN}})`, legend: '{{tenant}}' }],
    }),
    curve({
      title: 'Stream filled',
      description: 'Share of its limit that each stream holds. At 100 % capture waits.',
      unit: 'percentunit',
      orange: 0.8,
      red: 0.95,
      queries: [
        {
          expr: `max by (tenant, stream) (menshen_archiver_stream_filled_ratio{${CHOSEN}})`,
          legend: '{{tenant}} {{stream}}',
        },
      ],
    }),
    curve({
      title: 'Rows by table',
      description: 'Rows stored in ClickHouse.',
      unit: 'ops',
      queries: [{ expr: `sum by (table) (${rate('menshen_archiver_rows_total')})`, legend: '{{table}}' }],
    }),
    curve({
      title: 'Rows left out',
      description:
        'Rows that were there already: the work of an attempt that failed later, or of another archiver.',
      unit: 'ops',
      queries: [
        { expr: `sum by (table) (${rate('menshen_archiver_rows_skipped_total')})`, legend: '{{table}}' },
      ],
    }),
    curve({
      title: 'Segments',
      description: 'Bytes of the segments written to the object store.',
      unit: 'Bps',
      queries: [
        { expr: `sum by (stream) (${rate('menshen_archiver_segment_bytes_total')})`, legend: '{{stream}}' },
      ],
    }),
    curve({
      title: 'Time of a batch',
      description: 'Segment and rows, 99 %.',
      unit: 's',
      queries: [
        {
          expr: `histogram_quantile(0.99, sum by (stream, le) (${rate('menshen_archiver_batch_seconds_bucket')}))`,
          legend: '{{stream}}',
        },
      ],
    }),
    curve({
      title: 'Failed attempts',
      description: 'Batches that failed and are tried again. Late, not lost.',
      unit: 'ops',
      queries: [
        { expr: `sum by (stream) (${rate('menshen_archiver_failures_total')})`, legend: '{{stream}}' },
      ],
    }),
    curve({
      title: 'Messages by what was known of them',
      description: 'A conflict is one message id with two contents: both are kept, and somebody must look.',
      unit: 'ops',
      queries: [{ expr: `sum by (class) (${rate('menshen_archiver_messages_total')})`, legend: '{{class}}' }],
    }),
  ],
};
