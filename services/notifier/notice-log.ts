// The notice stream as the notifier's only memory: what is decided is appended first and acted upon afterwards.
// Every append is fenced by the last notice, as pages are by the last manifest: of two notifiers, and of an append whose answer was lost
// and its repetition, one wins, and the other reads what happened and decides again.
// What comes while an append is on its way is decided together afterwards and appended as one atomic batch: one answer for all of it.
import { randomUUID } from 'node:crypto';
import type { Notice } from '@menshen/contracts/compliance-alert';
import { decodeNotice, encodeNotice } from '@menshen/contracts/compliance-alert';
import { noticeSubject, outcomeStream } from '@menshen/contracts/subjects';
import { commitBatch } from '@menshen/jetstream/commit-batch';
import { readTail } from '@menshen/jetstream/read-tail';
import type { JetStreamClient } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { NoticeBook } from './notice-book.ts';

/** Names the append, so that its writer recognises it when the answer was lost. */
const RECORD_HEADER = 'Menshen-Record';
const MOST_TRIES = 5;
const RECORDS_PER_BATCH = 200;

/** What to append, given all that is known. It is asked again after a lost race, so it must decide from the book alone. */
export type Plan = (book: NoticeBook) => readonly Notice[];

/** Somebody who waits for an append. */
interface Waiting {
  readonly plan: Plan;
  readonly resolve: (stored: readonly Notice[]) => void;
  readonly reject: (why: Error) => void;
  readonly stored: Notice[];
  /** By record id, what was sent and may be stored; also of earlier tries: an append that timed out may still be stored before its repetition. */
  readonly sent: Map<string, Notice>;
  tries: number;
}

interface Planned {
  readonly id: string;
  readonly notice: Notice;
  readonly of: Waiting;
}

export interface NoticeLogOptions {
  readonly js: JetStreamClient;
  readonly nats: NatsConnection;
  readonly corpId: string;
}

export class NoticeLog {
  readonly book = new NoticeBook();
  readonly #of: NoticeLogOptions;
  /** Stream sequence of the newest notice read or written: the fence. */
  #last = 0;
  /** Newest sequence of the subject that still exists, 0 when there is none (yet, or any more after a purge). */
  #fence = 0;
  #waiting: Waiting[] = [];
  #queue: Promise<unknown> = Promise.resolve();

  constructor(of: NoticeLogOptions) {
    this.#of = of;
  }

  /** Reads every notice that is stored and not yet known. */
  async refresh(): Promise<void> {
    await this.#alone(() => this.#readOn());
  }

  /**
   * Appends what `plan` returns, in its order, and gives back the records that this call stored.
   * Rejects when the stream cannot be written; then it is not known which of them are stored, and the next call finds out.
   */
  append(plan: Plan): Promise<readonly Notice[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ plan, resolve, reject, stored: [], sent: new Map(), tries: 0 });
      void this.#alone(() => this.#appendWaiting());
    });
  }

  async #appendWaiting(): Promise<void> {
    const { taken, records } = this.#decide();
    for (let from = 0; from < records.length; from += RECORDS_PER_BATCH) {
      const problem = await this.#write(records.slice(from, from + RECORDS_PER_BATCH));
      if (problem === undefined) continue;
      await this.#tryAgain(taken, problem);
      return;
    }
    for (const one of taken) one.resolve(one.stored);
    if (this.#waiting.length > 0) void this.#alone(() => this.#appendWaiting());
  }

  /** Decisions that concern the same notice or group are not made from one book: the later waits for the next round. */
  #decide(): { readonly taken: readonly Waiting[]; readonly records: readonly Planned[] } {
    const concerned = new Set<string>();
    const taken: Waiting[] = [];
    const records: Planned[] = [];
    const later: Waiting[] = [];
    for (const one of this.#waiting) {
      const notices = one.plan(this.book);
      const concerns = notices.flatMap(({ id, groupKey }) => [`notice ${id}`, `group ${groupKey}`]);
      if (concerns.some((name) => concerned.has(name))) {
        later.push(one);
        continue;
      }
      for (const name of concerns) concerned.add(name);
      taken.push(one);
      for (const notice of notices) records.push({ id: randomUUID(), notice, of: one });
    }
    this.#waiting = later;
    return { taken, records };
  }

  /** What kept the records from being stored for certain; `undefined` when they are. */
  async #write(records: readonly Planned[]): Promise<string | undefined> {
    const { nats, corpId } = this.#of;
    const subject = noticeSubject(corpId);
    for (const { id, notice, of } of records) of.sent.set(id, notice);
    const outcome = await commitBatch(nats, {
      messages: records.map(({ id, notice }) => ({
        subject,
        payload: encodeNotice(notice),
        headers: { [RECORD_HEADER]: id },
      })),
      previousSequence: this.#fence,
    });
    if (!outcome.ok) return `${outcome.reason}: ${outcome.detail}`;
    this.#last = outcome.lastSequence;
    this.#fence = outcome.lastSequence;
    for (const { id, notice, of } of records) {
      this.book.apply(notice);
      of.stored.push(notice);
      of.sent.delete(id);
    }
    return undefined;
  }

  /** Finds out what is stored after all, and lets everybody decide anew; who has tried often enough is told. */
  async #tryAgain(taken: readonly Waiting[], problem: string): Promise<void> {
    const trouble = (cause: unknown): Error =>
      new Error(`cannot write notices of ${this.#of.corpId}`, { cause });
    try {
      const found = await this.#readOn();
      for (const one of taken)
        for (const [id, notice] of one.sent)
          if (found.has(id) && one.sent.delete(id)) one.stored.push(notice);
    } catch (error) {
      for (const one of taken) one.reject(trouble(error));
      return;
    }
    for (const one of taken) {
      one.tries++;
      if (one.tries >= MOST_TRIES) one.reject(trouble(problem));
      else this.#waiting.push(one);
    }
    void this.#alone(() => this.#appendWaiting());
  }

  /** Takes in what was stored after the last known record; the ids of the records it found. */
  async #readOn(): Promise<ReadonlySet<string>> {
    const { js, corpId } = this.#of;
    const found = new Set<string>();
    this.#fence = 0;
    const subject = noticeSubject(corpId);
    const stream = outcomeStream(corpId);
    // From the last known record on, itself included: when it is gone, the archiver has purged all of them and the fence is 0.
    await readTail(js, { stream, subject, from: { sequence: this.#last } }, (message) => {
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
