// What the engine cannot see, because it sees one message: how much its sender has written lately (`MessageFacts.recent`). Counted here from
// the capture stream itself, lane by lane: what is in memory is only a copy, made again by reading the stream wherever there may be a gap
// (a start, another reader of the lane meanwhile, a message from long ago). Nothing is kept and nothing read while no policy asks.
import { type CaptureStamp, decodeCaptured } from '@menshen/contracts/captured-message';
import { compareDecimals } from '@menshen/contracts/decimal';
import { captureEventKind, captureStream } from '@menshen/contracts/subjects';
import { readTail } from '@menshen/jetstream/read-tail';
import type { RecentFact } from '@menshen/policy-engine/facts';
import {
  LONGEST_WINDOW_SECONDS,
  RecentMessages,
  type SentMessage,
} from '@menshen/policy-engine/recent-messages';
import type { JetStreamClient, JsMsg } from '@nats-io/jetstream';

export interface RecentCounts {
  readonly withinSeconds: readonly number[];
  /** For each message of the job. */
  readonly facts: readonly (readonly RecentFact[])[];
}

/** WeCom's clock and the server's may be so far apart, ms. */
const CLOCKS_APART_MS = 60_000;
/** Kept in memory beyond what a message of now needs, so that one that was enriched some minutes later needs no reading, ms. */
const KEPT_LONGER_MS = 30 * 60_000;
/** The message before may lie a window back, and its own window begins a window before that. */
const REACH_MS = 2000 * LONGEST_WINDOW_SECONDS;
/** Messages of one batch that are farther apart are read for one by one, ms. */
const FARTHEST_MS = 24 * 3_600_000;
/** Batches between two looks at what can be forgotten. */
const FORGET_EVERY = 64;

interface Lane {
  readonly recent: RecentMessages;
  /** Everything that was written since is in `recent`, up to the last message that was seen. */
  sinceMs: number;
  newestMs: number;
  /** Place of the last message in the order of delivery: the next one follows it, or somebody else had some in between. */
  delivered: number;
  batches: number;
}

export class RecentCounter {
  readonly #js: JetStreamClient;
  readonly #corpId: string;
  readonly #lanes = new Map<string, Lane>();
  /** Batch in hand, by lane. */
  readonly #inHand = new Map<string, readonly JsMsg[]>();

  constructor(js: JetStreamClient, corpId: string) {
    this.#js = js;
    this.#corpId = corpId;
  }

  /** Takes note of a whole batch as it was delivered. Costs nothing where nobody asks. */
  follow(batch: readonly JsMsg[], withinSeconds: readonly number[]): void {
    const name = batch[0]?.info.consumer;
    if (name === undefined) return;
    this.#inHand.set(name, batch);
    const lane = this.#lanes.get(name);
    if (lane === undefined) return;
    const places = batch.map((message) => message.info.deliverySequence);
    const last = Math.max(...places);
    if (last <= lane.delivered) return;
    if (
      withinSeconds.length === 0 ||
      Math.min(...places) > lane.delivered + 1 ||
      last - lane.delivered > places.length
    ) {
      this.#lanes.delete(name);
      return;
    }
    lane.delivered = last;
    for (const message of batch) if (captureEventKind(message.subject) === 'message') remember(lane, message);
    if (++lane.batches % FORGET_EVERY === 0) forget(lane);
  }

  /** Rejects when the stream cannot be read: a count that misses messages would be a wrong verdict. */
  async count(messages: readonly JsMsg[], withinSeconds: readonly number[]): Promise<RecentCounts> {
    const first = messages[0];
    if (first === undefined || withinSeconds.length === 0) return { withinSeconds, facts: [] };
    const sent = messages.map(readSent);
    const lane = this.#lanes.get(first.info.consumer) ?? (await this.#begin(messages, sent));
    const facts: (readonly RecentFact[])[] = [];
    for (const one of sent) {
      if (one === undefined) facts.push([]);
      else {
        const recent =
          one.eventTimeMs - REACH_MS >= lane.sinceMs ? lane.recent : await this.#readFor(first, one);
        facts.push(recent.count(one, withinSeconds));
      }
    }
    return { withinSeconds, facts };
  }

