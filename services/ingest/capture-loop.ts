// The loop of capture: pull → open → read → stamp → commit, for ever, one page at a time along the chain of manifests.
// An empty answer, a fault or a repeated page never moves the cursor: only a committed page does.
import { randomBytes } from 'node:crypto';
import type { Clock } from '@menshen/contracts/clock';
import { SALT_BYTES } from '@menshen/contracts/digest';
import type { PageKind } from '@menshen/contracts/page-manifest';
import type { Logger } from '@menshen/telemetry/logger';
import { type BuiltPage, buildPage, FACT_BYTES, type PageInput } from './build-page.ts';
import { type CoverageWatch, GAP_BYTES } from './coverage/coverage-watch.ts';
import type { Directory } from './directory/directory.ts';
import { eventTimeMs } from './event-time.ts';
import { findGaps } from './find-gaps.ts';
import type { IngestMetrics } from './ingest-metrics.ts';
import { type IngestStatus, reasonOfFault } from './ingest-status.ts';
import type { Committed, PageCommitter } from './page-committer.ts';
import type { Position } from './position.ts';
import type { PullAhead, Pulled } from './pull-ahead.ts';
import { type ReadEntry, readEntries } from './read-entries.ts';
import type { Sleeper } from './sleeper.ts';
import type { SourceFault } from './wecom/classify-errcode.ts';

export interface CaptureLoopOptions {
  readonly corpId: string;
  readonly engine: string;
  readonly ahead: PullAhead;
  readonly committer: PageCommitter;
  readonly directory: Directory;
  readonly coverage: CoverageWatch;
  /** Asks WeCom for ids that a page names and the directory does not know; returns in bounded time, whatever it learnt. */
  readonly resolve: (entries: readonly ReadEntry[]) => Promise<void>;
  /** Dead letters that can be opened now; empty nearly always. Called between pages. */
  readonly takeReplay: () => Promise<Replay | undefined>;
  readonly mediaEnabled: boolean;
  readonly timing: CaptureTiming;
  readonly clock: Clock;
  readonly metrics: IngestMetrics;
  readonly status: IngestStatus;
  readonly logger: Logger;
  /** Waits after a fault. */
  readonly sleep: (ms: number) => Promise<void>;
  /** Waits while nothing comes; woken by the callback. */
  readonly idle: Pick<Sleeper, 'sleep'>;
  readonly isStopping: () => boolean;
}

export interface Replay {
  readonly entries: PageInput['entries'];
  /** The page is in the stream. */
  committed(): void;
}

export interface CaptureTiming {
  /** Longest silence between two pulls when nothing comes, ms; never longer than {@link LONGEST_IDLE_MS}, whatever is configured. */
  readonly pollIntervalMs: number;
  /** Wait after a page that was not full, ms. */
  readonly restMs: number;
  /** Wait after WeCom's quota is used up, ms; at least a minute with the real one. */
  readonly quotaPauseMs: number;
  /** Longest time without a manifest, ms: at least hourly (design: durable). */
  readonly idleManifestMs: number;
}

type Page = Extract<Pulled, { ok: true }>;

const UNEXPECTED_PAUSE_MS = 1_000;
const LAGGING_MS = 24 * 3_600_000;
/** A callback is a hint that may get lost: WeCom is asked at least this often, also while it fails. */
export const LONGEST_IDLE_MS = 30_000;

export class CaptureLoop {
  readonly #options: CaptureLoopOptions;
  /** Pulls in a row that failed, and that gave nothing. */
  #faults = 0;
  #silences = 0;

  constructor(options: CaptureLoopOptions) {
    this.#options = options;
  }

  /** Runs until stopping. Never rejects: what is unexpected (a decrypt worker died) is told and the page is pulled again. */
  async run(): Promise<void> {
    const { isStopping, logger, ahead, sleep } = this.#options;
    while (!isStopping()) {
      try {
        await this.step();
      } catch (error) {
        logger.error({ error }, 'a page could not be captured, pulling it again');
        ahead.reset();
        await sleep(UNEXPECTED_PAUSE_MS);
      }
    }
  }

