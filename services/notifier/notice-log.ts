// The notice stream as the notifier's only memory: what is decided is appended first and acted upon afterwards.
// Every append is fenced by the last notice, as pages are by the last manifest: of two notifiers, and of an append whose answer was lost
// and its repetition, one wins, and the other reads what happened and decides again.
import { randomUUID } from 'node:crypto';
import type { Notice } from '@menshen/contracts/compliance-alert';
import { decodeNotice, encodeNotice } from '@menshen/contracts/compliance-alert';
import { noticeSubject, outcomeStream } from '@menshen/contracts/subjects';
import { readTail } from '@menshen/jetstream/read-tail';
import { injectTrace } from '@menshen/jetstream/trace-headers';
import type { JetStreamClient } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import { NoticeBook } from './notice-book.ts';

/** Names the append, so that its writer recognises it when the answer was lost. */
const RECORD_HEADER = 'Menshen-Record';
const MOST_TRIES = 5;

/** What to append, given all that is known. It is asked again after a lost race, so it must decide from the book alone. */
export type Plan = (book: NoticeBook) => readonly Notice[];

export class NoticeLog {
  readonly book = new NoticeBook();
  readonly #js: JetStreamClient;
  readonly #corpId: string;
  /** Stream sequence of the newest notice read or written: the fence. */
  #last = 0;
  /** Newest sequence of the subject that still exists, 0 when there is none (yet, or any more after a purge). */
  #fence = 0;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(js: JetStreamClient, corpId: string) {
    this.#js = js;
    this.#corpId = corpId;
  }

  /** Reads every notice that is stored and not yet known. */
  async refresh(): Promise<void> {
    await this.#alone(() => this.#readOn());
  }

  /**
   * Appends what `plan` returns, one record after the other, and gives back the records that this call stored.
   * Rejects when the stream cannot be written; then it is not known which of them are stored, and the next call finds out.
   */
  async append(plan: Plan): Promise<readonly Notice[]> {
    return await this.#alone(() => this.#appendAlone(plan));
  }

  async #appendAlone(plan: Plan): Promise<readonly Notice[]> {
    // Also of earlier tries: an append that timed out may still be stored before its repetition.
    const mine = new Map<string, Notice>();
    const stored: Notice[] = [];
    for (let tries = 1; ; tries++) {
      const todo = plan(this.book).map((notice) => ({ id: randomUUID(), notice }));
      try {
        for (const record of todo) {
          mine.set(record.id, record.notice);
          await this.#write(record);
          stored.push(record.notice);
          mine.delete(record.id);
        }
        return stored;
      } catch (error) {
        if (tries === MOST_TRIES)
          throw new Error(`cannot write notices of ${this.#corpId}`, { cause: error });
        for (const id of await this.#readOn()) {
          const notice = mine.get(id);
          if (notice !== undefined) stored.push(notice);
        }
      }
    }
  }

  async #write({ id, notice }: { readonly id: string; readonly notice: Notice }): Promise<void> {
    const meta = headers();
    injectTrace(meta);
    meta.set(RECORD_HEADER, id);
    const acknowledgement = await this.#js.publish(noticeSubject(this.#corpId), encodeNotice(notice), {
      headers: meta,
      expect: { lastSubjectSequence: this.#fence },
    });
    this.#last = acknowledgement.seq;
    this.#fence = acknowledgement.seq;
    this.book.apply(notice);
  }

  /** Takes in what was stored after the last known record; the ids of the records it found. */
  async #readOn(): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    this.#fence = 0;
    const subject = noticeSubject(this.#corpId);
    const stream = outcomeStream(this.#corpId);
    // From the last known record on, itself included: when it is gone, the archiver has purged all of them and the fence is 0.
    await readTail(this.#js, { stream, subject, from: { sequence: this.#last } }, (message) => {
      this.#fence = message.seq;
      if (message.seq <= this.#last) return;
      this.#last = message.seq;
      this.book.apply(decodeNotice(message.data));
      const id = message.headers?.get(RECORD_HEADER);
      if (id !== undefined) found.add(id);
    });
    return found;
  }

  /** One after the other: an append decides from a book that nobody changes meanwhile. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => undefined);
    return done;
  }
}