  /** Reads what the messages of a batch look back to. One from long before the others is left to {@link #readFor}. */
  async #begin(messages: readonly JsMsg[], sent: readonly (SentMessage | undefined)[]): Promise<Lane> {
    const first = messages[0] as JsMsg;
    const batch = this.#inHand.get(first.info.consumer) ?? messages;
    const times = sent.flatMap((one) =>
      one === undefined || one.eventTimeMs === 0 ? [] : [one.eventTimeMs],
    );
    const newestMs = Math.max(0, ...times);
    const oldestMs = Math.min(newestMs, ...times.filter((time) => time > newestMs - FARTHEST_MS));
    const lane: Lane = {
      recent: new RecentMessages(),
      sinceMs: oldestMs - REACH_MS,
      newestMs,
      delivered: Math.max(...batch.map(({ info }) => info.deliverySequence)),
      batches: 0,
    };
    if (newestMs === 0) return lane;
    const lastSequence = Math.max(...batch.map(({ seq }) => seq));
    await this.#read(first, lane.sinceMs, (earlier, sequence) => {
      if (sequence > lastSequence) return false;
      keep(lane, earlier);
      return true;
    });
    this.#lanes.set(first.info.consumer, lane);
    return lane;
  }

  /** What one message from long ago looks back to, such as one whose file could be fetched only now. */
  async #readFor(of: JsMsg, sent: SentMessage): Promise<RecentMessages> {
    const recent = new RecentMessages();
    if (sent.eventTimeMs === 0) return recent;
    await this.#read(of, sent.eventTimeMs - REACH_MS, (earlier) => {
      recent.add(earlier);
      return compareDecimals(earlier.seq, sent.seq) < 0;
    });
    return recent;
  }

  /** Hands the messages that the lane holds since to `take`, in stream order, until it returns false. */
  async #read(
    of: JsMsg,
    sinceMs: number,
    take: (sent: SentMessage, streamSequence: number) => boolean,
  ): Promise<void> {
    const partition = /^wecom\.[^.]+\.(?:message|enriched)\.(\d+)/.exec(of.subject)?.[1] ?? '';
    const isPartition = of.info.consumer.endsWith(`-${partition}`);
    const tail = {
      stream: captureStream(this.#corpId),
      subject: `wecom.${this.#corpId}.message.${isPartition ? `${partition}.` : ''}>`,
      from: { storedAtMs: Math.max(0, sinceMs - CLOCKS_APART_MS) },
    };
    await readTail(this.#js, tail, (message) => {
      const sent = readSent(message);
      return sent === undefined ? true : take(sent, message.seq);
    });
  }
}

function remember(lane: Lane, message: JsMsg): void {
  const sent = readSent(message);
  if (sent !== undefined) keep(lane, sent);
}

function keep(lane: Lane, sent: SentMessage): void {
  lane.recent.add(sent);
  lane.newestMs = Math.max(lane.newestMs, sent.eventTimeMs);
}

function forget(lane: Lane): void {
  const beforeMs = lane.newestMs - REACH_MS - KEPT_LONGER_MS;
  if (beforeMs <= lane.sinceMs) return;
  lane.recent.forgetBefore(beforeMs);
  lane.sinceMs = beforeMs;
}

/** A damaged frame is somebody else's trouble: it is found when it is judged. */
function readSent(message: JsMsg): SentMessage | undefined {
  try {
    return toSent(decodeCaptured(message.data).stamp);
  } catch {
    return undefined;
  }
}

/** Events that nobody wrote. */
const NOT_WRITTEN: ReadonlySet<string> = new Set(['revoke', 'agree', 'disagree', 'switch', '']);

function toSent(stamp: CaptureStamp): SentMessage | undefined {
  const { conversationId, sender, msgid, seq, eventTimeMs, msgtype, quarantined } = stamp;
  if (quarantined || sender.id === '' || NOT_WRITTEN.has(msgtype)) return undefined;
  return { conversationId, senderId: sender.id, msgid, seq, eventTimeMs };
}
