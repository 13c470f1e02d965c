// Dead letters that a key can open now become messages, by themselves: a key that comes late, or is put right, costs no message.
// A replay is a page like any other: fenced by the chain of manifests, and its manifest names the seqs, so none is replayed twice.
import type { Logger } from '@menshen/telemetry/logger';
import type { Replay } from './capture-loop.ts';
import type { DecryptPool } from './decrypt/decrypt-pool.ts';
import { CURABLE, FindDeadLetters, type FindOptions, type FoundLetter } from './find-dead-letters.ts';
import { type ReadEntry, readEntries } from './read-entries.ts';
import { ReplayedSeqs } from './replayed-seqs.ts';

export interface ReplayOptions extends FindOptions {
  readonly pool: Pick<DecryptPool, 'decrypt'>;
  readonly logger: Logger;
  /** Ends the rest of a capture loop that has nothing to pull. */
  readonly wake: () => void;
}

const MOST_IN_PAGE = 400;
/** Pages of replays in a row; then it is the turn of what is new at WeCom. */
const PAGES_IN_A_ROW = 5;

type Opened = ReadEntry & { readonly capturedAtMs: number };

export class ReplayDeadLetters {
  readonly #options: ReplayOptions;
  readonly #find: FindDeadLetters;
  readonly #replayed: ReplayedSeqs;
  #queue: Opened[] = [];
  /** A page was handed out and nobody said that it is in. */
  #isOpen = false;
  #inARow = 0;

  constructor(options: ReplayOptions) {
    this.#options = options;
    // Looks at start too: a key may have come while nobody ran.
    this.#find = new FindDeadLetters(options);
    this.#replayed = new ReplayedSeqs(options.js, options.corpId);
  }

  /** The usable keys changed. */
  keysChanged(): void {
    this.#queue = [];
    this.#find.begin();
  }

  /** The next page of replays; `undefined` nearly always. Rejects when stream or store cannot be read: it is tried again. */
  async take(): Promise<Replay | undefined> {
    // What was handed out and did not get in may have been replayed by another ingest: look again.
    if (this.#isOpen) this.keysChanged();
    this.#isOpen = false;
    if (this.#inARow >= PAGES_IN_A_ROW) {
      this.#inARow = 0;
      this.#options.wake();
      return undefined;
    }
    while (this.#queue.length === 0 && this.#find.hasMore()) this.#queue = await this.#open();
    const entries = this.#queue.slice(0, MOST_IN_PAGE);
    this.#inARow = entries.length === 0 ? 0 : this.#inARow + 1;
    if (entries.length === 0) return undefined;
    this.#isOpen = true;
    const queue = this.#queue;
    return {
      entries,
      committed: () => {
        this.#isOpen = false;
        // Keys may have changed while the page was on its way: then the queue is another one.
        if (this.#queue === queue) this.#queue = queue.slice(entries.length);
      },
    };
  }

  /** The next part of what waits, as far as it can be opened and was not replayed before. */
  async #open(): Promise<Opened[]> {
    // First the stream and then the archive: what is purged from the one meanwhile is in the other.
    await this.#replayed.refresh();
    const found = await this.#find.next();
    const due = found.filter(({ entry }) => !this.#replayed.has(entry.seq));
    if (due.length === 0) return [];
    const cured = await this.#decrypt(due);
    if (cured.length > 0)
      this.#options.logger.info({ count: cured.length }, 'dead letters can be opened now: replaying them');
    return cured;
  }

  async #decrypt(due: readonly FoundLetter[]): Promise<Opened[]> {
    const entries = due.map(({ entry }) => entry);
    const read = readEntries(entries, await this.#options.pool.decrypt(entries));
    // What the keys still do not open stays the dead letter that it is.
    return read.flatMap((entry, index): Opened[] => {
      const capturedAtMs = due[index]?.capturedAtMs ?? 0;
      return entry.ok || !CURABLE.includes(entry.reason) ? [{ ...entry, capturedAtMs }] : [];
    });
  }
}
