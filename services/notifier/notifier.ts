// The notifier of one tenant: findings come in by batches, are assigned to notices and written down, and only then acknowledged;
// delivery goes on beside that, from the notice stream alone. See delivery.md for why.
import type { Clock } from '@menshen/contracts/clock';
import type { Finding } from '@menshen/contracts/finding';
import type { NotifierConfig } from '@menshen/contracts/role-config';
import { outcomeStream } from '@menshen/contracts/subjects';
import {
  FINDINGS_PER_BATCH,
  NOTIFIER_ACK_WAIT_MS,
  NOTIFIER_CONSUMER,
  notifierConsumer,
} from '@menshen/jetstream/consumer-plans';
import { ensureConsumer } from '@menshen/jetstream/ensure-consumer';
import type { Subscription } from '@menshen/jetstream/jetstream-strategy';
import { DONE, type PullEvent, type Settlement } from '@menshen/jetstream/pull-batches';
import type { Health } from '@menshen/telemetry/health';
import type { Logger } from '@menshen/telemetry/logger';
import type { JetStreamClient, JetStreamManager, JsMsg } from '@nats-io/jetstream';
import type { KV } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Registry } from 'prom-client';
import { assignFindings, type RoutedFinding } from './assign-findings.ts';
import { makeChannels } from './channels/registry.ts';
import { Delivery } from './deliver-notices.ts';
import type { NoticeBook } from './notice-book.ts';
import { NoticeLog } from './notice-log.ts';
import { createNotifierMetrics, type NotifierMetrics } from './notifier-metrics.ts';
import { readFindings } from './read-findings.ts';
import { rememberSecrets } from './remember-secret.ts';
import { notifierReport, summariseOpen } from './report-notifier-status.ts';
import { listUnknownChannels, routeFinding } from './route-findings.ts';

export interface NotifierDependencies {
  readonly corpId: string;
  readonly config: NotifierConfig;
  /** Name of this process, unique in the tenant. */
  readonly instance: string;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly nats: NatsConnection;
  /** The STATUS bucket. */
  readonly status: Pick<KV, 'put'>;
  readonly fetch: typeof fetch;
  readonly readSecret: (file: string) => Promise<string>;
  readonly clock: Clock;
  /** 0 ≤ chance < 1: spreads retries. */
  readonly chance: () => number;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly health: Health;
}

export const NOTIFIER_PATTERN = 'notifier.findings';
const BYTES_PER_BATCH = 8 * 1024 * 1024;
/** A first finding waits so long for company before it is written down: fewer records, and nobody notices, ms. */
const LINGER_MS = 20;
const REPORT_INTERVAL_MS = 10_000;
/** The longest sleep of the delivery loop, ms. */
const LONGEST_SLEEP_MS = 60_000;

export class Notifier {
  readonly #deps: NotifierDependencies;
  readonly #log: NoticeLog;
  readonly #delivery: Delivery;
  readonly #metrics: NotifierMetrics;
  #timer: NodeJS.Timeout | undefined;
  #reporting: NodeJS.Timeout | undefined;
  #running = false;

