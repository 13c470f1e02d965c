// The operator as one running thing: watches, the Lease, and, while it leads, the controllers. The page to read first.
//   watch everything → ready → hold the Lease → lead → on SIGTERM finish the passes, give the Lease back
import { Health } from '@menshen/telemetry/health';
import type { Logger } from '@menshen/telemetry/logger';
import { type ObservabilityServer, serveObservability } from '@menshen/telemetry/observability-server';
import type { Registry } from 'prom-client';
import { type ApiClient, createApiClient } from './kube/api-client.ts';
import type { Clock, Random, WallClock } from './kube/clock.ts';
import { contendForLease, type Leadership } from './kube/lease.ts';
import { createRecorder } from './kube/recorder.ts';
import { createRuntimeMetrics, type RuntimeMetrics } from './kube/runtime-metrics.ts';
import type { Transport } from './kube/transport.ts';
import { createOperatorMetrics } from './operator-metrics.ts';
import type { LeaderElection, TenantArguments } from './read-arguments.ts';
import { routeChanges } from './route-changes.ts';
import { type ControllerTools, makeQueue } from './run-controller.ts';
import { type Leader, type Leading, serveAsLeader } from './serve-as-leader.ts';
import { type ClusterWatch, watchCluster } from './watch-cluster.ts';

export interface OperatorOptions {
  readonly transport: Transport;
  /** Of the API server, for metrics: `10.0.0.1:443`. */
  readonly apiHost: string;
  readonly clock: Clock;
  readonly wallClock: WallClock;
  readonly random: Random;
  readonly makeId: () => string;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly image: string;
  readonly port: number;
  readonly host: string;
  readonly podName: string;
  readonly namespace: string;
  /** Absent: it leads without asking. */
  readonly leaderElection: LeaderElection | undefined;
  readonly tenants: TenantArguments;
  /** Called once, when it comes to lead. */
  readonly provision: Leading['provision'];
}

export interface RunningOperator {
  readonly port: number;
  isLeading(): boolean;
  /** Resolves when it must end: the Lease is lost. */
  readonly lost: Promise<void>;
  /** Finishes what it is doing and gives the Lease back. Resolves when nothing of it is left. */
  stop(): Promise<void>;
}

/** Rejects when the port is taken; everything else is waited for. */
export async function startOperator(options: OperatorOptions): Promise<RunningOperator> {
  const { clock, random, logger, registry, transport } = options;
  // First, because it alone can fail; and nothing may change between the watches and those who listen to them.
  let watch: ClusterWatch | undefined;
  const server = await serveHealth(options, () => watch?.missing() ?? ['everything']);
  const metrics = createRuntimeMetrics(registry);
  const client = createApiClient({
    transport,
    clock,
    userAgent: 'menshen-operator',
    onRequest: metrics.request(options.apiHost),
  });
  const watching = new AbortController();
  watch = watchCluster({
    client,
    clock,
    random,
    signal: watching.signal,
    observe: (plural) => logFailures(metrics, plural, logger),
  });
  const leadership = options.leaderElection === undefined ? aloneAtTheTop() : contend(client, options);
  const watched = watch;
  const stopping = new AbortController();
  const leading = leadWhenAllowed({
    client,
    watch: watched,
    leadership,
    stopping: stopping.signal,
    metrics,
    options,
  });
  const { promise: lost, resolve: tellLost } = Promise.withResolvers<void>();
  leadership.over.addEventListener('abort', () => {
    metrics.leadership(leaseNameOf(options), false);
    if (!stopping.signal.aborted) tellLost();
  });
  return {
    port: server.port,
    lost,
    isLeading: () => leadership.isHeld(),
    stop: async () => {
      stopping.abort();
      await (await leading)?.stop();
      await leadership.release();
      watching.abort();
      await watched.ended;
      await server.close();
    },
  };
}

function leaseNameOf({ leaderElection }: OperatorOptions): string {
  return leaderElection?.leaseName ?? 'menshen';
}

