// The scanner of one tenant: policies from the POLICY bucket, messages from the capture stream, judgements into the outcome stream.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@menshen/contracts/clock';
import type { ScannerConfig } from '@menshen/contracts/role-config';
import { type ConsumerPlan, ensureConsumer } from '@menshen/jetstream/ensure-consumer';
import type { Subscription } from '@menshen/jetstream/jetstream-strategy';
import { getBody } from '@menshen/jetstream/policy-bodies';
import { DONE, type PullEvent, type Settlement } from '@menshen/jetstream/pull-batches';
import type { ObjectStore } from '@menshen/objects/object-store';
import type { Health } from '@menshen/telemetry/health';
import type { Logger } from '@menshen/telemetry/logger';
import type { JetStreamClient, JetStreamManager, JsMsg } from '@nats-io/jetstream';
import type { KV } from '@nats-io/kv';
import type { Registry } from 'prom-client';
import { type ModelEvent, ModelServers } from './ask-models.ts';
import { RecentCounter } from './count-recent.ts';
import { startProcessEvaluator, startWorkerEvaluator } from './evaluator.ts';
import { EvaluatorHost } from './evaluator-host.ts';
import { Isolation } from './judge-alone.ts';
import { judgeBatch } from './judge-batch.ts';
import { JudgedLog } from './judged-log.ts';
import { PolicyKeeper, type PolicyState } from './keep-policies.ts';
import { measureLag } from './measure-lag.ts';
import { ensureLanes, type LaneOptions, PINNED_GROUP, PINNED_PULL_MS, planLanes } from './plan-lanes.ts';
import { readPointers } from './read-pointers.ts';
import { PendingModels } from './rejudge-pending.ts';
import { scannerReport } from './report-scanner-status.ts';
import { createScannerMetrics, type LaneLag, type ScannerMetrics } from './scanner-metrics.ts';
import { LaneShare } from './share-lanes.ts';

export interface ScannerDependencies {
  readonly corpId: string;
  readonly config: ScannerConfig;
  /** Name of this process, unique in the tenant. */
  readonly instance: string;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  /** The POLICY bucket. */
  readonly policies: Pick<KV, 'watch' | 'history'>;
  /** The STATUS bucket. */
  readonly status: Pick<KV, 'put' | 'keys'>;
  /** Bundles and lexicons that may not be in the object store yet. Absent: they are all there. */
  readonly bodies?: Pick<KV, 'get'>;
  readonly objects: Pick<ObjectStore, 'get'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly health: Health;
  /** Asks model servers. Default, the one of Node. */
  readonly fetch?: typeof fetch;
}

const ROLE = 'scanner';
export const SCANNER_PATTERN = 'scanner.messages';
const BYTES_PER_BATCH = 8 * 1024 * 1024;
/** A first message waits so long for company: a full batch costs little more than a single message, ms. */
const LINGER_MS = 10;
const REPORT_INTERVAL_MS = 10_000;
const WATCH_RETRY_MS = 1_000;

export class Scanner {
  readonly #deps: ScannerDependencies;
  readonly #metrics: ScannerMetrics;
  readonly #host: EvaluatorHost;
  readonly #isolation: Isolation;
  readonly #judged: JudgedLog;
  readonly #recent: RecentCounter;
  readonly #models: ModelServers;
  readonly #pending: PendingModels;
  readonly #keeper: PolicyKeeper;
  readonly #lanes: LaneOptions;
  readonly #share: LaneShare;
  #plans: readonly ConsumerPlan[] = [];
  #lag: readonly LaneLag[] = [];
  #reporting: NodeJS.Timeout | undefined;
  #stopping = false;
  #announced = '';
  #stopWatching: () => void = () => undefined;

