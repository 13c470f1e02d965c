// The operator: passes, queues, its talk with the API server. Names are controller-runtime's, so dashboards of other operators work as well.
import type { DashboardPlan } from './dashboard.ts';
import { curve, figure } from './panel.ts';

const IT = 'job="menshen-operator",namespace=~"$namespace"';
const rate = (metric: string, matchers = ''): string => `rate(${metric}{${matchers}${IT}}[$__rate_interval])`;

export const operator: DashboardPlan = {
  uid: 'menshen-operator',
  title: 'Menshen / Operator',
  description: 'How tenants and policies are reconciled.',
  choices: [
    {
      name: 'namespace',
      label: 'Namespace',
      query: 'label_values(leader_election_master_status{job="menshen-operator"}, namespace)',
    },
  ],
  panels: [
    figure({
      title: 'Leaders',
      description: 'Exactly one operator leads; the others stand by.',
      unit: 'short',
      queries: [{ expr: `sum(leader_election_master_status{${IT}})`, legend: 'leaders' }],
    }),
    figure({
      title: 'Operators',
      description: 'Operators that Prometheus can read.',
      unit: 'short',
      queries: [{ expr: `sum(up{${IT}})`, legend: 'operators' }],
    }),
    figure({
      title: 'Waiting',
      description: 'Objects that wait for a worker.',
      unit: 'short',
      orange: 20,
      red: 100,
      queries: [{ expr: `sum(workqueue_depth{${IT}})`, legend: 'waiting' }],
    }),
    figure({
      title: 'Longest pass',
      description: 'Time spent so far on the oldest object in work.',
      unit: 's',
      orange: 30,
      red: 300,
      queries: [{ expr: `max(workqueue_longest_running_processor_seconds{${IT}})`, legend: 'longest' }],
    }),
    figure({
      title: 'Memory',
      description: 'Of the largest operator.',
      unit: 'bytes',
      orange: 300_000_000,
      queries: [{ expr: `max(process_resident_memory_bytes{${IT}})`, legend: 'memory' }],
    }),
    figure({
      title: 'API calls',
      description: 'Requests to the API server, each second.',
      unit: 'ops',
      queries: [{ expr: `sum(${rate('rest_client_requests_total')})`, legend: 'calls' }],
    }),
    curve({
      title: 'Passes by result',
      description:
        'Many errors: something that passes need is away. Many requeues without a change: a hot loop.',
      unit: 'ops',
      queries: [
        {
          expr: `sum by (controller, result) (${rate('controller_runtime_reconcile_total')})`,
          legend: '{{controller}} {{result}}',
        },
      ],
    }),
    curve({
      title: 'Time of a pass',
      description: '99 % of the passes.',
      unit: 's',
      queries: [
        {
          expr: `histogram_quantile(0.99, sum by (controller, le) (${rate('controller_runtime_reconcile_time_seconds_bucket')}))`,
          legend: '{{controller}}',
        },
      ],
    }),
    curve({
      title: 'Time in the queue',
      description: '99 % of the objects.',
      unit: 's',
      queries: [
        {
          expr: `histogram_quantile(0.99, sum by (name, le) (${rate('workqueue_queue_duration_seconds_bucket')}))`,
          legend: '{{name}}',
        },
      ],
    }),
    curve({
      title: 'Requests by answer',
      description: '403 is a missing right, 429 throttling, 5xx the API server.',
      unit: 'ops',
      queries: [
        {
          expr: `sum by (method, code) (${rate('rest_client_requests_total')})`,
          legend: '{{method}} {{code}}',
        },
      ],
    }),
    curve({
      title: 'Watches',
      description:
        'Relists mean that a watch could not go on; a few after a restart of the API server are normal.',
      unit: 'ops',
      queries: [
        { expr: `sum by (name) (${rate('reflector_relists_total')})`, legend: '{{name}} relists' },
        { expr: `sum by (name) (${rate('reflector_failures_total')})`, legend: '{{name}} failures' },
      ],
    }),
    curve({
      title: 'Retries',
      description: 'Objects added again after a failure.',
      unit: 'ops',
      queries: [{ expr: `sum by (name) (${rate('workqueue_retries_total')})`, legend: '{{name}}' }],
    }),
  ],
};
