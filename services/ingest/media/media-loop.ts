// Reads the messages that may refer to files and fetches them, several at once, in the order of media-queue.ts: one slow file holds up nobody else.
// A file that fails goes back into the stream with a growing delay, inside WeCom's five-day window.

import { decodeCaptured } from '@menshen/contracts/captured-message';
import type { Decimal } from '@menshen/contracts/decimal';
import { captureStream } from '@menshen/contracts/subjects';
import { MEDIA_ACK_WAIT_MS, MEDIA_CONSUMER, mediaConsumer } from '@menshen/jetstream/consumer-plans';
import { ensureConsumer } from '@menshen/jetstream/ensure-consumer';
import type { Settlement } from '@menshen/jetstream/pull-batches';
import type { ObjectStore } from '@menshen/objects/object-store';
import type { Consumer, ConsumerMessages, JetStreamManager } from '@nats-io/jetstream';
import { type IngestStatus, reasonOfFault } from '../ingest-status.ts';
import { sweepDrafts } from './draft-medium.ts';
import { type FetchedMedia, type FetchMediaOptions, fetchMedia } from './fetch-media.ts';
import { LookAhead } from './look-ahead.ts';
import { DRAFT_KEPT_MS } from './media-outcome.ts';
import { MediaWindow, type TakenMessage, type WaitingMessage } from './media-window.ts';

export interface MediaLoopOptions extends FetchMediaOptions {
  readonly corpId: string;
  readonly jsm: JetStreamManager;
  readonly status: IngestStatus;
  readonly objects: Pick<ObjectStore, 'get' | 'list' | 'delete'>;
  /** Messages handled at once. */
  readonly concurrency: number;
  /** Messages among which the order of work is decided. */
  readonly mostWaiting: number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly isStopping: () => boolean;
}

const FETCH_MS = 5_000;
/** Small, because a message may have a megabyte and all of a fetch is on its way at once. */
const FETCH_MESSAGES = 16;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** One lane takes nothing larger: however many large files wait, small ones go past them. */
const SMALL_BYTES = 8 * 1024 * 1024;

export class MediaLoop {
  readonly #options: MediaLoopOptions;
  readonly #window: MediaWindow;
  readonly #ahead: LookAhead;
  #fetching: ConsumerMessages | undefined;
  #running: Promise<void> = Promise.resolve();
  /** Faults in a row that hit every file. */
  #systemic = 0;

