// The runtime's metrics under the names of controller-runtime and client-go, so that existing dashboards and alerts work unchanged.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { ControllerObserver } from './controller.ts';
import type { ReflectorObserver } from './reflector.ts';
import type { QueueObserver, WorkQueue } from './work-queue.ts';

export interface RuntimeMetrics {
  /** `name`: of the controller that the queue belongs to. */
  queue(name: string): QueueObserver;
  /** Depth and work in hand of a queue are asked for when somebody scrapes. */
  watchQueue(name: string, queue: WorkQueue): void;
  controller(name: string, workers: number): ControllerObserver;
  /** `name`: what is watched, such as `wecomtenants`. */
  reflector(name: string): ReflectorObserver;
  /** For `onRequest` of the API client; `host`: of the API server. */
  request(host: string): (method: string, code: string) => void;
  /** `name`: of the Lease. */
  leadership(name: string, isLeader: boolean): void;
}

/** Client-go's and controller-runtime's own buckets, seconds. */
const QUEUE_BUCKETS = [1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10, 100, 1000];
const PASS_BUCKETS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5,
  1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];

export function createRuntimeMetrics(registry: Registry): RuntimeMetrics {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> =>
    new Counter({ name, help, labelNames, registers });
  const queues = createQueueMetrics(registry);
  const passes = createPassMetrics(registry);
  const lists = counter('reflector_lists_total', 'Complete lists.', ['name']);
  const relists = counter('reflector_relists_total', 'Lists after the first: a watch could not go on.', [
    'name',
  ]);
  const watches = counter('reflector_watches_total', 'Watches begun.', ['name']);
  const events = counter('reflector_events_total', 'Events received on watches.', ['name']);
  const failures = counter(
    'reflector_failures_total',
    'Lists and watches that failed and were tried again.',
    ['name'],
  );
  const requests = counter(
    'rest_client_requests_total',
    'Requests to the API server by method, code and host.',
    ['code', 'method', 'host'],
  );
  const leader = new Gauge({
    name: 'leader_election_master_status',
    help: '1 while this process holds the Lease.',
    labelNames: ['name'],
    registers,
  });
  return {
    queue: (name) => queues.observe({ name, controller: name }),
    watchQueue: queues.watch,
    controller: passes,
    reflector: (name) => ({
      listed: (isRelist) => {
        lists.inc({ name });
        if (isRelist) relists.inc({ name });
      },
      watched: () => watches.inc({ name }),
      eventReceived: () => events.inc({ name }),
      failed: () => failures.inc({ name }),
    }),
    request: (host) => (method, code) => requests.inc({ method, code, host }),
    leadership: (name, isLeader) => leader.set({ name }, isLeader ? 1 : 0),
  };
}

const QUEUE_LABELS = ['name', 'controller'] as const;
const PASS_LABELS = ['controller'] as const;

type QueueLabels = { readonly name: string; readonly controller: string };

function createQueueMetrics(registry: Registry): {
  observe: (labels: QueueLabels) => QueueObserver;
  watch: (name: string, queue: WorkQueue) => void;
} {
  const common = { labelNames: QUEUE_LABELS, registers: [registry] };
  const adds = new Counter({ ...common, name: 'workqueue_adds_total', help: 'Keys added.' });
  const retries = new Counter({
    ...common,
    name: 'workqueue_retries_total',
    help: 'Keys added after a failure.',
  });
  const waited = new Histogram({
    ...common,
    name: 'workqueue_queue_duration_seconds',
    help: 'How long a key waited.',
    buckets: QUEUE_BUCKETS,
  });
  const worked = new Histogram({
    ...common,
    name: 'workqueue_work_duration_seconds',
    help: 'How long a key was worked on.',
    buckets: QUEUE_BUCKETS,
  });
  const watched = new Map<string, WorkQueue>();
  const sampled = (name: string, help: string, sample: (queue: WorkQueue) => number): void => {
    new Gauge({
      ...common,
      name,
      help,
      collect() {
        for (const [queue, from] of watched) this.set({ name: queue, controller: queue }, sample(from));
      },
    });
  };
  sampled('workqueue_depth', 'Keys that wait for a worker.', (queue) => queue.depth());
  sampled('workqueue_unfinished_work_seconds', 'Time spent so far on keys in work, summed.', (queue) =>
    queue.inWorkMs().reduce((sum, ms) => sum + ms / 1000, 0),
  );
  sampled(
    'workqueue_longest_running_processor_seconds',
    'Time spent so far on the oldest key in work.',
    (queue) => Math.max(0, ...queue.inWorkMs()) / 1000,
  );
  return {
    observe: (labels) => ({
      added: () => adds.inc(labels),
      retried: () => retries.inc(labels),
      taken: (waitedMs) => waited.observe(labels, waitedMs / 1000),
      done: (workedMs) => worked.observe(labels, workedMs / 1000),
    }),
    watch: (name, queue) => {
      watched.set(name, queue);
    },
  };
}

function createPassMetrics(registry: Registry): (controller: string, workers: number) => ControllerObserver {
  const common = { labelNames: PASS_LABELS, registers: [registry] };
  const total = new Counter({
    registers: [registry],
    labelNames: ['controller', 'result'],
    name: 'controller_runtime_reconcile_total',
    help: 'Passes by result: success, requeue, requeue_after, error.',
  });
  const errors = new Counter({
    ...common,
    name: 'controller_runtime_reconcile_errors_total',
    help: 'Passes that failed.',
  });
  const terminal = new Counter({
    ...common,
    name: 'controller_runtime_terminal_reconcile_errors_total',
    help: 'Passes that failed and are not tried again until something changes.',
  });
  const took = new Histogram({
    ...common,
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'How long a pass took.',
    buckets: PASS_BUCKETS,
  });
  const most = new Gauge({
    ...common,
    name: 'controller_runtime_max_concurrent_reconciles',
    help: 'Passes that may run at the same time.',
  });
  const active = new Gauge({
    ...common,
    name: 'controller_runtime_active_workers',
    help: 'Passes that run now.',
  });
  return (controller, workers) => {
    most.set({ controller }, workers);
    // Dashboards compute rates: a series must be there at zero before its first event.
    for (const result of ['success', 'requeue', 'requeue_after', 'error'])
      total.inc({ controller, result }, 0);
    errors.inc({ controller }, 0);
    return {
      passStarted: () => active.inc({ controller }),
      passEnded: ({ outcome, tookMs, isTerminal }) => {
        active.dec({ controller });
        total.inc({ controller, result: outcome });
        took.observe({ controller }, tookMs / 1000);
        if (outcome === 'error') errors.inc({ controller });
        if (isTerminal) terminal.inc({ controller });
      },
    };
  };
}