async function serveHealth(
  { port, host, registry }: OperatorOptions,
  missing: () => readonly string[],
): Promise<ObservabilityServer> {
  const health = new Health();
  health.add({
    name: 'watches',
    problem: () => {
      const names = missing();
      return names.length === 0 ? undefined : `not listed yet: ${names.join(', ')}`;
    },
  });
  return await serveObservability({ port, host, health, registry });
}

function logFailures(metrics: RuntimeMetrics, plural: string, logger: Logger) {
  const counting = metrics.reflector(plural);
  return {
    ...counting,
    failed: (error: unknown): void => {
      counting.failed(error);
      logger.warn({ resource: plural, error }, 'a watch failed and is tried again');
    },
  };
}

function contend(client: ApiClient, options: OperatorOptions): Leadership {
  const { clock, wallClock, random, namespace, podName, makeId, leaderElection, logger } = options;
  return contendForLease({
    client,
    clock,
    wallClock,
    random,
    name: { namespace, name: leaseNameOf(options) },
    identity: `${podName}_${makeId()}`,
    ...leaderElection,
    onFailure: (error) => logger.warn({ error }, 'the Lease cannot be asked for, trying again'),
  });
}

/** For a single operator that nobody else can be beside. */
function aloneAtTheTop(): Leadership {
  const ending = new AbortController();
  return {
    acquired: Promise.resolve(true),
    isHeld: () => !ending.signal.aborted,
    over: ending.signal,
    release: async () => ending.abort(new Error('stopped')),
  };
}

interface Candidate {
  readonly client: ApiClient;
  readonly watch: ClusterWatch;
  readonly leadership: Leadership;
  /** It is told to end: it does not begin to lead any more. */
  readonly stopping: AbortSignal;
  readonly metrics: RuntimeMetrics;
  readonly options: OperatorOptions;
}

/** Resolves with nothing when it was stopped before it came to lead. Queues are filled meanwhile: a stand-by is warm. */
async function leadWhenAllowed(candidate: Candidate): Promise<Leader | undefined> {
  const { client, watch, leadership, stopping, metrics, options } = candidate;
  const { clock, wallClock, random, makeId, logger, image, registry } = options;
  const tools: ControllerTools = { clock, random, metrics, logger, makeId };
  const queues = { tenants: makeQueue('wecomtenant', tools), policies: makeQueue('compliancepolicy', tools) };
  let leader: Leader | undefined;
  const { cluster, messaging } = routeChanges({ ...queues, stores: watch.stores }, () => leader?.links);
  watch.listen(cluster);
  metrics.leadership(leaseNameOf(options), false);
  const operatorMetrics = createOperatorMetrics(registry);

  const ending = AbortSignal.any([leadership.over, stopping]);
  const ended = new Promise<false>((resolve) => ending.addEventListener('abort', () => resolve(false)));
  await Promise.race([watch.synced, ended]);
  if (!(await Promise.race([leadership.acquired, ended])) || ending.aborted) return undefined;
  metrics.leadership(leaseNameOf(options), true);
  logger.info({ lease: leaseNameOf(options), tenants: watch.stores.tenants.size }, 'this operator leads');
  const recorder = createRecorder({
    client,
    clock,
    wallClock,
    random,
    controller: 'menshen.dev/operator',
    instance: options.podName,
    onFailure: (error) => logger.warn({ error }, 'an event could not be written'),
  });
  const serving = serveAsLeader({
    client,
    stores: watch.stores,
    recorder,
    tools,
    wallClock,
    logger,
    queues,
    image,
    tenants: options.tenants,
    listener: messaging,
    provision: options.provision,
    mayAct: () => leadership.isHeld(),
    over: leadership.over,
    metrics: operatorMetrics,
  });
  leader = {
    links: serving.links,
    stop: async () => {
      await serving.stop();
      await recorder.flush();
    },
  };
  return leader;
}
