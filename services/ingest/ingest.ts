// Ingest of one tenant: everything that capture needs, put together, started and stopped. The loop itself is in capture-loop.ts.
import type { ReadArchivedLetters } from '@menshen/contracts/archived-letter';
import type { Clock } from '@menshen/contracts/clock';
import type { CoverageGap } from '@menshen/contracts/coverage-gap';
import type { DirectoryFact } from '@menshen/contracts/directory-facts';
import type { IngestConfig } from '@menshen/contracts/role-config';
import type { ObjectStore } from '@menshen/objects/object-store';
import type { Health } from '@menshen/telemetry/health';
import type { Logger } from '@menshen/telemetry/logger';
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import type { KV } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Registry } from 'prom-client';
import { type CallbackServer, serveCallback } from './callback/serve-callback.ts';
import { CaptureLoop, type CaptureTiming, LONGEST_IDLE_MS } from './capture-loop.ts';
import { countDeadLetters } from './count-dead-letters.ts';
import { CoverageWatch } from './coverage/coverage-watch.ts';
import { recallGaps } from './coverage/recall-gaps.ts';
import { viewDirectory } from './coverage/view-directory.ts';
import { createDecryptPool, type DecryptPool } from './decrypt/decrypt-pool.ts';
import { KeepDirectory } from './directory/keep-directory.ts';
import { recallDirectory } from './directory/recall-directory.ts';
import { createIngestMetrics, type IngestMetrics } from './ingest-metrics.ts';
import { IngestStatus, reasonOfFault } from './ingest-status.ts';
import { KeepKeys } from './keep-keys.ts';
import { Downloader } from './media/download-medium.ts';
import { MediaLoop } from './media/media-loop.ts';
import { MediaMemory } from './media/media-memory.ts';
import { MediaTurns } from './media/media-turns.ts';
import { MOST_WAITING } from './media/media-window.ts';
import { PageCommitter } from './page-committer.ts';
import type { ArchivedPosition } from './position.ts';
import { PullAhead } from './pull-ahead.ts';
import { ReplayDeadLetters } from './replay-dead-letters.ts';
import type { SdkHostTiming } from './sdk-host/sdk-host.ts';
import { Sleeper } from './sleeper.ts';
import type { FileWatch } from './watch-files.ts';
import { askAddressBlocks, findProxyBlocks } from './wecom/ask-address-blocks.ts';
import { type OpenedSource, openSource } from './wecom/open-source.ts';
import { openPullQuota } from './wecom/pull-quota.ts';

export interface IngestDependencies {
  readonly corpId: string;
  readonly config: IngestConfig;
  /** Name of this process, unique in the tenant. */
  readonly instance: string;
  readonly nats: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  /** The STATUS bucket. */
  readonly status: Pick<KV, 'put'>;
  readonly objects: ObjectStore;
  /** Makes the tenant's streams where they are missing, with first sequences above everything archived. */
  readonly ensureStreams: () => Promise<void>;
  /** The newest archived page, `undefined` when there is none. Rejects while the archive cannot be asked. */
  readonly archivedPosition: () => Promise<ArchivedPosition | undefined>;
  /** Facts of the directory that the archive holds; those in the stream are read beside them. */
  readonly archivedDirectory: () => Promise<readonly DirectoryFact[]>;
  /** Dead letters that only the archive still has. */
  readonly archivedLetters: ReadArchivedLetters;
  /** Coverage gaps that the archive holds as open; those in the stream are read beside them. */
  readonly archivedGaps: () => Promise<readonly CoverageGap[]>;
  /** The compiled host of the Finance SDK; default where it is installed. */
  readonly sdkHostPath?: string;
  /** Overrides for tests. */
  readonly sdkHostTiming?: Partial<SdkHostTiming>;
  /** Text of a mounted secret file, without the white space around it. */
  readonly readSecret: (file: string) => Promise<string>;
  /** Names of the files in a folder of mounted secrets; rejects when there is none. */
  readonly listFolder: (folder: string) => Promise<readonly string[]>;
  /** Calls back when one of the files may have changed; files are read again from time to time all the same. */
  readonly watchFiles: (files: readonly string[], changed: () => void) => FileWatch;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly health: Health;
  /** Overrides for tests. */
  readonly timing?: Partial<IngestTiming>;
}

