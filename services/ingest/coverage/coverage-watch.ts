// Notices what is not covered while capture runs. It decides nothing itself: pulls, looks and messages go to the pure functions beside this
// file, what they find goes into the ledger, and the next page takes it into the record.
import { setImmediate } from 'node:timers/promises';
import type { Sender } from '@menshen/contracts/captured-message';
import type { Clock } from '@menshen/contracts/clock';
import type { CoverageGap } from '@menshen/contracts/coverage-gap';
import type { DirectoryFact } from '@menshen/contracts/directory-facts';
import type { Logger } from '@menshen/telemetry/logger';
import type { IngestMetrics } from '../ingest-metrics.ts';
import type { Position } from '../position.ts';
import type { ReadEntry } from '../read-entries.ts';
import type { SourceFault } from '../wecom/classify-errcode.ts';
import { afterConsent, type CoverageView, conclude, lookInSteps } from './directory-gaps.ts';
import { GapLedger } from './gap-ledger.ts';
import { afterPull, type PullBounds, type PullEvent } from './pull-gaps.ts';

export interface CoverageWatchOptions extends PullBounds {
  readonly view: CoverageView;
  readonly participant: (id: string) => Pick<Sender, 'kind'>;
  /** What the record was told, oldest first. Rejects while it cannot be read. */
  readonly recall: () => Promise<readonly CoverageGap[]>;
  readonly clock: Clock;
  readonly metrics: Pick<IngestMetrics, 'openGaps'>;
  readonly logger: Logger;
}

/** Gaps on one manifest, bytes of JSON; with the facts of the directory it stays below the 1 MiB of a payload. */
export const GAP_BYTES = 192 * 1024;
/** Members named by messages that are remembered between two looks. */
const MOST_SEEN = 100_000;

export class CoverageWatch {
  readonly #options: CoverageWatchOptions;
  readonly #ledger = new GapLedger();
  readonly #seen = new Set<string>();
  /** The last pull that worked, or what stands for it; 0 before the first. */
  #lastGoodMs = 0;
  #lastLookMs: number | undefined;
  #lossSeen = false;
  /** When the first trouble since the last message began. */
  #troubledSinceMs: number | undefined;
  /** When it was last seen to last. */
  #troubledUntilMs = 0;
  #recalled = false;

  constructor(options: CoverageWatchOptions) {
    this.#options = options;
  }

  /** Reads what the record knows. False when it cannot: nothing is decided about lists until it can, or gaps would be told twice. */
  async recall(): Promise<boolean> {
    if (this.#recalled) return true;
    try {
      this.#ledger.adopt(await this.#options.recall());
      this.#recalled = true;
      this.#count();
    } catch (error) {
      this.#options.logger.warn(
        { error },
        'cannot recall the coverage gaps, trying again with the next look',
      );
    }
    return this.#recalled;
  }

  /** The chain went on without us: another ingest may have told of gaps. */
  isStale(): void {
    this.#recalled = false;
  }

  pullFailed(fault: SourceFault, { lastManifestAtMs }: Position): void {
    // Only an earlier process's manifest stands for a pull: those of this outage do not.
    if (this.#lastGoodMs === 0) this.#lastGoodMs = lastManifestAtMs || this.#options.clock.nowMs();
    this.#pull({ kind: 'Failed', fault, lastGoodMs: this.#lastGoodMs });
  }

  pullAnswered({ lastManifestAtMs }: Position): void {
    this.#pull({ kind: 'Answered', lastManifestAtMs });
    this.#lastGoodMs = this.#options.clock.nowMs();
  }

  /** Nothing is waiting at WeCom any more. */
  caughtUp(): void {
    this.#pull({ kind: 'CaughtUp' });
    this.#lossSeen = false;
  }

  /** Messages passed out of the window unseen. */
  lossSeen(): void {
    this.#lossSeen = true;
  }

  #pull(event: PullEvent): void {
    const open = this.#ledger.openOfCorp();
    if (open.length === 0 && event.kind === 'CaughtUp') return;
    const nowMs = this.#options.clock.nowMs();
    this.#tell(afterPull(event, { nowMs, open, lossSeen: this.#lossSeen }, this.#options));
    for (const { fromMs } of this.#ledger.openOfCorp()) {
      if (fromMs === undefined) continue;
      this.#troubledSinceMs = Math.min(fromMs, this.#troubledSinceMs ?? fromMs);
      this.#troubledUntilMs = nowMs;
    }
  }

  /** When the first trouble since the last message began, ms; an empty answer after it does not end it, for it says nothing about what was withheld. */
  troubledSinceMs(): number | undefined {
    return this.#troubledSinceMs;
  }

  /** Messages up to this time are in the record: only those sent after the trouble show that nothing of it is still to come. */
  messagesCame(newestMs: number): void {
    if (newestMs > this.#troubledUntilMs) this.#troubledSinceMs = undefined;
  }

  /** Who takes part in what is captured. External contacts and robots need no seat. */
  sees(entries: readonly ReadEntry[]): void {
    for (const entry of entries)
      if (entry.ok) {
        this.#sees(entry.message.from);
        for (const id of entry.message.tolist) this.#sees(id);
      }
  }

  #sees(id: string): void {
    if (id === '' || this.#seen.has(id) || this.#seen.size >= MOST_SEEN) return;
    const { kind } = this.#options.participant(id);
    if (kind === 'Staff' || kind === 'Unknown') this.#seen.add(id);
  }

  /**
   * The directory may have changed: is everyone covered? `askedAtMs`: when its lists were asked for, so that what changes while they are read is
   * dated from before it and not from after. Never rejects.
   */
  async look(askedAtMs = this.#options.clock.nowMs()): Promise<void> {
    const { view, clock } = this.#options;
    if (!(await this.recall())) return;
    // Nobody names them again after a restart, yet nothing has changed for them.
    for (const { source, subject } of this.#ledger.open())
      if (source === 'Message' && subject.kind === 'Member') this.#seen.add(subject.id);
    const atMs = clock.nowMs();
    const look = { atMs, beforeMs: this.#lastLookMs, seen: this.#seen };
    const steps = lookInSteps(view, look);
    let step = steps.next();
    for (; !step.done; step = steps.next()) await setImmediate();
    this.#tell(conclude(view, look, { found: step.value, open: this.#ledger.open() }));
    if (view.knows('Seats')) this.#lastLookMs = askedAtMs;
  }

  /** Facts that are in the record now: a consent counts from the message that gave it. */
  learn(facts: readonly DirectoryFact[]): void {
    if (!this.#recalled) return;
    const nowMs = this.#options.clock.nowMs();
    const told = facts.flatMap((fact) => {
      if (fact.kind !== 'Consent' || fact.deleted) return [];
      const place = fact.id.slice(0, -fact.externalId.length - 1);
      return afterConsent({ ...fact, place }, { nowMs, open: (key) => this.#ledger.openOf(key) });
    });
    this.#tell(told);
  }

  #tell(gaps: readonly CoverageGap[]): void {
    if (gaps.length === 0) return;
    this.#ledger.tell(gaps);
    this.#count();
  }

  #count(): void {
    this.#options.metrics.openGaps(this.#ledger.counts());
  }

  openCount(): number {
    return this.#ledger.openCount();
  }

  /** What the next page has to tell the record. */
  pending(): CoverageGap[] {
    return this.#ledger.pending(GAP_BYTES);
  }

  pendingBytes(): number {
    return this.#ledger.pendingBytes();
  }

  told(gaps: readonly CoverageGap[]): void {
    this.#ledger.told(gaps);
  }
}
