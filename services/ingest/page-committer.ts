// Commits pages one after the other along the chain of manifests. Whatever goes wrong, the last manifest is read again before anything
// else is tried: it alone says whether a page is in, whether another ingest is at work, and where to go on.
import type { PageManifest } from '@menshen/contracts/page-manifest';
import { captureStream } from '@menshen/contracts/subjects';
import { commitPage, type LastManifest, readLastManifest } from '@menshen/jetstream/commit-page';
import { findStream } from '@menshen/jetstream/ensure-streams';
import type { ObjectStore } from '@menshen/objects/object-store';
import type { Logger } from '@menshen/telemetry/logger';
import { inSpan } from '@menshen/telemetry/tracing';
import type { JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { BuiltPage } from './build-page.ts';
import type { IngestMetrics } from './ingest-metrics.ts';
import type { IngestStatus } from './ingest-status.ts';
import { type ArchivedPosition, type Position, positionAfter, positionOf } from './position.ts';

export interface PageCommitterOptions {
  readonly corpId: string;
  readonly nats: NatsConnection;
  readonly jsm: JetStreamManager;
  readonly objects: Pick<ObjectStore, 'put'>;
  /** Makes the tenant's streams where they are missing, with first sequences above everything archived. */
  readonly ensureStreams: () => Promise<void>;
  /** The newest archived page. Rejects while the archive cannot be asked. */
  readonly archivedPosition: () => Promise<ArchivedPosition | undefined>;
  readonly status: IngestStatus;
  readonly metrics: IngestMetrics;
  readonly logger: Logger;
  readonly sleep: (ms: number) => Promise<void>;
  readonly isStopping: () => boolean;
  /** How long the chain must stand still before this ingest takes over from another, ms. */
  readonly standbyMs: number;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
const pauseAfter = (failures: number): number => Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);

/** `Lost`: the chain went on without this page; nothing of it is stored. `Stopping`: unknown; the next start reads what happened. */
export type Committed = 'Committed' | 'Lost' | 'Stopping';

export class PageCommitter {
  readonly #options: PageCommitterOptions;
  #position: Position | undefined;

  constructor(options: PageCommitterOptions) {
    this.#options = options;
  }

  /** Where capture stands; reads it when it is not known. `undefined` only while stopping. */
  async position(): Promise<Position | undefined> {
    for (let failures = 0; this.#position === undefined && !this.#options.isStopping(); failures++) {
      this.#position = await this.#findPosition();
      if (this.#position === undefined) await this.#options.sleep(pauseAfter(failures));
    }
    return this.#position;
  }

  async #findPosition(): Promise<Position | undefined> {
    const { ensureStreams, archivedPosition, status, logger } = this.#options;
    try {
      const archived = await archivedPosition().catch((error: unknown) => {
        throw new ArchiveAway(error);
      });
      await ensureStreams();
      const last = await this.#readLast();
      status.clear('stream');
      return positionOf(last, archived);
    } catch (error) {
      const away = error instanceof ArchiveAway;
      status.say('stream', away ? WAITING_FOR_ARCHIVE : STREAM_AWAY);
      logger.warn(
        { error: away ? error.cause : error },
        'cannot find out where capture stands, trying again',
      );
      return undefined;
    }
  }

  /** Commits one page made for the current position. Resolves only when its fate is known, or while stopping. */
  commit(page: BuiltPage): Promise<Committed> {
    const attributes = { page: page.manifest.page, messages: page.messages.length };
    return inSpan({ name: 'ingest.commit', attributes }, () => this.#commitUntilKnown(page));
  }

  async #commitUntilKnown(page: BuiltPage): Promise<Committed> {
    for (let failures = 0; ; failures++) {
      const problem = (await this.#storeObjects(page)) ?? (await this.#commitOnce(page));
      if (problem === undefined) return 'Committed';
      this.#options.metrics.refused(problem);
      const fate = await this.#fateOf(page);
      if (fate !== 'Open') return fate;
      if (problem !== 'Unknown') this.#options.status.say('stream', BACK_PRESSURE);
      if (this.#options.isStopping()) return 'Stopping';
      await this.#options.sleep(pauseAfter(failures));
    }
  }

  async #storeObjects(page: BuiltPage): Promise<'StoreAway' | undefined> {
    try {
      for (const { key, bytes } of page.objects) await this.#options.objects.put(key, bytes);
      return undefined;
    } catch (error) {
      this.#options.logger.warn({ error }, 'cannot write a large message to the object store, trying again');
      return 'StoreAway';
    }
  }

  async #commitOnce(page: BuiltPage): Promise<string | undefined> {
    const { corpId, nats, logger, status } = this.#options;
    const outcome = await commitPage(nats, {
      corpId,
      manifest: page.manifestBytes,
      previousSequence: page.manifest.previousSequence,
      messages: page.messages,
    });
    if (outcome.ok) {
      this.#isAt(page.manifest, outcome.manifestSequence);
      status.clear('stream');
      return undefined;
    }
    logger.warn(
      { reason: outcome.reason, detail: outcome.detail, page: page.manifest.page },
      'the stream did not take a page',
    );
    return outcome.reason;
  }

  /** After a failed commit: is the page in after all, is its place still free, or did the chain go on without it? */
  async #fateOf(page: BuiltPage): Promise<'Open' | Committed> {
    for (let failures = 0; !this.#options.isStopping(); failures++) {
      try {
        const last = await this.#readLast();
        if (last !== undefined && Buffer.compare(last.payload, page.manifestBytes) === 0) {
          this.#isAt(page.manifest, last.sequence);
          return 'Committed';
        }
        if ((last?.sequence ?? 0) === page.manifest.previousSequence) return 'Open';
        this.#position = undefined;
        if (last !== undefined) await this.#standBy(last);
        return 'Lost';
      } catch (error) {
        if (await this.#streamIsGone()) {
          this.#position = undefined;
          return 'Lost';
        }
        this.#options.status.say('stream', STREAM_AWAY);
        this.#options.logger.warn({ error }, 'cannot read the last manifest, trying again');
        await this.#options.sleep(pauseAfter(failures));
      }
    }
    return 'Stopping';
  }

  /** Another ingest captures this corp: wait until its chain stands still. */
  async #standBy(last: LastManifest): Promise<void> {
    const { status, logger, sleep, standbyMs, isStopping } = this.#options;
    status.say('stream', FENCED);
    logger.warn({ sequence: last.sequence }, 'another ingest captures this corp: standing by');
    for (let seen = last.sequence; !isStopping(); ) {
      await sleep(standbyMs);
      const now = await this.#readLast().catch(() => undefined);
      if (now === undefined || now.sequence === seen) return;
      seen = now.sequence;
    }
  }

  async #streamIsGone(): Promise<boolean> {
    const { jsm, corpId } = this.#options;
    return await findStream(jsm, captureStream(corpId)).then(
      (found) => found === undefined,
      () => false,
    );
  }

  #readLast(): Promise<LastManifest | undefined> {
    return readLastManifest(this.#options.jsm, this.#options.corpId);
  }

  #isAt(manifest: PageManifest, sequence: number): void {
    this.#position = positionAfter(manifest, sequence);
  }
}

class ArchiveAway extends Error {
  constructor(cause: unknown) {
    super('the archive cannot be asked', { cause });
  }
}

const STREAM_AWAY = {
  reason: 'BackPressure',
  message:
    'NATS cannot be reached or has no stream for this tenant; capture waits and loses nothing for 5 days',
} as const;
const BACK_PRESSURE = {
  reason: 'BackPressure',
  message:
    'the stream or the object store takes no more: capture has stopped pulling. Look whether archiver, ClickHouse and object store are well, or give the stream more room',
} as const;
const WAITING_FOR_ARCHIVE = {
  reason: 'WaitingForArchive',
  message: 'ClickHouse does not answer, and only it and the stream together say where capture has to go on',
} as const;
const FENCED = {
  reason: 'Fenced',
  message: 'another ingest captures this corp; this one stands by and takes over when the other falls silent',
} as const;