export interface IngestTiming extends CaptureTiming {
  /** A silence of pulling longer than this is a coverage gap, ms. */
  readonly gapAfterMs: number;
  /** How long another ingest must be silent before this one takes over, ms. */
  readonly standbyMs: number;
  readonly keyRefreshMs: number;
  /** Longest wait of a page for answers about ids it names, ms. */
  readonly lookupPatienceMs: number;
  /** A message that names someone whose answer is older than this asks again, ms. */
  readonly mentionBoundMs: number;
  /** Time between two steps of reading the directory's oldest answers again, ms. */
  readonly rereadMs: number;
  readonly statusMs: number;
  /** First wait before a file that failed is tried again, ms; it doubles up to half an hour. */
  readonly mediaRetryMs: number;
  /** How long the first page waits for the first look at the directory, ms. */
  readonly firstSyncPatienceMs: number;
}

const ROLE = 'ingest';
const MINUTE_MS = 60_000;
/** WeCom's addresses are asked for once a day, and while they are not known every few minutes. */
const ADDRESSES_MS = 24 * 60 * MINUTE_MS;
const ADDRESSES_RETRY_MS = 5 * MINUTE_MS;

export class Ingest {
  readonly #deps: IngestDependencies;
  readonly #timing: IngestTiming;
  readonly #source: OpenedSource;
  readonly #pool: DecryptPool;
  readonly #directory: KeepDirectory;
  readonly #metrics: IngestMetrics;
  readonly #status: IngestStatus;
  readonly #keys: KeepKeys;
  readonly #committer: PageCommitter;
  readonly #coverage: CoverageWatch;
  readonly #loop: CaptureLoop;
  readonly #media: MediaLoop;
  readonly #replay: ReplayDeadLetters;
  readonly #sleeper = new Sleeper();
  readonly #idle = new Sleeper();
  readonly #timers: NodeJS.Timeout[] = [];
  #running: Promise<void> = Promise.resolve();
  #stopping = false;
  #addressesLearntAtMs = Number.NEGATIVE_INFINITY;
  #callback: CallbackServer | undefined;
  #keyWatch: FileWatch | undefined;