  /** One turn: what is owed to the record first, then one page. */
  async step(): Promise<void> {
    const { committer, ahead, coverage, isStopping } = this.#options;
    const position = await committer.position();
    if (position === undefined || !(await this.#commitOwed(position))) return;
    const pulled = await ahead.take(position.cursor);
    if (isStopping()) return;
    if (!pulled.ok) return await this.#handleFault(position, pulled.fault);
    this.#faults = 0;
    this.#options.status.clear('source');
    coverage.pullAnswered(position);
    if (pulled.entries.length === 0) await this.#handleNothing(position, pulled);
    else await this.#commitPulled(position, pulled);
  }

  /** Replays, and more facts or gaps than ride on one manifest. False when the chain moved: begin again. */
  async #commitOwed(position: Position): Promise<boolean> {
    const { directory, coverage, takeReplay, clock } = this.#options;
    const now = clock.nowMs();
    if (directory.pendingBytes() > FACT_BYTES || coverage.pendingBytes() > GAP_BYTES) {
      await this.#commit(this.#build({ kind: 'Directory', position, pulledAtMs: now }));
      return false;
    }
    const replay = await takeReplay();
    if (replay === undefined) return true;
    const page = this.#build({ kind: 'Replay', position, pulledAtMs: now, entries: replay.entries });
    if ((await this.#commit(page)) === 'Committed') replay.committed();
    return false;
  }

  async #commitPulled(position: Position, pulled: Page): Promise<void> {
    const { entries, pulledAtMs, isFull } = pulled;
    this.#countIgnored(pulled);
    const read = readEntries(entries, await pulled.opened);
    await this.#options.resolve(read);
    const { coverage } = this.#options;
    coverage.sees(read);
    const gaps = findGaps({
      corpId: this.#options.corpId,
      cursor: position.cursor,
      coveredUntilMs: position.coveredUntilMs,
      troubledSinceMs: coverage.troubledSinceMs(),
      seqs: entries.map((entry) => entry.seq),
      nowMs: pulledAtMs,
    });
    if (gaps.some(({ cause }) => cause === 'WindowPassed')) coverage.lossSeen();
    if (!isFull) coverage.caughtUp();
    const page = this.#build({
      kind: 'Pull',
      position,
      pulledAtMs,
      entries: read,
      gaps,
      isCaughtUp: !isFull,
    });
    if ((await this.#commit(page)) !== 'Committed') return;
    const newestAtMs = newestOf(read);
    coverage.messagesCame(newestAtMs);
    if (newestAtMs > 0) this.#options.status.fact('lastMessageAtMs', newestAtMs);
    this.#silences = 0;
    this.#sayProgress(page, isFull);
    if (!isFull) await this.#rest(this.#options.timing.restMs);
  }

  /** Nothing new: a manifest at least hourly, and earlier when the directory has changed. */
  async #handleNothing(position: Position, pulled: Page): Promise<void> {
    const { coverage, timing, status, metrics } = this.#options;
    this.#countIgnored(pulled);
    // A repeated page or an unusable one is not "nothing new": it says nothing about what is waiting.
    if (pulled.repeated === 0 && pulled.withoutSeq === 0) {
      coverage.caughtUp();
      await this.#tellRecord(position, { pulledAtMs: pulled.pulledAtMs, isCaughtUp: true });
      metrics.lag(0);
      status.fact('lagMs', 0);
      status.say('capture', CAUGHT_UP);
    }
    await this.#rest(timing.restMs * 2 ** Math.min(20, ++this.#silences));
  }

  /** A manifest without a page: at least hourly, and earlier when there are facts or gaps to tell. */
  async #tellRecord(position: Position, of: Pick<PageInput, 'pulledAtMs' | 'isCaughtUp'>): Promise<void> {
    const { directory, coverage, timing } = this.#options;
    const isDue = of.pulledAtMs - position.lastManifestAtMs >= timing.idleManifestMs;
    const factBytes = directory.pendingBytes();
    if (!isDue && factBytes + coverage.pendingBytes() === 0) return;
    const kind = isDue || factBytes === 0 ? 'Idle' : 'Directory';
    await this.#commit(this.#build({ kind, position, ...of }));
  }

