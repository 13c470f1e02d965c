// The archiver of one tenant: the capture stream into segments and rows, the outcome stream into rows, and out of the streams what is archived.
import type { ClickHouse } from '@menshen/clickhouse/client';
import { type Exclusively, ensureSchema } from '@menshen/clickhouse/ensure-schema';
import type { Layout } from '@menshen/clickhouse/schema';
import type { Clock } from '@menshen/contracts/clock';
import type { ArchiverConfig } from '@menshen/contracts/role-config';
import { captureStream, outcomeStream } from '@menshen/contracts/subjects';
import { readLastManifest } from '@menshen/jetstream/commit-page';
import {
  ARCHIVED_EVENTS_PER_BATCH,
  ARCHIVED_OUTCOMES_PER_BATCH,
  ARCHIVER_ACK_WAIT_MS,
  ARCHIVER_CONSUMER,
  ARCHIVER_GROUP,
  archiverConsumers,
} from '@menshen/jetstream/consumer-plans';
import { ensureConsumer } from '@menshen/jetstream/ensure-consumer';
import type { Subscription } from '@menshen/jetstream/jetstream-strategy';
import type { BodyBucket } from '@menshen/jetstream/policy-bodies';
import type { PullEvent, Settlement } from '@menshen/jetstream/pull-batches';
import type { ObjectStore } from '@menshen/objects/object-store';
import type { Health } from '@menshen/telemetry/health';
import type { Logger } from '@menshen/telemetry/logger';
import type { JetStreamClient, JetStreamManager, JsMsg } from '@nats-io/jetstream';
import type { KV } from '@nats-io/kv';
import type { Registry } from 'prom-client';
import { type ArchivedStream, type ArchiverMetrics, createArchiverMetrics } from './archiver-metrics.ts';
import {
  CAPTURE_PATTERN,
  OUTCOME_BYTES_PER_BATCH,
  OUTCOME_PATTERN,
  PULL_EXPIRES_MS,
} from './archiver-plan.ts';
import { CaptureArchive } from './capture/archive-capture.ts';
import { StreamFollower } from './follow-stream.ts';
import { keepBodies } from './keep-bodies.ts';
import { OutcomeArchive } from './outcomes/archive-outcomes.ts';
import { purgeStream } from './purge-stream.ts';
import { archiverReport } from './report-archiver-status.ts';

export interface ArchiverDependencies {
  readonly corpId: string;
  readonly config: ArchiverConfig;
  /** Layout of the tables this archiver makes where they are missing. */
  readonly layout: Layout;
  /** Makes them while no other process does; absent: it is alone. */
  readonly exclusively?: Exclusively;
  /** Name of this process, unique in the tenant. */
  readonly instance: string;
  readonly clickhouse: ClickHouse;
  readonly objects: ObjectStore;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  /** The STATUS bucket. */
  readonly status: Pick<KV, 'put'>;
  /** The POLICY bucket, and where policies travel. Absent: whoever publishes writes into the object store itself. */
  readonly policies?: Pick<KV, 'get' | 'keys'>;
  readonly bodies?: BodyBucket;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly health: Health;
}

const REPORT_INTERVAL_MS = 10_000;
const PURGE_INTERVAL_MS = 60_000;
/** How soon a new revision is kept for ever, and a new lexicon can be used. */
const BODIES_INTERVAL_MS = 15_000;

export class Archiver {
  readonly #deps: ArchiverDependencies;
  readonly #metrics: ArchiverMetrics;
  readonly #capture: CaptureArchive;
  readonly #outcomes: OutcomeArchive;
  readonly #followers: StreamFollower[] = [];
  readonly #timers: NodeJS.Timeout[] = [];
  #isKeepingBodies = false;
  /** Why the last attempt at a batch failed; gone when one succeeds. */
  readonly #failing = new Map<ArchivedStream, string>();

