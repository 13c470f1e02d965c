// The messages with files that this process knows of: waiting in order of work, or in hand. Bounded in messages and bytes; the stream holds the rest.
import type { JsMsg } from '@nats-io/jetstream';
import { describeWork } from './describe-work.ts';
import { MediaQueue, type WorkKind } from './media-queue.ts';

export interface WaitingMessage {
  /** In the stream. */
  readonly sequence: number;
  readonly payload: Uint8Array;
}

export interface TakenMessage {
  readonly message: WaitingMessage;
  /** As what it was taken. */
  readonly kind: WorkKind;
}

/** Messages read in the stream's order; the order of work is decided among them. */
export const MOST_WAITING = 1_000;
/** Messages read ahead of their turn, beside those. */
const MOST_AHEAD = 200;
const MOST_BYTES = 16 * 1024 * 1024;

type Entry = WaitingMessage & {
  /** What is to be settled; absent while the message was only seen ahead of its turn. The newest when it was delivered again. */
  delivered: JsMsg | undefined;
};

export class MediaWindow {
  readonly #queue = new MediaQueue<Entry>();
  /** By sequence in the stream: waiting and in hand. */
  readonly #entries = new Map<number, Entry>();
  readonly #mostWaiting: number;
  #bytes = 0;
  #ahead = 0;
  #wakers: (() => void)[] = [];

  constructor(mostWaiting: number) {
    this.#mostWaiting = mostWaiting;
  }

  /** No more is to be read in the stream's order. */
  isFull(): boolean {
    return this.#entries.size - this.#ahead >= this.#mostWaiting || this.#bytes >= MOST_BYTES;
  }

  /** A message to be settled. One that is known already is not fetched twice. */
  offer(message: JsMsg): void {
    const known = this.#entries.get(message.seq);
    if (known === undefined) this.#add(message, message);
    else {
      if (known.delivered === undefined) this.#ahead--;
      known.delivered = message;
    }
  }

  /** A message seen ahead of its turn: taken while there is room, else its turn will come. */
  offerAhead(message: JsMsg): void {
    if (this.#entries.has(message.seq) || this.#ahead >= MOST_AHEAD || this.#bytes >= 2 * MOST_BYTES) return;
    this.#ahead++;
    this.#add(message, undefined);
  }

  #add(message: JsMsg, delivered: JsMsg | undefined): void {
    const payload = message.data;
    const entry: Entry = {
      sequence: message.seq,
      payload,
      delivered,
    };
    this.#entries.set(message.seq, entry);
    this.#bytes += payload.length;
    this.#queue.add({ id: message.seq, ...describeWork(payload), value: entry });
    this.wake();
  }

  /** The next to be fetched, of at most so many bytes; it stays known until it is released. */
  take(nowMs: number, largestBytes: number): TakenMessage | undefined {
    const taken = this.#queue.take(nowMs, largestBytes);
    return taken === undefined ? undefined : { message: taken.value, kind: taken.kind };
  }

  /** It was handled. Gives what is to be settled, if anything. */
  release(waiting: WaitingMessage): JsMsg | undefined {
    const entry = this.#entries.get(waiting.sequence);
    if (entry === undefined) return undefined;
    this.#entries.delete(waiting.sequence);
    this.#bytes -= waiting.payload.length;
    if (entry.delivered === undefined) this.#ahead--;
    this.wake();
    return entry.delivered;
  }

  /** Tells the server that everything here is still being worked on. */
  keepAlive(): void {
    for (const { delivered } of this.#entries.values()) delivered?.working();
  }

  /** What waits goes back to the stream at once. */
  giveBack(): void {
    for (const { value } of this.#queue.clear()) this.release(value)?.nak();
  }

  /** Resolves at the next change, or when woken. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.#wakers.push(resolve));
  }

  wake(): void {
    for (const waker of this.#wakers.splice(0)) waker();
  }
}