  #build(
    of: Pick<PageInput, 'kind' | 'position' | 'pulledAtMs'> & Partial<PageInput> & { kind: PageKind },
  ): BuiltPage {
    const { corpId, engine, directory, coverage, mediaEnabled } = this.#options;
    const entries = of.entries ?? [];
    const salts = randomBytes(SALT_BYTES * entries.length);
    directory.isAtLeast(of.position.directoryVersion);
    const gaps = [...(of.gaps ?? []), ...coverage.pending()];
    return buildPage(
      { isCaughtUp: false, ...of, gaps, corpId, engine, mediaEnabled, entries, salts },
      directory,
    );
  }

  async #commit(page: BuiltPage): Promise<Committed> {
    const { committer, directory, coverage, metrics, status, ahead, logger } = this.#options;
    const committed = await committer.commit(page);
    if (committed !== 'Committed') {
      ahead.reset();
      coverage.isStale();
      return committed;
    }
    const { manifest } = page;
    directory.told(page.facts);
    coverage.told(manifest.gaps);
    coverage.learn(manifest.directory);
    metrics.committed({
      kind: manifest.kind,
      messages: manifest.messageSeqs.length,
      dead: page.dead,
      quarantined: page.quarantined,
      gaps: manifest.gaps,
    });
    metrics.directory(page.facts, manifest.directoryVersion);
    status.fact('cursor', manifest.cursor);
    status.fact('page', manifest.page);
    status.fact('coveredUntilMs', manifest.coveredUntilMs ?? 0);
    status.fact('directoryVersion', manifest.directoryVersion);
    status.fact('openGaps', coverage.openCount());
    for (const gap of manifest.gaps)
      if (gap.cause === 'WindowPassed') logger.error({ gap }, 'messages passed out of the window unseen');
    return committed;
  }

  #sayProgress(page: BuiltPage, isFull: boolean): void {
    const { clock, metrics, status } = this.#options;
    const covered = page.manifest.coveredUntilMs;
    const lagMs = isFull && covered !== undefined ? Math.max(0, clock.nowMs() - covered) : 0;
    metrics.lag(lagMs);
    status.fact('lagMs', lagMs);
    status.say('capture', !isFull ? CAUGHT_UP : lagMs > LAGGING_MS ? LAGGING : CATCHING_UP);
  }

  #countIgnored(pulled: Page): void {
    const { metrics, logger } = this.#options;
    const { repeated, withoutSeq, fromSeq } = pulled;
    if (repeated === 0 && withoutSeq === 0) return;
    metrics.ignored('repeated', repeated);
    metrics.ignored('without_seq', withoutSeq);
    logger.warn(
      { fromSeq, repeated, withoutSeq },
      'WeCom gave entries that are captured already or have no seq',
    );
  }

  /** An outage is told while it lasts: the record must not depend on anyone living to see its end. */
  async #handleFault(position: Position, fault: SourceFault): Promise<void> {
    const { coverage, clock } = this.#options;
    coverage.pullFailed(fault, position);
    // Of a corp that was never pulled there is nothing to repeat hourly.
    if (position.lastManifestAtMs > 0 || coverage.pendingBytes() > 0)
      await this.#tellRecord(position, { pulledAtMs: clock.nowMs(), isCaughtUp: false });
    await this.#waitAfter(fault);
  }

  async #waitAfter(fault: SourceFault): Promise<void> {
    const { status, logger, sleep, idle, timing } = this.#options;
    const pauseMs = this.#pauseOf(fault);
    status.say('source', { reason: reasonOfFault(fault), message: fault.detail });
    // Once per run of faults: the same line every second helps nobody, the metric counts them all.
    if (this.#faults++ === 0) logger.warn({ fault, pauseMs }, 'cannot pull chat data, trying again');
    if (fault.action === 'Wait') return await sleep(Math.max(pauseMs, timing.quotaPauseMs));
    // A callback means that WeCom is there again.
    await idle.sleep(pauseMs);
  }

  #pauseOf(fault: SourceFault): number {
    const { pollIntervalMs, restMs } = this.#options.timing;
    const needsPerson = fault.action === 'FixConfig' || fault.action === 'CallOperator';
    const first = needsPerson ? pollIntervalMs : restMs;
    return Math.min(LONGEST_IDLE_MS, first * 2 ** Math.min(20, this.#faults));
  }

  async #rest(ms: number): Promise<void> {
    const { idle, timing } = this.#options;
    await idle.sleep(Math.min(ms, timing.pollIntervalMs, LONGEST_IDLE_MS));
  }
}

const CAUGHT_UP = {
  reason: 'CaughtUp',
  message: 'every message WeCom holds for this corp has been captured',
} as const;
const CATCHING_UP = { reason: 'CatchingUp', message: 'more messages are waiting at WeCom' } as const;
const LAGGING = {
  reason: 'Lagging',
  message: 'capture is more than a day behind; WeCom keeps messages for 5 days only',
} as const;

/** When the newest message happened, ms; 0 when there is none. */
function newestOf(read: readonly ReadEntry[]): number {
  let newest = 0;
  for (const entry of read)
    if (entry.ok) newest = Math.max(newest, eventTimeMs(entry.message.msgid, entry.message.msgtime));
  return newest;
}
