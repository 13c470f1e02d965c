// All tenants at a glance: is anything late, lost, unjudged or untold?
import { CHOSEN, type DashboardPlan, TENANT_CHOICES } from './dashboard.ts';
import { curve, figure, heading } from './panel.ts';

const per = 'by (namespace, tenant)';
const legend = '{{namespace}}/{{tenant}}';

export const overview: DashboardPlan = {
  uid: 'menshen-overview',
  title: 'Menshen / Overview',
  description: 'Every tenant at a glance: what is late, lost, unjudged or untold.',
  choices: TENANT_CHOICES,
  panels: [
    figure({
      title: 'Processes that answer',
      description: 'Share of the processes that Prometheus can read.',
      unit: 'percentunit',
      queries: [{ expr: `avg(up{job="menshen",${CHOSEN}})`, legend: 'answer' }],
    }),
    figure({
      title: 'Capture behind',
      description: 'The tenant that is furthest behind. WeCom keeps messages for five days.',
      unit: 's',
      orange: 3600,
      red: 86_400,
      queries: [{ expr: `max(menshen_ingest_lag_seconds{${CHOSEN}})`, legend: 'behind' }],
    }),
    figure({
      title: 'Oldest unjudged message',
      description: 'Age of the oldest message that is captured and not judged.',
      unit: 's',
      orange: 1,
      red: 60,
      queries: [{ expr: `max(menshen_scanner_oldest_pending_seconds{${CHOSEN}})`, legend: 'unjudged' }],
    }),
    figure({
      title: 'Oldest overdue notice',
      description: 'Age of the oldest notice that should have reached its channel.',
      unit: 's',
      orange: 60,
      red: 300,
      queries: [{ expr: `max(menshen_notifier_oldest_overdue_seconds{${CHOSEN}})`, legend: 'overdue' }],
    }),
    figure({
      title: 'Open coverage gaps',
      description: 'What should be captured and is not, of every cause.',
      unit: 'short',
      orange: 1,
      queries: [{ expr: `sum(menshen_ingest_open_coverage_gaps{${CHOSEN}})`, legend: 'gaps' }],
    }),
    figure({
      title: 'Dead letters today',
      description: 'Messages of the last 24 hours that could not be read or judged.',
      unit: 'short',
      orange: 1,
      queries: [
        {
          expr: `sum(increase(menshen_ingest_dead_letters_total{${CHOSEN}}[24h])) or vector(0)`,
          legend: 'dead letters',
        },
      ],
    }),
    heading('Messages'),
    curve({
      title: 'Captured',
      description: 'Messages committed to the stream.',
      unit: 'ops',
      queries: [
        { expr: `sum ${per} (rate(menshen_ingest_messages_total{${CHOSEN}}[$__rate_interval]))`, legend },
      ],
    }),
    curve({
      title: 'Judged',
      description: 'Messages judged by the policies in force.',
      unit: 'ops',
      queries: [
        {
          expr: `sum ${per} (rate(menshen_scanner_messages_total{result="judged",${CHOSEN}}[$__rate_interval]))`,
          legend,
        },
      ],
    }),
    curve({
      title: 'Archived',
      description: 'Rows of messages stored in ClickHouse.',
      unit: 'ops',
      queries: [
        {
          expr: `sum ${per} (rate(menshen_archiver_rows_total{table="messages",${CHOSEN}}[$__rate_interval]))`,
          legend,
        },
      ],
    }),
    curve({
      title: 'Findings',
      description: 'Findings by severity, of policies that are enforced.',
      unit: 'ops',
      queries: [
        {
          expr: `sum by (severity) (rate(menshen_scanner_findings_total{mode="Enforce",${CHOSEN}}[$__rate_interval]))`,
          legend: '{{severity}}',
        },
      ],
    }),
    curve({
      title: 'Stream filled',
      description: 'Share of its limit that each stream holds. At 100 % capture waits.',
      unit: 'percentunit',
      orange: 0.8,
      red: 0.95,
      queries: [
        {
          expr: `max by (namespace, tenant, stream) (menshen_archiver_stream_filled_ratio{${CHOSEN}})`,
          legend: '{{namespace}}/{{tenant}} {{stream}}',
        },
      ],
    }),
    curve({
      title: 'Memory',
      description: 'Resident memory by tenant and component.',
      unit: 'bytes',
      queries: [
        {
          expr: `sum by (tenant, component) (process_resident_memory_bytes{job="menshen",${CHOSEN}})`,
          legend: '{{tenant}} {{component}}',
        },
      ],
    }),
  ],
};
