// Keeps the decrypt workers busy: while one page is stamped and committed, the next is being opened and the one after it pulled.
// Only a full page proves that more is waiting, so only after a full page is anything pulled ahead.
import type { Clock } from '@menshen/contracts/clock';
import type { Decimal } from '@menshen/contracts/decimal';
import { entriesAfter } from './build-page.ts';
import type { DecryptPool } from './decrypt/decrypt-pool.ts';
import type { Decrypted } from './decrypt/decrypt-task.ts';
import type { IngestMetrics } from './ingest-metrics.ts';
import { type SourceFault, unreachable } from './wecom/classify-errcode.ts';
import type { PullQuota } from './wecom/pull-quota.ts';
import type { PulledEntry } from './wecom/read-page.ts';
import type { MessageSource } from './wecom/source.ts';

export type Pulled =
  | { readonly ok: false; readonly fromSeq: Decimal; readonly fault: SourceFault }
  | {
      readonly ok: true;
      readonly fromSeq: Decimal;
      readonly pulledAtMs: number;
      /** After `fromSeq`, ascending. */
      readonly entries: readonly PulledEntry[];
      /** Entries that WeCom gave although they are not after `fromSeq`. */
      readonly repeated: number;
      readonly withoutSeq: number;
      /** More is waiting. */
      readonly isFull: boolean;
      /** One for each entry. */
      readonly opened: Promise<Decrypted[]>;
    };

export interface PullAheadOptions {
  readonly source: MessageSource;
  readonly pool: Pick<DecryptPool, 'decrypt'>;
  readonly quota: Pick<PullQuota, 'takeOrWaitMs'>;
  readonly limit: number;
  readonly clock: Clock;
  readonly metrics: IngestMetrics;
  readonly sleep: (ms: number) => Promise<void>;
  /** True once capture is stopping: nothing is pulled any more, and sleeps no longer last. */
  readonly isStopping: () => boolean;
}

/** Pages in flight beside the one in hand: one being opened, one being pulled. Bounds memory. */
const AHEAD = 2;

export class PullAhead {
  readonly #options: PullAheadOptions;
  #queue: Promise<Pulled | undefined>[] = [];

  constructor(options: PullAheadOptions) {
    this.#options = options;
  }

  /** The page after `fromSeq`: the one pulled ahead when it begins there, else a new one. */
  async take(fromSeq: Decimal): Promise<Pulled> {
    const head = this.#queue.shift();
    const ahead = head === undefined ? undefined : await head;
    if (ahead?.fromSeq === fromSeq) {
      this.#fill(Promise.resolve(ahead));
      return ahead;
    }
    this.reset();
    const pulled = this.#pull(fromSeq, 'Live');
    this.#fill(pulled);
    return await pulled;
  }

  /** Forgets what was pulled ahead: the cursor is not where it was thought to be. */
  reset(): void {
    this.#queue = [];
  }

  #fill(head: Promise<Pulled | undefined>): void {
    while (this.#queue.length < AHEAD) {
      const last = this.#queue.at(-1) ?? head;
      // A failure here is met again, and reported, by the pull that `take` then makes itself.
      this.#queue.push(last.then((before) => this.#pullAfter(before)).catch(() => undefined));
    }
  }

  async #pullAfter(before: Pulled | undefined): Promise<Pulled | undefined> {
    if (before?.ok !== true || !before.isFull) return undefined;
    const next = before.entries.at(-1)?.seq;
    return next === undefined ? undefined : await this.#pull(next, 'CatchUp');
  }

  async #pull(fromSeq: Decimal, kind: 'Live' | 'CatchUp'): Promise<Pulled> {
    const { source, quota, limit, clock, metrics, sleep, isStopping } = this.#options;
    for (
      let waitMs = quota.takeOrWaitMs(kind);
      waitMs > 0 && !isStopping();
      waitMs = quota.takeOrWaitMs(kind)
    )
      await sleep(waitMs);
    if (isStopping()) return { ok: false, fromSeq, fault: unreachable('capture is stopping') };
    const beganAtMs = clock.nowMs();
    const outcome = await source.pull(fromSeq, limit);
    const pulledAtMs = clock.nowMs();
    metrics.pulled(pulledAtMs - beganAtMs, outcome.ok ? 'ok' : outcome.fault.reason);
    if (!outcome.ok) return { ok: false, fromSeq, fault: outcome.fault };
    const all = outcome.page.entries;
    const entries = entriesAfter(all, fromSeq);
    const opened = this.#open(entries);
    // Whoever takes the page sees the rejection; until then nobody listens, and that is no crash.
    opened.catch(() => undefined);
    return {
      ok: true,
      fromSeq,
      pulledAtMs,
      entries,
      repeated: outcome.page.repeated + all.length - entries.length,
      withoutSeq: outcome.page.withoutSeq,
      isFull: all.length >= limit,
      opened,
    };
  }

  /** Malformed entries have nothing to open; they keep their places. */
  async #open(entries: readonly PulledEntry[]): Promise<Decrypted[]> {
    const whole = entries.filter((entry) => entry.malformed === undefined);
    const opened = await this.#options.pool.decrypt(whole);
    if (whole.length === entries.length) return opened;
    let at = 0;
    return entries.map((entry) =>
      entry.malformed === undefined ? (opened[at++] ?? NOT_OPENED) : NOT_OPENED,
    );
  }
}

const NOT_OPENED: Decrypted = { ok: false, reason: 'malformed-envelope', detail: 'not opened' };