  constructor(deps: ScannerDependencies) {
    this.#deps = deps;
    const { corpId, config, js, clock, logger } = deps;
    this.#metrics = createScannerMetrics(deps.registry);
    this.#host = new EvaluatorHost(startWorkerEvaluator, (why) => {
      this.#metrics.evaluatorDied();
      logger.error({ why }, 'the evaluator died over a batch: its messages are judged one by one');
    });
    this.#isolation = new Isolation({ start: startProcessEvaluator, corpId, clock });
    this.#judged = new JudgedLog(js, corpId);
    this.#recent = new RecentCounter(js, corpId);
    this.#models = new ModelServers({
      servers: config.models ?? [],
      fetch: deps.fetch ?? fetch,
      readToken: (path) => readFile(path, 'utf8'),
      clock,
      report: (server, event) => this.#reportModel(server, event),
    });
    this.#pending = new PendingModels({
      corpId,
      js,
      jsm: deps.jsm,
      models: this.#models,
      fetchObject: (key) => deps.objects.get(key),
    });
    this.#keeper = new PolicyKeeper({
      readPointers: () => readPointers(deps.policies, corpId),
      fetchObject: (key) => this.#fetchBody(key),
      host: this.#host,
      clock,
      metrics: this.#metrics,
      logger,
    });
    this.#share = new LaneShare({ jsm: deps.jsm, clock, sleep: (ms) => sleep(ms) });
    this.#lanes = { corpId, partitioned: config.partitioned, batchSize: config.batchSize };
    deps.health.isStarting(ROLE);
  }

  /** Loads the policies in force and makes the consumers. The streams must exist. Nothing is judged before this resolves. */
  async start(): Promise<void> {
    const { jsm, health } = this.#deps;
    this.#plans = await ensureLanes(jsm, this.#lanes);
    await this.#keeper.start((state) => this.#announce(state));
    void this.#watch();
    this.#reporting = setInterval(() => {
      void this.report();
      void this.rejudge();
    }, REPORT_INTERVAL_MS);
    await this.report();
    health.hasStarted(ROLE);
  }

  /** What the transport has to read for {@link handle}. */
  subscriptions(): readonly Subscription[] {
    const { config, clock } = this.#deps;
    return planLanes(this.#lanes).map((plan) => ({
      pattern: SCANNER_PATTERN,
      stream: plan.stream,
      consumer: plan.name,
      maxMessages: config.batchSize,
      maxBytes: BYTES_PER_BATCH,
      lingerMs: LINGER_MS,
      ackWaitMs: plan.ackWaitMs,
      ackAll: false,
      ensure: () => ensureConsumer(this.#deps.jsm, plan),
      ...(plan.pinned === undefined ? {} : { group: PINNED_GROUP, pullExpiresMs: PINNED_PULL_MS }),
      clock,
      report: (event) => this.#reportPull(plan.name, event),
    }));
  }

  /** Judges a batch. Rejects when that could not be done whole: the batch comes again. */
  async handle(batch: readonly JsMsg[]): Promise<Settlement> {
    const { corpId, js, objects, clock, logger } = this.#deps;
    const tools = {
      corpId,
      js,
      host: this.#host,
      isolation: this.#isolation,
      judged: this.#judged,
      recent: this.#recent,
      models: this.#models,
      pending: this.#pending,
      fetchObject: (key: string) => objects.get(key),
      makeSalt: () => randomBytes(32),
      clock,
      metrics: this.#metrics,
      logger,
    };
    await judgeBatch(tools, batch);
    return DONE;
  }

  /** While the transport still reads: finishes what has been delivered, so that others can go on where this one ends. */
  async prepareStop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#reporting);
    if (this.#lanes.partitioned) await this.#share.settleAll(this.#plans);
  }

  /** The transport must be closed before. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#reporting);
    if (this.#lanes.partitioned) await this.#share.releaseAll(this.#plans);
    this.#stopWatching();
    await this.#keeper.stop();
    await Promise.all([this.#host.close(), this.#isolation.close()]);
  }

  /** Asks model servers again for what was judged without them. Never rejects. */
  async rejudge(): Promise<void> {
    if (this.#pending.size === 0 || this.#stopping) return;
    const { logger } = this.#deps;
    try {
      const answered = await this.#pending.retry();
      if (answered > 0)
        logger.info({ answered, left: this.#pending.size }, 'answers of model servers came late');
    } catch (error) {
      if (!this.#stopping) logger.warn({ error }, 'cannot judge again what waits for model servers');
    }
  }

  #reportModel(server: string, event: ModelEvent): void {
    this.#metrics.model(server, event.kind);
    if (event.kind === 'Opened')
      this.#deps.logger.warn({ server, detail: event.detail }, 'a model server is left alone for a while');
  }

  /** Writes lag and policies into the STATUS bucket. Never rejects. */
  async report(): Promise<void> {
    const { corpId, instance, jsm, status, clock, logger } = this.#deps;
    try {
      const { lanes, lowestFloor } = await measureLag(jsm, this.#plans, clock);
      this.#lag = lanes;
      this.#metrics.lag(lanes);
      this.#judged.forgetAcknowledged(lowestFloor);
      const { key, report } = scannerReport({
        corpId,
        instance,
        nowMs: clock.nowMs(),
        policies: this.#keeper.state,
        lanes: this.#lag,
      });
      await status.put(key, JSON.stringify(report));
      if (this.#lanes.partitioned && !this.#stopping)
        await this.#share.handOver(this.#plans, await this.#countScanners());
    } catch (error) {
      if (!this.#stopping) logger.warn({ error }, 'cannot report the state of the scanner');
    }
  }

  /** First where the operator writes, then where everything is kept for ever. */
  async #fetchBody(objectKey: string): Promise<Uint8Array | undefined> {
    const { bodies, corpId, objects } = this.#deps;
    const fresh = bodies === undefined ? undefined : await getBody(bodies, { corpId, objectKey });
    return fresh ?? (await objects.get(objectKey));
  }

  /** Scanners that reported within the last minute. One that died still counts for that long: lanes handed over in vain come back at once. */
  async #countScanners(): Promise<number> {
    let count = 0;
    for await (const _key of await this.#deps.status.keys(`${this.#deps.corpId}.${ROLE}.*`)) count++;
    return count;
  }

  /** The watch only says when to look; a watch that ends is begun again, and the keeper looks by itself now and then. */
  async #watch(): Promise<void> {
    const { corpId, policies, logger } = this.#deps;
    while (!this.#stopping) {
      try {
        const changes = await policies.watch({ key: `${corpId}.>` });
        this.#stopWatching = () => changes.stop();
        for await (const _change of changes) this.#keeper.changed();
      } catch (error) {
        logger.warn({ error }, 'the watch of the policies ended and begins again');
      }
      if (!this.#stopping) await new Promise((resolve) => setTimeout(resolve, WATCH_RETRY_MS));
    }
  }

  /** Told after every look at the bucket; said only when it is news. */
  #announce(state: PolicyState): void {
    const { logger } = this.#deps;
    const { policySetDigest, inForce, rejected } = state;
    const news = JSON.stringify([policySetDigest, rejected]);
    if (news === this.#announced) return;
    this.#announced = news;
    logger.info({ policySetDigest, policies: inForce.size }, 'a policy set is in force');
    for (const { policy, detail } of rejected) logger.warn({ policy, detail }, 'a policy was rejected');
    if (this.#plans.length > 0) void this.report();
  }

  #reportPull(consumer: string, event: PullEvent): void {
    const { logger } = this.#deps;
    // Another process may have read the lane in between, or judged what comes again.
    if (event.kind !== 'HandlerFailed') this.#judged.doubt();
    if (event.kind === 'Notification') this.#share.noticed(consumer, event.type);
    if (event.kind === 'Notification') logger.info({ consumer, type: event.type }, 'consumer notification');
    else
      logger.warn(
        { consumer, error: event.error, retryInMs: event.retryInMs },
        event.kind === 'HandlerFailed'
          ? 'a batch could not be judged and is tried again'
          : 'the consumer was lost and is looked for again',
      );
  }
}
