// What is known of messages whose files are being fetched: facts so far, and which version of them was published.
// A message that comes again after a crash finds what an earlier process had already told: nothing is published twice.
import { decodeCaptured, type MediaFact } from '@menshen/contracts/captured-message';
import type { Decimal } from '@menshen/contracts/decimal';
import { captureStream } from '@menshen/contracts/subjects';
import { readTail } from '@menshen/jetstream/read-tail';
import type { JetStreamClient } from '@nats-io/jetstream';
import { isOpen } from './media-outcome.ts';

export interface MediaProgress {
  readonly facts: readonly MediaFact[];
  /** 0 = nothing published yet. */
  readonly version: number;
  /** Tries that did not settle it, by this process: that a process died says nothing about the file. */
  readonly failures: number;
}

export class MediaMemory {
  readonly #progress = new Map<Decimal, MediaProgress>();
  /** Published completely by an earlier process: only the acknowledgement may be missing. */
  readonly #complete = new Map<Decimal, MediaProgress>();

  get(seq: Decimal): MediaProgress | undefined {
    return this.#progress.get(seq) ?? this.#complete.get(seq);
  }

  set(seq: Decimal, progress: MediaProgress): void {
    this.#progress.set(seq, progress);
  }

  /** The message is acknowledged: it will not come again. */
  forget(seq: Decimal): void {
    this.#progress.delete(seq);
    this.#complete.delete(seq);
  }

  /** For when every message that was unacknowledged at start has come again. */
  forgetComplete(): void {
    this.#complete.clear();
  }

  /** Reads what was published for messages from `fromSequence` on. Rejects when the stream cannot be read to its end. */
  async recall(js: JetStreamClient, corpId: string, fromSequence: number): Promise<void> {
    const tail = {
      stream: captureStream(corpId),
      subject: `wecom.${corpId}.enriched.>`,
      from: { sequence: fromSequence },
    };
    await readTail(js, tail, (message) => {
      const { seq, facts } = decodeCaptured(message.data).stamp;
      const progress = { facts: facts.media, version: facts.version, failures: 0 };
      if (facts.media.some(isOpen)) this.#progress.set(seq, progress);
      else {
        this.#progress.delete(seq);
        this.#complete.set(seq, progress);
      }
    });
  }
}
