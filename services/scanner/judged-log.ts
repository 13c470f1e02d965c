// Which messages have been judged: read from the judgements themselves. A message may be delivered again after its judgement was published
// but not acknowledged (crash, lost answer, take-over by another replica); then it is acknowledged and not judged a second time.
import { findingSubject, outcomeStream } from '@menshen/contracts/subjects';
import { readTail } from '@menshen/jetstream/read-tail';
import type { JetStreamClient } from '@nats-io/jetstream';
import { decodeSequences, JUDGED_HEADER } from './judged-sequences.ts';

/** Streams may have leaders on different nodes: so far may their clocks be apart, ms. */
const CLOCKS_APART_MS = 60_000;

export class JudgedLog {
  readonly #js: JetStreamClient;
  readonly #corpId: string;
  /** Stream sequences of the capture stream. */
  readonly #judged = new Set<number>();
  /** Judgements published after this time have been read … */
  #readSinceMs = Number.POSITIVE_INFINITY;
  /** … up to this sequence of the outcome stream. */
  #readTo = 0;
  #doubted = true;
  #formerFloor = 0;
  #reading: Promise<void> = Promise.resolve();

  constructor(js: JetStreamClient, corpId: string) {
    this.#js = js;
    this.#corpId = corpId;
  }

  /** Somebody else may have judged: the next batch looks before it judges. */
  doubt(): void {
    this.#doubted = true;
  }

  has(streamSequence: number): boolean {
    return this.#judged.has(streamSequence);
  }

  /** This process has published a judgement of these messages. */
  add(streamSequences: readonly number[]): void {
    for (const sequence of streamSequences) this.#judged.add(sequence);
  }

  /**
   * Makes {@link has} right for messages that were captured at or after `capturedAtMs`, as far as judgements are stored now.
   * Costs nothing unless there is doubt: `redelivered` says that some of the messages were delivered before.
   */
  async settle(capturedAtMs: number, redelivered: boolean): Promise<void> {
    if (!redelivered && !this.#doubted) return;
    this.#reading = this.#reading
      .catch(() => undefined)
      .then(() => this.#read(capturedAtMs - CLOCKS_APART_MS));
    await this.#reading;
  }

  async #read(sinceMs: number): Promise<void> {
    this.#doubted = false;
    const from =
      sinceMs < this.#readSinceMs ? { storedAtMs: Math.max(0, sinceMs) } : { sequence: this.#readTo + 1 };
    const stream = outcomeStream(this.#corpId);
    try {
      await readTail(
        this.#js,
        { stream, subject: findingSubject(this.#corpId), from, headersOnly: true },
        (message) => {
          this.add(decodeSequences(message.headers?.get(JUDGED_HEADER) ?? ''));
          this.#readTo = Math.max(this.#readTo, message.seq);
        },
      );
    } catch (error) {
      this.#doubted = true;
      throw error;
    }
    this.#readSinceMs = Math.min(this.#readSinceMs, sinceMs);
  }

  /**
   * Forgets messages that were acknowledged when this was called the last time. Not those of now: a nats-server that is killed
   * forgets the acknowledgements of its last moments and delivers their messages again, as if for the first time.
   * Nor anything above the present floor: a consumer that was made anew begins below the old one.
   */
  forgetAcknowledged(lowestFloor: number): void {
    const settled = Math.min(this.#formerFloor, lowestFloor);
    for (const sequence of this.#judged) if (sequence <= settled) this.#judged.delete(sequence);
    this.#formerFloor = lowestFloor;
  }

  get size(): number {
    return this.#judged.size;
  }
}