  /** Throws when a channel's configuration lacks what its kind needs. */
  constructor(deps: NotifierDependencies) {
    this.#deps = deps;
    this.#metrics = createNotifierMetrics(deps.registry);
    this.#log = new NoticeLog(deps);
    const { config, fetch, readSecret, clock, chance, logger } = deps;
    this.#delivery = new Delivery({
      log: this.#log,
      channels: makeChannels(config.channels, {
        fetch,
        readSecret: rememberSecrets(readSecret, clock),
        clock,
      }),
      contentChannels: new Set(config.channels.filter((one) => one.includeContent).map((one) => one.name)),
      clock,
      chance,
      metrics: this.#metrics,
      logger,
      wake: () => this.#deliver(),
    });
    deps.health.isStarting(NOTIFIER_CONSUMER);
  }

  /** Reads the notice stream, takes over what is owed and starts to deliver. The streams must exist. */
  async start(): Promise<void> {
    await ensureConsumer(this.#deps.jsm, notifierConsumer(this.#deps.corpId));
    await this.#log.refresh();
    this.#delivery.adoptAll();
    this.#running = true;
    this.#reporting = setInterval(() => void this.report(), REPORT_INTERVAL_MS);
    this.#deliver();
    this.#deps.health.hasStarted(NOTIFIER_CONSUMER);
  }

  /** What the transport has to read for {@link handle}. */
  subscription(): Subscription {
    return {
      pattern: NOTIFIER_PATTERN,
      stream: outcomeStream(this.#deps.corpId),
      consumer: NOTIFIER_CONSUMER,
      maxMessages: FINDINGS_PER_BATCH,
      maxBytes: BYTES_PER_BATCH,
      lingerMs: LINGER_MS,
      ackWaitMs: NOTIFIER_ACK_WAIT_MS,
      ackAll: false,
      ensure: () => ensureConsumer(this.#deps.jsm, notifierConsumer(this.#deps.corpId)),
      clock: this.#deps.clock,
      report: (event) => this.#reportPull(event),
    };
  }

  /** Assigns the findings of a batch and writes that down. Rejects when it cannot be written: the batch comes again. */
  async handle(batch: readonly JsMsg[]): Promise<readonly Settlement[]> {
    const findings: Finding[] = [];
    const settlements = batch.map((message): Settlement => {
      const read = readFindings(message);
      if (read.ok) {
        findings.push(...read.findings);
        return DONE;
      }
      this.#deps.logger.error(
        { sequence: message.seq, detail: read.detail },
        'a message on the finding subject is not a judgement batch',
      );
      return { kind: 'Drop', reason: 'not a judgement batch' };
    });
    if (findings.length > 0) await this.#assign(findings);
    return settlements;
  }

  async #assign(findings: readonly Finding[]): Promise<void> {
    const routed = findings.flatMap((finding) => this.#route(finding));
    if (routed.length === 0) return;
    let known: number | undefined;
    await this.#log.append((book) => {
      known ??= countKnown(routed, book);
      return assignFindings(routed, book, this.#deps.clock.nowMs());
    });
    const total = routed.reduce((sum, { destinations }) => sum + destinations.length, 0);
    this.#metrics.found('known', known ?? 0);
    this.#metrics.found('assigned', total - (known ?? 0));
    this.#deliver();
  }

  #route(finding: Finding): readonly RoutedFinding[] {
    const unknown = listUnknownChannels(finding, this.#deps.config).length;
    if (unknown > 0) this.#metrics.found('unknown_channel', unknown);
    const routing = routeFinding(finding, this.#deps.config);
    if (routing.kind === 'Told') return [{ finding, destinations: routing.destinations }];
    this.#metrics.found(routing.why === 'Shadow' ? 'shadow' : 'unrouted', 1);
    return [];
  }

  /** Starts what is due and sleeps until the next is. */
  #deliver(): void {
    if (!this.#running) return;
    clearTimeout(this.#timer);
    const nextAtMs = this.#delivery.tick();
    if (nextAtMs === undefined) return;
    const sleepMs = Math.min(LONGEST_SLEEP_MS, Math.max(0, nextAtMs - this.#deps.clock.nowMs()));
    this.#timer = setTimeout(() => this.#deliver(), sleepMs);
  }

  /** Looks what other notifiers did, forgets what is old, and says how things stand. */
  async report(): Promise<void> {
    const { corpId, instance, jsm, status, clock, logger } = this.#deps;
    try {
      await this.#log.refresh();
      const nowMs = clock.nowMs();
      this.#log.book.forget(nowMs);
      const info = await jsm.consumers.info(outcomeStream(corpId), NOTIFIER_CONSUMER);
      const pending = info.num_pending + info.num_ack_pending;
      const summary = summariseOpen(this.#log.book.listOpen(), nowMs);
      this.#metrics.open(summary.counts, summary.oldestOverdueMs);
      this.#metrics.pending(pending);
      const open = this.#log.book.listOpen();
      const { key, report } = notifierReport({ corpId, instance, open, pending, nowMs }, summary);
      await status.put(key, JSON.stringify(report));
    } catch (error) {
      logger.warn({ error }, 'cannot report the state of the notifier');
    }
    this.#deliver();
  }

  /** Ends after the notices in flight; what is still owed stays in the stream for the next start. The transport must be closed before. */
  async stop(): Promise<void> {
    this.#running = false;
    clearTimeout(this.#timer);
    clearInterval(this.#reporting);
    await this.#delivery.settled();
  }

  #reportPull(event: PullEvent): void {
    if (event.kind === 'Notification') this.#deps.logger.debug(event, 'consumer of findings');
    else this.#deps.logger.warn(event, 'findings cannot be taken in, trying again');
  }
}

function countKnown(routed: readonly RoutedFinding[], book: NoticeBook): number {
  const told = routed.flatMap(({ finding, destinations }) =>
    destinations.filter(({ channel }) => book.isAssigned(finding.id, channel.name)),
  );
  return told.length;
}
