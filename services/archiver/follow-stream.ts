// A durable consumer that acknowledges `All` may be told of a later message before an earlier one: after a lost connection, or when another
// process took over, the earlier ones wait for their redelivery, and acknowledging the later would acknowledge them unread.
// So the archiver trusts its own position: what is missing before a batch it reads from the stream itself.
import { findConsumer } from '@menshen/jetstream/ensure-consumer';
import {
  type ConsumerInfo,
  DeliverPolicy,
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
} from '@nats-io/jetstream';
import type { StreamEvent } from './segments/to-segment-event.ts';

export interface FollowedStream {
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly stream: string;
  readonly consumer: string;
}

/** nats-server ADR-42: what the client's type of a consumer's info lacks. */
interface PinnedGroups {
  readonly priority_groups?: readonly { readonly group: string; readonly pinned_client_id?: string }[];
}

/** What an archive needs of it. */
export type Follower = Pick<
  StreamFollower,
  'pin' | 'takeNews' | 'settleNews' | 'doubt' | 'complete' | 'isOurs' | 'advance'
>;

const PIN_HEADER = 'Nats-Pin-Id';
const EVENTS_PER_FETCH = 500;
const FETCH_MS = 5_000;

export class StreamFollower {
  readonly #of: FollowedStream;
  /** Everything up to this sequence is archived, by us or by another. */
  #position = 0;
  #pin = '';
  readonly #pins = new Set<string>();
  #isNews = true;

  constructor(of: FollowedStream) {
    this.#of = of;
  }

  /** Which pin the newest batch came under; changes when another process may have written in between. */
  get pin(): string {
    return this.#pin;
  }

  /** Everything up to `sequence` is archived. */
  advance(sequence: number): void {
    this.#position = Math.max(this.#position, sequence);
  }

  /** From now on what is archived is not certain: the last attempt failed. */
  doubt(): void {
    this.#isNews = true;
  }

  /** True once after the start, after another pin and after {@link doubt}: others, or an attempt of ours, may have archived what comes. */
  async takeNews(batch: readonly JsMsg[]): Promise<boolean> {
    for (const pin of pinsOf(batch)) {
      if (pin === '' || pin === this.#pin) continue;
      this.#pin = pin;
      this.#pins.add(pin);
      this.#isNews = true;
    }
    if (!this.#isNews) return false;
    await this.#refresh();
    return true;
  }

  /** The news is taken in: the next batch follows on this one. */
  settleNews(): void {
    this.#isNews = false;
  }

  /** The events from the position to the batch's end, each once, in stream order. Rejects when the stream cannot be read. */
  async complete(batch: readonly JsMsg[]): Promise<StreamEvent[]> {
    const events = sortEvents(batch).filter(({ sequence }) => sequence > this.#position);
    const complete: StreamEvent[] = [];
    let next = this.#position + 1;
    for (const event of events) {
      if (event.sequence > next) complete.push(...(await this.#readMissing(next, event.sequence - 1)));
      complete.push(event);
      next = event.sequence + 1;
    }
    return complete;
  }

  /**
   * False when another process is pinned now: it reads what we have in hand, so we must not write it.
   * Between this question and the write another may still take over; the insert's token and the table engine are there for that moment.
   */
  async isOurs(): Promise<boolean> {
    const pinned = await this.#readPin();
    return pinned === undefined || this.#pins.size === 0 || this.#pins.has(pinned.id);
  }

  /** Lets another process take over at once, where this one is pinned. */
  async release(): Promise<void> {
    const { jsm, stream, consumer } = this.#of;
    const pinned = await this.#readPin();
    if (pinned !== undefined && this.#pins.has(pinned.id))
      await jsm.consumers.unpin(stream, consumer, pinned.group);
  }

  async #readPin(): Promise<{ readonly id: string; readonly group: string } | undefined> {
    const { jsm, stream, consumer } = this.#of;
    const info = (await findConsumer(jsm, stream, consumer)) as (ConsumerInfo & PinnedGroups) | undefined;
    const group = info?.priority_groups?.[0];
    const id = group?.pinned_client_id ?? '';
    return group === undefined || id === '' ? undefined : { id, group: group.group };
  }

  async #refresh(): Promise<void> {
    const info = await findConsumer(this.#of.jsm, this.#of.stream, this.#of.consumer);
    if (info !== undefined) this.advance(info.ack_floor.stream_seq);
  }

  async #readMissing(from: number, to: number): Promise<StreamEvent[]> {
    const { js, jsm, stream } = this.#of;
    const { state } = await jsm.streams.info(stream);
    // What was purged was archived before: purging waits for every consumer.
    const first = Math.max(from, state.first_seq);
    if (first > to) return [];
    const reader = await js.consumers.get(stream, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: first,
    });
    try {
      const missing: StreamEvent[] = [];
      for (let reached = false; !reached; ) {
        let received = 0;
        const messages = await reader.fetch({ max_messages: EVENTS_PER_FETCH, expires: FETCH_MS });
        for await (const { seq, subject, data } of messages) {
          received++;
          if (seq <= to) missing.push({ sequence: seq, subject, data });
          reached = seq >= to;
          if (reached) break;
        }
        if (received === 0) throw new Error(`cannot read ${stream} from ${first} to ${to}: no message came`);
      }
      return missing;
    } finally {
      await reader.delete().catch(() => undefined);
    }
  }
}

/**
 * The pins under which the messages came. A server's pin is never used again, so where the first and the last message have the same, all have it:
 * reading the headers of every message costs as much as decoding it.
 */
function pinsOf(batch: readonly JsMsg[]): readonly string[] {
  const pinAt = (at: number): string => batch.at(at)?.headers?.get(PIN_HEADER) ?? '';
  return pinAt(0) === pinAt(-1) ? [pinAt(0)] : batch.map((_message, at) => pinAt(at));
}

function sortEvents(batch: readonly JsMsg[]): StreamEvent[] {
  const inOrder = batch.map(({ seq, subject, data }) => ({ sequence: seq, subject, data }));
  if (inOrder.every(({ sequence }, at) => at === 0 || sequence > (inOrder[at - 1]?.sequence ?? 0)))
    return inOrder;
  const events = new Map<number, StreamEvent>();
  for (const { seq, subject, data } of batch) events.set(seq, { sequence: seq, subject, data });
  return [...events.values()].sort((a, b) => a.sequence - b.sequence);
}