  constructor(deps: ArchiverDependencies) {
    this.#deps = deps;
    this.#metrics = createArchiverMetrics(deps.registry);
    const { corpId, js, jsm } = deps;
    const follow = (stream: string): StreamFollower => {
      const follower = new StreamFollower({ js, jsm, stream, consumer: ARCHIVER_CONSUMER });
      this.#followers.push(follower);
      return follower;
    };
    const shared = { ...deps, metrics: this.#metrics };
    this.#capture = new CaptureArchive({ ...shared, follower: follow(captureStream(corpId)) });
    this.#outcomes = new OutcomeArchive({ ...shared, follower: follow(outcomeStream(corpId)) });
    deps.health.isStarting(ARCHIVER_CONSUMER);
  }

  /**
   * Makes the tables where they are missing, and the consumers. The streams must exist.
   * Rejects with `VersionTooOld` or `SchemaMismatch` of the clickhouse package, or when something is away.
   */
  async start(): Promise<void> {
    const { clickhouse, layout, jsm, corpId, health } = this.#deps;
    await ensureSchema(clickhouse, layout, this.#deps.exclusively);
    for (const plan of archiverConsumers(corpId)) await ensureConsumer(jsm, plan);
    this.#timers.push(setInterval(() => void this.report(), REPORT_INTERVAL_MS));
    this.#timers.push(setInterval(() => void this.purge(), PURGE_INTERVAL_MS));
    this.#timers.push(setInterval(() => void this.keepBodies(), BODIES_INTERVAL_MS));
    health.add({ name: ARCHIVER_CONSUMER, problem: () => [...this.#failing.values()][0] });
    health.hasStarted(ARCHIVER_CONSUMER);
  }

  /** What the transport has to read for {@link handleCapture} and {@link handleOutcomes}. */
  subscriptions(): readonly Subscription[] {
    const { corpId, config, clock, jsm } = this.#deps;
    const ensure = async (): Promise<void> => {
      for (const plan of archiverConsumers(corpId)) await ensureConsumer(jsm, plan);
    };
    const shared = {
      ensure,
      consumer: ARCHIVER_CONSUMER,
      lingerMs: config.segmentMaxAgeMs,
      ackWaitMs: ARCHIVER_ACK_WAIT_MS,
      ackAll: true,
      group: ARCHIVER_GROUP,
      pullExpiresMs: PULL_EXPIRES_MS,
      clock,
    };
    return [
      {
        ...shared,
        pattern: CAPTURE_PATTERN,
        stream: captureStream(corpId),
        maxMessages: ARCHIVED_EVENTS_PER_BATCH,
        maxBytes: config.segmentBytes,
        report: (event) => this.#reportPull('capture', event),
      },
      {
        ...shared,
        pattern: OUTCOME_PATTERN,
        stream: outcomeStream(corpId),
        maxMessages: ARCHIVED_OUTCOMES_PER_BATCH,
        maxBytes: OUTCOME_BYTES_PER_BATCH,
        report: (event) => this.#reportPull('outcome', event),
      },
    ];
  }

  /** Archives a batch of the capture stream. Rejects when something is away: the batch comes again. */
  async handleCapture(batch: readonly JsMsg[]): Promise<Settlement> {
    const settlement = await this.#capture.handle(batch);
    this.#failing.delete('capture');
    return settlement;
  }

  /** Archives a batch of the outcome stream. Rejects when something is away: the batch comes again. */
  async handleOutcomes(batch: readonly JsMsg[]): Promise<Settlement> {
    const settlement = await this.#outcomes.handle(batch);
    this.#failing.delete('outcome');
    return settlement;
  }

  /** Removes from both streams what every consumer has acknowledged and what is old enough. */
  async purge(): Promise<void> {
    const { corpId, jsm, config, clock, logger } = this.#deps;
    const storedBeforeMs = clock.nowMs() - config.purgeAfterMs;
    try {
      // The newest manifest is the cursor of capture: without one nothing of the stream may go.
      const manifest = await readLastManifest(jsm, corpId);
      const limits = { stream: captureStream(corpId), storedBeforeMs, keepFrom: manifest?.sequence ?? 0 };
      this.#metrics.purged('capture', await purgeStream(jsm, limits));
      this.#metrics.purged(
        'outcome',
        await purgeStream(jsm, { stream: outcomeStream(corpId), storedBeforeMs }),
      );
    } catch (error) {
      logger.warn({ error }, 'cannot purge what is archived');
    }
  }

  /** Copies policies into the object store. Never rejects; one look at a time. */
  async keepBodies(): Promise<void> {
    const { corpId, policies: pointers, bodies, objects, logger } = this.#deps;
    if (pointers === undefined || bodies === undefined || this.#isKeepingBodies) return;
    this.#isKeepingBodies = true;
    try {
      const { corrupt } = await keepBodies({ corpId, bodies, pointers, objects });
      if (corrupt.length > 0) logger.error({ corrupt }, 'objects do not have the digest that names them');
    } catch (error) {
      logger.warn({ error }, 'policies are not copied into the object store yet, trying again');
    }
    this.#isKeepingBodies = false;
  }

  /** Says in the STATUS bucket and in gauges how far the archive is. */
  async report(): Promise<void> {
    const { corpId, instance, status, clock, logger } = this.#deps;
    try {
      const pending = {
        capture: await this.#readPending('capture', captureStream(corpId)),
        outcome: await this.#readPending('outcome', outcomeStream(corpId)),
      };
      const state = { corpId, instance, pending, failing: [...this.#failing.keys()], nowMs: clock.nowMs() };
      const { key, report } = archiverReport(state);
      await status.put(key, JSON.stringify(report));
    } catch (error) {
      logger.warn({ error }, 'cannot report the state of the archiver');
    }
  }

  async #readPending(stream: ArchivedStream, name: string): Promise<number> {
    const info = await this.#deps.jsm.consumers.info(name, ARCHIVER_CONSUMER);
    const pending = info.num_pending + info.num_ack_pending;
    this.#metrics.pending(stream, pending);
    const { config, state } = await this.#deps.jsm.streams.info(name);
    // A limit of 0 or less is none.
    if (config.max_bytes > 0) this.#metrics.filled(stream, state.bytes / config.max_bytes);
    return pending;
  }

  /** Lets another archiver take over. The transport must be closed before; what it had in hand is archived or given back by then. */
  async stop(): Promise<void> {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    // Without an answer the other takes over by itself, a little later.
    await Promise.allSettled(this.#followers.map((follower) => follower.release()));
  }

  #reportPull(stream: ArchivedStream, event: PullEvent): void {
    const { logger } = this.#deps;
    if (event.kind === 'Notification') {
      logger.debug({ stream, ...event }, 'consumer of the archiver');
      return;
    }
    if (event.kind === 'HandlerFailed') this.#failing.set(stream, `cannot archive the ${stream} stream`);
    logger.warn({ stream, ...event }, 'a batch is not archived yet, trying again');
  }
}
