// The one loop that reads a durable consumer: gather what is there into a batch, hand it over, settle every message in one place.
// A batch goes out as soon as it is full or its first message has lingered long enough; with linger 0, whatever is there goes at once.

import type { Clock } from '@menshen/contracts/clock';
import type { ConsumeMessages, ConsumerMessages, JetStreamClient, JsMsg } from '@nats-io/jetstream';

/** What becomes of one message. `Retry` is delivered again after the delay, `Drop` never (its record is elsewhere). */
export type Settlement =
  | { readonly kind: 'Done' }
  | { readonly kind: 'Retry'; readonly delayMs: number }
  | { readonly kind: 'Drop'; readonly reason: string };

export const DONE: Settlement = { kind: 'Done' };

/**
 * Handles one batch, in stream order. Returns one settlement for each message, or one for all.
 * A rejection means a broken outside (engine down, bug): the whole batch is handed over again after a growing pause, and no new one is taken.
 */
export type BatchHandler = (batch: readonly JsMsg[]) => Promise<Settlement | readonly Settlement[]>;

export interface PullOptions {
  readonly stream: string;
  readonly consumer: string;
  readonly maxMessages: number;
  readonly maxBytes: number;
  /** Longest wait of a first message for company, ms. */
  readonly lingerMs: number;
  /** The consumer's ack wait, ms: a batch in hand is kept alive every third of it. */
  readonly ackWaitMs: number;
  /** True when the consumer acknowledges `All`: then the last message's settlement settles the batch. */
  readonly ackAll: boolean;
  /** Priority group of a consumer that one process at a time reads (`ConsumerPlan.pinned`). */
  readonly group?: string;
  /**
   * How long one pull stays open, ms; default the client's 30 s. With `group` it must be well below the plan's `takeOverAfterMs`:
   * an open pull does not renew the pin, so an idle reader would lose it [measured with nats-server 2.15.1].
   */
  readonly pullExpiresMs?: number;
  /**
   * Makes the consumer again where it is missing; called after it was lost. Somebody may have deleted it, or the whole stream,
   * which then comes back under the same name. Default: wait until somebody else makes it.
   */
  readonly ensure?: () => Promise<unknown>;
  readonly clock: Clock;
  /** Called for everything worth a log line or a metric; never with content. */
  readonly report: (event: PullEvent) => void;
}

export type PullEvent =
  | { readonly kind: 'HandlerFailed'; readonly error: unknown; readonly retryInMs: number }
  | { readonly kind: 'ConsumerLost'; readonly error: unknown; readonly retryInMs: number }
  | { readonly kind: 'Notification'; readonly type: string };

export interface PullLoop {
  /** Stops pulling, finishes the batch in hand, gives the rest back at once. */
  drain(): Promise<void>;
  /** Settles when the loop has ended. */
  readonly ended: Promise<void>;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** Starts reading. The consumer must exist; when it disappears the loop keeps trying and reports `ConsumerLost`. */
export function pullBatches(js: JetStreamClient, options: PullOptions, handle: BatchHandler): PullLoop {
  return new Loop(js, options, handle);
}

class Loop implements PullLoop {
  readonly ended: Promise<void>;
  readonly #js: JetStreamClient;
  readonly #options: PullOptions;
  readonly #handle: BatchHandler;
  readonly #inbox: Inbox;
  readonly #pauses = new Pauses();
  readonly #feeding: Promise<void>;
  #messages: ConsumerMessages | undefined;
  #draining = false;

  constructor(js: JetStreamClient, options: PullOptions, handle: BatchHandler) {
    this.#js = js;
    this.#options = options;
    this.#handle = handle;
    this.#inbox = new Inbox(options);
    this.#feeding = this.#feed();
    this.ended = this.#work();
  }