  /** Throws an `Error` for people when the configuration names an address that the engine may not use. */
  constructor(deps: IngestDependencies) {
    this.#deps = deps;
    const { corpId, config, clock, logger } = deps;
    this.#timing = { ...defaultTiming(config), ...deps.timing };
    const isStopping = (): boolean => this.#stopping;
    const sleep = (ms: number): Promise<void> => this.#sleeper.sleep(ms);
    this.#source = openSource({ ...deps, sleep });
    this.#metrics = createIngestMetrics(deps.registry);
    this.#status = new IngestStatus(() => void this.#report());
    const shared = { corpId, clock, logger, metrics: this.#metrics, status: this.#status, sleep, isStopping };
    this.#directory = new KeepDirectory({
      ...shared,
      archiveApi: this.#source.archiveApi,
      directoryApi: this.#source.directoryApi,
      refreshMs: config.directoryRefreshMs,
      patienceMs: this.#timing.lookupPatienceMs,
      mentionBoundMs: this.#timing.mentionBoundMs,
    });
    const directory = this.#directory.facts;
    this.#pool = createDecryptPool({ workers: config.decryptWorkers, keys: [] });
    this.#keys = new KeepKeys({
      ...shared,
      files: config.privateKeys,
      readText: deps.readSecret,
      listFolder: deps.listFolder,
      pool: this.#pool,
    });
    this.#committer = new PageCommitter({ ...deps, ...shared, standbyMs: this.#timing.standbyMs });
    const quota = openPullQuota(config.pullsPerMinute, clock);
    const ahead = new PullAhead({
      ...shared,
      source: this.#source.messages,
      pool: this.#pool,
      quota,
      limit: config.pageLimit,
    });
    this.#coverage = new CoverageWatch({
      ...shared,
      idleMs: this.#timing.gapAfterMs,
      manifestMs: this.#timing.idleManifestMs,
      view: viewDirectory(directory, this.#directory.ages),
      participant: (id) => directory.participant(id),
      recall: async () => [...(await deps.archivedGaps()), ...(await recallGaps(deps.js, corpId))],
    });
    this.#loop = new CaptureLoop({
      ...shared,
      engine: this.#source.messages.engine,
      ahead,
      committer: this.#committer,
      directory,
      coverage: this.#coverage,
      resolve: (entries) => {
        this.#keys.notice(entries);
        return this.#directory.resolve(entries);
      },
      takeReplay: () => this.#replay.take(),
      mediaEnabled: config.media.enabled,
      timing: this.#timing,
      idle: this.#idle,
    });
    this.#replay = new ReplayDeadLetters({
      ...shared,
      js: deps.js,
      objects: deps.objects,
      pool: this.#pool,
      versions: () => this.#keys.versions(),
      archivedLetters: deps.archivedLetters,
      wake: () => this.#idle.wake(),
    });
    const downloader = new Downloader({
      ...shared,
      source: this.#source.messages,
      objects: deps.objects,
      turns: new MediaTurns({ ...shared, quota, quotaPauseMs: this.#timing.quotaPauseMs }),
      maxBytes: config.media.maxBytes,
      reportRefusal: (fault) =>
        this.#status.say('media', { reason: reasonOfFault(fault), message: `media: ${fault.detail}` }),
    });
    this.#media = new MediaLoop({
      ...shared,
      downloader,
      memory: new MediaMemory(),
      js: deps.js,
      jsm: deps.jsm,
      objects: deps.objects,
      retryMs: this.#timing.mediaRetryMs,
      concurrency: config.media.concurrency,
      mostWaiting: MOST_WAITING,
    });
    deps.health.isStarting(ROLE);
  }

  /**
   * Reads keys and begins to capture. What is wrong outside (WeCom, NATS, ClickHouse) is reported and waited for.
   * Rejects when the port of the callback is taken.
   */
  async start(): Promise<void> {
    const { health } = this.#deps;
    await this.#keys.refresh();
    await this.#serveCallback();
    this.#watchKeys();
    this.#every(this.#timing.keyRefreshMs, () => this.#refreshKeys());
    this.#every(this.#timing.statusMs, () => this.#report());
    health.add({ name: ROLE, problem: () => this.#status.problem() });
    this.#running = this.#run();
    health.hasStarted(ROLE);
  }

  #watchKeys(): void {
    const { config, watchFiles, logger } = this.#deps;
    const files = config.privateKeys.map(({ file }) => file);
    this.#keyWatch = watchFiles(files, () => {
      this.#refreshKeys().catch((error: unknown) =>
        logger.warn({ error }, 'the private keys could not be read again, they are from time to time'),
      );
    });
  }

  /** A new key is used at once, for what waits for it too. */
  async #refreshKeys(): Promise<void> {
    if (this.#stopping || !(await this.#keys.refresh())) return;
    this.#replay.keysChanged();
    this.#idle.wake();
  }

  async #serveCallback(): Promise<void> {
    const { corpId, readSecret, logger } = this.#deps;
    const { callback } = this.#deps.config;
    if (callback === undefined) return;
    this.#callback = await serveCallback({
      port: callback.port,
      secrets: async () => ({
        corpId,
        token: await readSecret(callback.tokenFile),
        encodingAesKey: await readSecret(callback.aesKeyFile),
      }),
      wake: () => this.wake(),
      metrics: this.#metrics,
      logger,
    });
  }

  /** Port of the callback endpoint; `undefined` when none is configured. */
  get callbackPort(): number | undefined {
    return this.#callback?.port;
  }

  /** The directory first, because stamps rest on it; but capture does not wait for one that cannot be had. */
  async #run(): Promise<void> {
    await this.#committer.position();
    if (this.#deps.config.media.enabled) this.#media.start();
    const { corpId, js, archivedDirectory, config } = this.#deps;
    await this.#directory.recall([archivedDirectory, () => recallDirectory(js, corpId)]);
    await this.#coverage.recall();
    const synced = this.#lookAtDirectory().catch((error: unknown) =>
      this.#deps.logger.error({ error }, 'the first look at the directory failed, it comes again'),
    );
    this.#every(config.directoryRefreshMs, () => this.#lookAtDirectory());
    this.#every(this.#timing.rereadMs, () => this.#directory.reread());
    this.#every(ADDRESSES_RETRY_MS, () => this.#learnAddresses());
    void this.#learnAddresses().catch((error: unknown) =>
      this.#deps.logger.warn(
        { error },
        'the addresses of WeCom could not be learnt, they are asked for again',
      ),
    );
    await Promise.race([synced, this.#sleeper.sleep(this.#timing.firstSyncPatienceMs)]);
    await this.#loop.run();
  }

  /** For networks that let nothing else through. They change, and WeCom asks to be asked daily. */
  async #learnAddresses(): Promise<void> {
    const { config, readSecret, clock } = this.#deps;
    if (clock.nowMs() - this.#addressesLearntAtMs < ADDRESSES_MS) return;
    const blocks =
      config.proxy === undefined
        ? await askAddressBlocks(this.#source.archiveApi)
        : await findProxyBlocks(await readSecret(config.proxy.urlFile));
    if (blocks === undefined) return;
    this.#status.fact('wecomBlocks', blocks.join(','));
    this.#addressesLearntAtMs = clock.nowMs();
  }

  async #lookAtDirectory(): Promise<void> {
    const askedAtMs = this.#deps.clock.nowMs();
    await this.#directory.look();
    await this.#coverage.look(askedAtMs);
  }

  /** Settles when capture has ended: after {@link stop}, or with the error of a bug. */
  get ended(): Promise<void> {
    return this.#running;
  }

  /** CPU that the decrypt workers have spent in RSA, µs. */
  rsaCpuMicros(): number {
    return this.#pool.rsaCpuMicros();
  }

  /** WeCom says that something new is there. */
  wake(): void {
    this.#idle.wake();
  }

  /** Finishes the page in hand and stops. What was pulled ahead is pulled again by the next start. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const timer of this.#timers) clearInterval(timer);
    this.#keyWatch?.close();
    this.#sleeper.end();
    this.#idle.end();
    await this.#callback?.close();
    // First the calls in flight: what a slow WeCom would still answer is asked for again by the next start.
    await this.#source.close();
    await Promise.all([this.#running, this.#media.stop()]);
    await this.#pool.close();
  }

  async #countMedia(): Promise<void> {
    const pending = await this.#media.pending().catch(() => undefined);
    if (pending === undefined) return;
    this.#metrics.mediaPending(pending);
    this.#status.fact('mediaPending', pending);
  }

  /** Those that the stream holds: what is older was archived and purged, and is to be asked of ClickHouse. */
  async #countDeadLetters(): Promise<void> {
    const { corpId, jsm } = this.#deps;
    const count = await countDeadLetters(jsm, corpId).catch(() => undefined);
    if (count !== undefined) this.#status.fact('deadLetters', count);
  }

  #every(ms: number, work: () => Promise<unknown>): void {
    const run = (): void =>
      void work().catch((error: unknown) =>
        this.#deps.logger.warn({ error }, 'a periodic task failed, it comes again'),
      );
    this.#timers.push(setInterval(run, ms));
  }

  async #report(): Promise<void> {
    const { corpId, instance, clock, status, logger } = this.#deps;
    this.#metrics.rsaCpu(this.#pool.rsaCpuMicros());
    this.#directory.measureAges();
    if (this.#deps.config.media.enabled) await this.#countMedia();
    await this.#countDeadLetters();
    const { key, report } = this.#status.report({ corpId, instance, nowMs: clock.nowMs() });
    try {
      await status.put(key, JSON.stringify(report));
    } catch (error) {
      logger.warn({ error }, 'cannot report the state of ingest');
    }
  }
}

function defaultTiming(config: IngestConfig): IngestTiming {
  return {
    pollIntervalMs: config.pollIntervalMs,
    // The quota spread over the minute: a conversation that trickles must not use it up in small pages.
    restMs: Math.max(100, MINUTE_MS / config.pullsPerMinute),
    quotaPauseMs: MINUTE_MS,
    idleManifestMs: 30 * MINUTE_MS,
    gapAfterMs: LONGEST_IDLE_MS,
    standbyMs: 5_000,
    keyRefreshMs: 10_000,
    lookupPatienceMs: 400,
    mentionBoundMs: Math.min(10 * MINUTE_MS, config.directoryRefreshMs),
    rereadMs: 30_000,
    statusMs: 15_000,
    firstSyncPatienceMs: 10_000,
    mediaRetryMs: 5_000,
  };
}
