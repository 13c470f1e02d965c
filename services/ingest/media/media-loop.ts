// Reads the messages that may refer to files, several at once, each on a lane of its own: one slow file holds up nobody else.
// A file that fails goes back into the stream with a growing delay, inside WeCom's five-day window.

import { decodeCaptured } from '@menshen/contracts/captured-message';
import type { Decimal } from '@menshen/contracts/decimal';
import { captureStream } from '@menshen/contracts/subjects';
import { type ConsumerPlan, ensureConsumer } from '@menshen/jetstream/ensure-consumer';
import type { Settlement } from '@menshen/jetstream/pull-batches';
import type { Consumer, ConsumerMessages, JetStreamManager, JsMsg } from '@nats-io/jetstream';
import { type IngestStatus, reasonOfFault } from '../ingest-status.ts';
import { type FetchedMedia, type FetchMediaOptions, fetchMedia } from './fetch-media.ts';

export interface MediaLoopOptions extends FetchMediaOptions {
  readonly corpId: string;
  readonly jsm: JetStreamManager;
  readonly status: IngestStatus;
  /** Messages handled at once. */
  readonly concurrency: number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly isStopping: () => boolean;
}

/** msgtypes that may refer to files (design: media). */
export const MEDIA_MSGTYPES = [
  'image',
  'voice',
  'video',
  'emotion',
  'file',
  'mixed',
  'chatrecord',
  'meeting_voice_call',
  'voip_doc_share',
] as const;

const CONSUMER = 'media';
const ACK_WAIT_MS = 60_000;
/** Gaps that are tried again stay unacknowledged for days: far more than are ever handled at once. */
const MAX_ACK_PENDING = 50_000;
const FETCH_MS = 5_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

export class MediaLoop {
  readonly #options: MediaLoopOptions;
  readonly #fetches = new Set<ConsumerMessages>();
  #lanes: Promise<void> = Promise.resolve();
  /** Faults in a row that hit every file. */
  #systemic = 0;

  constructor(options: MediaLoopOptions) {
    this.#options = options;
  }

  /** Begins to read. The stream must exist. Keeps trying while NATS is away. */
  start(): void {
    this.#lanes = this.#begin();
  }

  /** Ends after the piece in hand; unfinished messages go back to the stream at once. `isStopping` must be true before. */
  async stop(): Promise<void> {
    for (const messages of this.#fetches) messages.stop();
    await this.#lanes;
  }

  /** Messages whose files are not settled. */
  async pending(): Promise<number> {
    const info = await this.#options.jsm.consumers.info(captureStream(this.#options.corpId), CONSUMER);
    return info.num_pending + info.num_ack_pending;
  }

  async #begin(): Promise<void> {
    await this.#untilItWorks('prepare to fetch media', () => this.#recall());
    const forgetting = setTimeout(() => this.#options.memory.forgetComplete(), 3 * ACK_WAIT_MS);
    await Promise.all(Array.from({ length: this.#options.concurrency }, () => this.#lane()));
    clearTimeout(forgetting);
  }

  /** What an earlier process published for messages that it did not acknowledge. */
  async #recall(): Promise<void> {
    const { jsm, js, corpId, memory } = this.#options;
    const info = await ensureConsumer(jsm, consumerPlan(corpId));
    if (info.num_ack_pending > 0) await memory.recall(js, corpId, info.ack_floor.stream_seq + 1);
  }

  async #lane(): Promise<void> {
    const { isStopping, js, corpId } = this.#options;
    let consumer: Consumer | undefined;
    while (!isStopping()) {
      await this.#untilItWorks('read messages with media', async () => {
        // A stream that was lost and made anew has no consumer.
        if (consumer === undefined) await ensureConsumer(this.#options.jsm, consumerPlan(corpId));
        consumer ??= await js.consumers.get(captureStream(corpId), CONSUMER);
        try {
          await this.#next(consumer);
        } catch (error) {
          consumer = undefined;
          throw error;
        }
      });
    }
  }

  async #next(consumer: Consumer): Promise<void> {
    const messages = await consumer.fetch({ max_messages: 1, expires: FETCH_MS });
    this.#fetches.add(messages);
    if (this.#options.isStopping()) messages.stop();
    try {
      for await (const message of messages) await this.#handle(message);
    } finally {
      this.#fetches.delete(messages);
    }
  }

  async #handle(message: JsMsg): Promise<void> {
    const alive = setInterval(() => message.working(), ACK_WAIT_MS / 3);
    try {
      const fetched = await fetchMedia(message.data, message.info.deliveryCount, this.#options);
      await this.#settle(message, fetched.settlement);
      await this.#heed(fetched);
    } catch (error) {
      this.#options.logger.warn(
        { error, sequence: message.seq },
        'media of a message cannot be settled, trying again',
      );
      message.nak(this.#options.retryMs);
      await this.#options.sleep(FIRST_PAUSE_MS);
    } finally {
      clearInterval(alive);
    }
  }

  async #settle(message: JsMsg, settlement: Settlement): Promise<void> {
    if (settlement.kind === 'Retry') return message.nak(settlement.delayMs);
    // Heard by the server for certain, else the message comes again and must still be known.
    if (await message.ackAck()) this.#options.memory.forget(seqOf(message));
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

const seqOf = (message: JsMsg): Decimal => decodeCaptured(message.data).stamp.seq;

function consumerPlan(corpId: string): ConsumerPlan {
  return {
    stream: captureStream(corpId),
    name: CONSUMER,
    filterSubjects: MEDIA_MSGTYPES.map((msgtype) => `wecom.${corpId}.message.*.${msgtype}`),
    maxAckPending: MAX_ACK_PENDING,
    ackWaitMs: ACK_WAIT_MS,
    acks: 'Explicit',
  };
}