  async drain(): Promise<void> {
    this.#draining = true;
    this.#pauses.end();
    this.#inbox.close();
    this.#messages?.stop();
    await Promise.all([this.#feeding, this.ended]);
    giveBack(this.#inbox.rest());
  }

  async #feed(): Promise<void> {
    for (let failures = 0; !this.#draining; ) {
      try {
        if (failures > 0) await this.#options.ensure?.();
        const received = await this.#consume();
        if (received > 0) failures = 0;
        throw new Error('the consumer ended');
      } catch (error) {
        if (this.#draining) return;
        const retryInMs = pauseAfter(failures++);
        this.#options.report({ kind: 'ConsumerLost', error, retryInMs });
        await this.#pauses.pause(retryInMs);
      }
    }
  }

  /** Reads until the consumer ends; the number of messages it gave. */
  async #consume(): Promise<number> {
    const { stream, consumer, maxMessages, group, pullExpiresMs } = this.#options;
    const durable = await this.#js.consumers.get(stream, consumer);
    const messages = await durable.consume({
      max_messages: Math.max(2, maxMessages * 2),
      abort_on_missing_resource: true,
      ...(group === undefined ? {} : { group }),
      ...(pullExpiresMs === undefined ? {} : { expires: pullExpiresMs }),
    } as ConsumeMessages);
    this.#messages = messages;
    if (this.#draining) messages.stop();
    watch(messages, this.#options);
    let received = 0;
    for await (const message of messages) {
      received++;
      await this.#inbox.push(message);
    }
    return received;
  }

  async #work(): Promise<void> {
    for (;;) {
      const batch = await this.#inbox.take();
      if (batch.length === 0) return;
      await this.#handleUntilDone(batch);
    }
  }

  async #handleUntilDone(batch: readonly JsMsg[]): Promise<void> {
    const alive = setInterval(() => keepAlive(batch), Math.max(1000, this.#options.ackWaitMs / 3));
    try {
      for (let failures = 0; !(await this.#handled(batch, failures)); failures++);
    } finally {
      clearInterval(alive);
    }
  }

  /** True when the batch is settled, or given back because the loop drains. */
  async #handled(batch: readonly JsMsg[], failures: number): Promise<boolean> {
    try {
      settle(batch, await this.#handle(batch), this.#options.ackAll);
      return true;
    } catch (error) {
      // While draining, a batch that fails is given back instead of being tried for ever.
      if (this.#draining) {
        giveBack(batch);
        return true;
      }
      const retryInMs = pauseAfter(failures);
      this.#options.report({ kind: 'HandlerFailed', error, retryInMs });
      await this.#pauses.pause(retryInMs);
      return false;
    }
  }
}

/** Pauses that a drain can end early. */
class Pauses {
  readonly #sleepers = new Set<() => void>();
  #ended = false;

  pause(ms: number): Promise<void> {
    if (this.#ended) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#sleepers.add(wake);
    });
  }

  end(): void {
    this.#ended = true;
    for (const wake of [...this.#sleepers]) wake();
  }
}

function pauseAfter(failures: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
}

function settle(batch: readonly JsMsg[], outcome: Settlement | readonly Settlement[], ackAll: boolean): void {
  if (ackAll && !isList(outcome) && outcome.kind === 'Done') {
    // Not the last: what was given back comes again in another order, and the highest settles all.
    batch.reduce((highest, message) => (message.seq > highest.seq ? message : highest)).ack();
    return;
  }
  batch.forEach((message, index) => {
    const settlement = isList(outcome) ? outcome[index] : outcome;
    if (settlement === undefined)
      throw new Error(
        `the handler settled ${isList(outcome) ? outcome.length : 1} of ${batch.length} messages`,
      );
    if (settlement.kind === 'Done') message.ack();
    else if (settlement.kind === 'Retry') message.nak(settlement.delayMs);
    else message.term(settlement.reason);
  });
}

function isList(outcome: Settlement | readonly Settlement[]): outcome is readonly Settlement[] {
  return Array.isArray(outcome);
}

function giveBack(batch: readonly JsMsg[]): void {
  for (const message of batch) message.nak();
}

function keepAlive(batch: readonly JsMsg[]): void {
  for (const message of batch) message.working();
}

function watch(messages: ConsumerMessages, options: PullOptions): void {
  void (async () => {
    for await (const notification of messages.status()) {
      if (NOTEWORTHY.has(notification.type))
        options.report({ kind: 'Notification', type: notification.type });
    }
  })();
}

const NOTEWORTHY = new Set([
  'heartbeats_missed',
  'consumer_not_found',
  'stream_not_found',
  'consumer_deleted',
  'exceeded_limits',
  'consumer_pinned',
  'consumer_unpinned',
]);

/** Messages that were delivered but not yet handed over: bounded, so that the server's flow control and not our memory holds the rest. */
class Inbox {
  readonly #options: PullOptions;
  readonly #waiting: JsMsg[] = [];
  #bytes = 0;
  #firstAtMs = 0;
  #closed = false;
  #wakeReader: () => void = () => undefined;
  #wakeWriter: () => void = () => undefined;

  constructor(options: PullOptions) {
    this.#options = options;
  }

  async push(message: JsMsg): Promise<void> {
    if (this.#waiting.length === 0) this.#firstAtMs = this.#options.clock.nowMs();
    this.#waiting.push(message);
    this.#bytes += message.data.length;
    // Between the first message, whose time begins, and the last that fits the reader has nothing to do: not even to look at the clock.
    if (this.#waiting.length === 1 || this.#isFull()) this.#wakeReader();
    if (this.#isFull() && !this.#closed) await new Promise<void>((resolve) => (this.#wakeWriter = resolve));
  }

  /** The next batch; empty when the inbox was closed. */
  async take(): Promise<readonly JsMsg[]> {
    while (!this.#closed) {
      const waitMs = this.#waitMs();
      if (waitMs === 0) return this.#cut();
      await this.#untilWokenOr(waitMs);
    }
    return [];
  }

  close(): void {
    this.#closed = true;
    this.#wakeReader();
    this.#wakeWriter();
  }

  rest(): readonly JsMsg[] {
    return this.#waiting.splice(0);
  }

  #isFull(): boolean {
    return this.#waiting.length >= this.#options.maxMessages || this.#bytes >= this.#options.maxBytes;
  }

  /** 0 when a batch may go, else how long it may still wait; undefined when nothing is there. */
  #waitMs(): number | undefined {
    if (this.#waiting.length === 0) return undefined;
    if (this.#isFull()) return 0;
    return Math.max(0, this.#firstAtMs + this.#options.lingerMs - this.#options.clock.nowMs());
  }

  #cut(): readonly JsMsg[] {
    const batch: JsMsg[] = [];
    let bytes = 0;
    for (const message of this.#waiting) {
      if (
        batch.length >= this.#options.maxMessages ||
        (batch.length > 0 && bytes + message.data.length > this.#options.maxBytes)
      )
        break;
      batch.push(message);
      bytes += message.data.length;
    }
    this.#waiting.splice(0, batch.length);
    this.#bytes -= bytes;
    this.#firstAtMs = this.#options.clock.nowMs();
    this.#wakeWriter();
    return batch;
  }

  async #untilWokenOr(waitMs: number | undefined): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wakeReader = resolve;
      if (waitMs !== undefined) timer = setTimeout(resolve, waitMs);
    });
    clearTimeout(timer);
    this.#wakeReader = () => undefined;
  }
}