  constructor(options: MediaLoopOptions) {
    this.#options = options;
    const { js, jsm, corpId, logger } = options;
    this.#window = new MediaWindow(options.mostWaiting);
    this.#ahead = new LookAhead({
      js,
      jsm,
      logger,
      stream: captureStream(corpId),
      filterSubjects: mediaConsumer(corpId).filterSubjects,
      offer: (message) => this.#window.offerAhead(message),
    });
  }

  /** Begins to read. The stream must exist. Keeps trying while NATS is away. */
  start(): void {
    this.#running = this.#run();
  }

  /** Ends after the piece in hand; unfinished messages go back to the stream at once. `isStopping` must be true before. */
  async stop(): Promise<void> {
    this.#fetching?.stop();
    this.#window.wake();
    await this.#running;
    this.#ahead.stop();
    this.#window.giveBack();
  }

  /** Messages whose files are not settled. */
  async pending(): Promise<number> {
    const info = await this.#options.jsm.consumers.info(captureStream(this.#options.corpId), MEDIA_CONSUMER);
    return info.num_pending + info.num_ack_pending;
  }

  async #run(): Promise<void> {
    const { concurrency, isStopping } = this.#options;
    await this.#untilItWorks('prepare to fetch media', () => this.#prepare());
    const keepingAlive = setInterval(() => this.#window.keepAlive(), MEDIA_ACK_WAIT_MS / 3);
    const forgetting = setInterval(() => void this.#forgetComplete(), 3 * MEDIA_ACK_WAIT_MS);
    const lanes = Array.from({ length: concurrency }, (_, lane) =>
      this.#lane(lane > 0 || concurrency === 1 ? Number.POSITIVE_INFINITY : SMALL_BYTES),
    );
    while (!isStopping()) await this.#untilItWorks('read messages with media', () => this.#feed());
    await Promise.all(lanes);
    clearInterval(keepingAlive);
    clearInterval(forgetting);
  }

  /** What an earlier process published for messages that it did not acknowledge, and what is left of its drafts. */
  async #prepare(): Promise<void> {
    const { jsm, js, corpId, memory, objects, clock } = this.#options;
    const info = await ensureConsumer(jsm, mediaConsumer(corpId));
    // Files are fetched ahead of their turn, so anything behind the floor may be told already.
    await memory.recall(js, corpId, info.ack_floor.stream_seq + 1);
    await sweepDrafts(objects, { corpId, nowMs: clock.nowMs(), keepMs: DRAFT_KEPT_MS });
  }

  /** Once the stream has been read to its end, every message that an earlier process left has come again. */
  async #forgetComplete(): Promise<void> {
    const { jsm, corpId, memory } = this.#options;
    const info = await jsm.consumers.info(captureStream(corpId), MEDIA_CONSUMER).catch(() => undefined);
    if (info?.num_pending === 0) memory.forgetComplete();
  }

  /** Reads on until something goes wrong: then the consumer is looked for anew. A stream that was lost and made anew has none. */
  async #feed(): Promise<void> {
    const { jsm, js, corpId, isStopping } = this.#options;
    await ensureConsumer(jsm, mediaConsumer(corpId));
    const consumer = await js.consumers.get(captureStream(corpId), MEDIA_CONSUMER);
    while (!isStopping()) {
      if (this.#window.isFull()) {
        await this.#ahead.start();
        if (!isStopping()) await this.#window.changed();
      } else if ((await this.#fetch(consumer)) < FETCH_MESSAGES) this.#ahead.stop();
    }
  }

  async #fetch(consumer: Consumer): Promise<number> {
    const messages = await consumer.fetch({ max_messages: FETCH_MESSAGES, expires: FETCH_MS });
    this.#fetching = messages;
    if (this.#options.isStopping()) messages.stop();
    let count = 0;
    for await (const message of messages) {
      this.#window.offer(message);
      count++;
    }
    this.#fetching = undefined;
    return count;
  }

  async #lane(largestBytes: number): Promise<void> {
    const { isStopping, clock } = this.#options;
    while (!isStopping()) {
      const taken = this.#window.take(clock.nowMs(), largestBytes);
      if (taken === undefined) await this.#window.changed();
      else await this.#handle(taken);
    }
  }

  async #handle({ message: waiting, kind }: TakenMessage): Promise<void> {
    const { logger, sleep, retryMs } = this.#options;
    try {
      const call = kind === 'Fresh' ? 'FreshMedia' : 'Media';
      const fetched = await fetchMedia(waiting.payload, call, this.#options);
      await this.#settle(waiting, fetched.settlement);
      await this.#heed(fetched);
    } catch (error) {
      logger.warn(
        { error, sequence: waiting.sequence },
        'media of a message cannot be settled, trying again',
      );
      this.#window.release(waiting)?.nak(retryMs);
      await sleep(FIRST_PAUSE_MS);
    }
  }

  async #settle(waiting: WaitingMessage, settlement: Settlement): Promise<void> {
    const delivered = this.#window.release(waiting);
    // Fetched ahead of its turn: when its turn comes, everything is known.
    if (delivered === undefined) return;
    if (settlement.kind === 'Retry') return delivered.nak(settlement.delayMs);
    // Heard by the server for certain, else the message comes again and must still be known.
    if (await delivered.ackAck()) this.#options.memory.forget(seqOf(waiting));
  }

  /** What hits every file is told once and slows everything down. */
  async #heed({ systemic, broken }: FetchedMedia): Promise<void> {
    const { status, sleep, logger } = this.#options;
    if (systemic === undefined && broken === undefined) {
      this.#systemic = 0;
      return status.clear('media');
    }
    if (systemic !== undefined)
      status.say('media', { reason: reasonOfFault(systemic), message: `media: ${systemic.detail}` });
    else
      status.say('media', { reason: 'BackPressure', message: 'media: the object store does not take files' });
    if (this.#systemic++ === 0)
      logger.warn({ fault: systemic, error: broken }, 'media cannot be fetched or stored, slowing down');
    await sleep(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(20, this.#systemic - 1)));
  }

  async #untilItWorks(what: string, work: () => Promise<void>): Promise<void> {
    for (let failures = 0; !this.#options.isStopping(); failures++) {
      try {
        return await work();
      } catch (error) {
        this.#options.logger.warn({ error }, `cannot ${what}, trying again`);
        await this.#options.sleep(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(20, failures)));
      }
    }
  }
}

const seqOf = ({ payload }: WaitingMessage): Decimal => decodeCaptured(payload).stamp.seq;
