// How messages come in: pulls, pages, decryption, the SDK, media, the directory, and what is missing.
import { CHOSEN, type DashboardPlan, TENANT_CHOICES } from './dashboard.ts';
import { curve, heading } from './panel.ts';

const rate = (metric: string, matchers = ''): string =>
  `rate(${metric}{${matchers}${CHOSEN}}[$__rate_interval])`;

export const capture: DashboardPlan = {
  uid: 'menshen-capture',
  title: 'Menshen / Capture',
  description: 'How messages come in, and what is missing.',
  choices: TENANT_CHOICES,
  panels: [
    heading('Pulling'),
    curve({
      title: 'Behind',
      description: 'Age of the moment up to which everything has been captured. WeCom keeps five days.',
      unit: 's',
      orange: 3600,
      red: 86_400,
      queries: [
        {
          expr: `max by (namespace, tenant) (menshen_ingest_lag_seconds{${CHOSEN}})`,
          legend: '{{namespace}}/{{tenant}}',
        },
      ],
    }),
    curve({
      title: 'Pulls by outcome',
      description: 'Anything but ok is the reason of a fault.',
      unit: 'ops',
      queries: [
        { expr: `sum by (outcome) (${rate('menshen_ingest_pull_seconds_count')})`, legend: '{{outcome}}' },
      ],
    }),
    curve({
      title: 'Time of a pull',
      description: 'Half of the pulls, and 99 % of them.',
      unit: 's',
      queries: [0.5, 0.99].map((share) => ({
        expr: `histogram_quantile(${share}, sum by (le) (${rate('menshen_ingest_pull_seconds_bucket')}))`,
        legend: `${share * 100} %`,
      })),
    }),
    curve({
      title: 'Pages by kind',
      description: 'Pages committed to the stream.',
      unit: 'ops',
      queries: [{ expr: `sum by (kind) (${rate('menshen_ingest_pages_total')})`, legend: '{{kind}}' }],
    }),
    curve({
      title: 'Pages not taken at once',
      description: 'StreamFull means that capture waits for whoever reads the stream.',
      unit: 'ops',
      queries: [
        { expr: `sum by (reason) (${rate('menshen_ingest_commit_refusals_total')})`, legend: '{{reason}}' },
      ],
    }),
    curve({
      title: 'Dead letters',
      description: 'What could not be opened or read, by reason.',
      unit: 'ops',
      queries: [
        { expr: `sum by (reason) (${rate('menshen_ingest_dead_letters_total')})`, legend: '{{reason}}' },
      ],
    }),
    curve({
      title: 'CPU of RSA',
      description: 'Cores that the decrypt workers spend in RSA: what capture costs.',
      unit: 'short',
      queries: [
        {
          expr: `sum by (namespace, tenant) (${rate('menshen_ingest_rsa_cpu_seconds_total')})`,
          legend: '{{namespace}}/{{tenant}}',
        },
      ],
    }),
    curve({
      title: 'Open gaps',
      description: 'Coverage gaps that go on now, by cause.',
      unit: 'short',
      queries: [
        { expr: `sum by (cause) (menshen_ingest_open_coverage_gaps{${CHOSEN}})`, legend: '{{cause}}' },
      ],
    }),
    curve({
      title: 'Callbacks',
      description: 'Calls of the event server by outcome; a hint that saves waiting for the next poll.',
      unit: 'ops',
      queries: [
        { expr: `sum by (outcome) (${rate('menshen_ingest_callbacks_total')})`, legend: '{{outcome}}' },
      ],
    }),
    heading('Media and directory'),
    curve({
      title: 'Files by outcome',
      description: 'A final gap is a file that is gone for good.',
      unit: 'ops',
      queries: [{ expr: `sum by (outcome) (${rate('menshen_ingest_media_total')})`, legend: '{{outcome}}' }],
    }),
    curve({
      title: 'Bytes of files',
      description: 'Plaintext bytes of files stored.',
      unit: 'Bps',
      queries: [{ expr: `sum(${rate('menshen_ingest_media_bytes_total')})`, legend: 'stored' }],
    }),
    curve({
      title: 'Messages waiting for files',
      description: 'Messages whose files are not settled yet.',
      unit: 'short',
      queries: [
        {
          expr: `sum by (namespace, tenant) (menshen_ingest_media_pending_messages{${CHOSEN}})`,
          legend: '{{namespace}}/{{tenant}}',
        },
      ],
    }),
    curve({
      title: 'Calls about the directory',
      description: 'By interface; WeCom limits each per minute and hour.',
      unit: 'ops',
      queries: [
        {
          expr: `sum by (interface) (${rate('menshen_ingest_directory_calls_total')})`,
          legend: '{{interface}}',
        },
      ],
    }),
    curve({
      title: 'Oldest answer about the directory',
      description: 'It grows while the quota is used up or WeCom fails.',
      unit: 's',
      orange: 86_400,
      red: 172_800,
      queries: [
        {
          expr: `max by (question) (menshen_ingest_directory_oldest_answer_seconds{${CHOSEN}})`,
          legend: '{{question}}',
        },
      ],
    }),
    heading('Finance SDK'),
    curve({
      title: 'Calls by return code',
      description: 'Answered calls of the library.',
      unit: 'ops',
      queries: [
        {
          expr: `sum by (call, code) (${rate('menshen_ingest_sdk_calls_total')})`,
          legend: '{{call}} {{code}}',
        },
      ],
    }),
    curve({
      title: 'Ends of its processes',
      description: 'Died, TimedOut and Garbage are the library misbehaving; each is replaced.',
      unit: 'ops',
      queries: [
        {
          expr: `sum by (lane, reason) (${rate('menshen_ingest_sdk_host_ends_total')})`,
          legend: '{{lane}} {{reason}}',
        },
      ],
    }),
    curve({
      title: 'Connections given up',
      description: 'The peer was not WeCom. Nothing was sent to it. Above 0 somebody sits between.',
      unit: 'ops',
      queries: [
        { expr: `sum by (cause) (${rate('menshen_ingest_relay_unverified_total')})`, legend: '{{cause}}' },
      ],
    }),
  ],
};
