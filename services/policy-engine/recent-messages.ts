// How much one sender has written to one conversation lately: a fact of the record, not of whoever counts. It depends on the sequence numbers
// and times of the messages only, so that every replica, a replay and a scan of a file count the same, in whatever order messages reach them.
import { compareDecimals, type Decimal } from '@menshen/contracts/decimal';
import type { RecentFact } from './facts.ts';

/** No policy may look back further, seconds: what is counted must lie in memory, and be read again after a restart. */
export const LONGEST_WINDOW_SECONDS = 3600;
/** More messages than this in a window count as so many. */
export const MOST_RECENT = 10_000;

export interface SentMessage {
  readonly conversationId: string;
  readonly senderId: string;
  readonly msgid: string;
  readonly seq: Decimal;
  /** When it was written, UTC ms. 0: not known, and then it is not counted. */
  readonly eventTimeMs: number;
}

interface Sent {
  readonly ids: Set<string>;
  /** In order of time, then of sequence. */
  messages: SentMessage[];
}

export class RecentMessages {
  readonly #sent = new Map<string, Sent>();

  /** Remembers a message; a second capture of the same message adds nothing. */
  add(message: SentMessage): void {
    if (message.eventTimeMs === 0) return;
    const key = keyOf(message);
    const sent = this.#sent.get(key) ?? { ids: new Set(), messages: [] };
    this.#sent.set(key, sent);
    if (sent.ids.has(message.msgid)) return;
    sent.ids.add(message.msgid);
    let at = sent.messages.length;
    while (at > 0 && isAfter(sent.messages[at - 1] as SentMessage, message)) at--;
    sent.messages.splice(at, 0, message);
  }

  /**
   * For each window: what the sender wrote to the conversation up to this message and within the window before it, this one included.
   * What was captured later does not count, so that a message has the same count whenever it is judged. Empty when its time is not known.
   */
  count(message: SentMessage, windowsSeconds: readonly number[]): readonly RecentFact[] {
    if (message.eventTimeMs === 0 || windowsSeconds.length === 0) return NONE;
    const longestMs = 1000 * Math.max(...windowsSeconds);
    // The message before may lie as far back as the window, and its own window as far again.
    const others = since(this.#sent.get(keyOf(message))?.messages ?? [], message.eventTimeMs - 2 * longestMs);
    const earlier = others.filter(
      ({ seq, msgid }) => compareDecimals(seq, message.seq) < 0 && msgid !== message.msgid,
    );
    const last = latest(earlier);
    return windowsSeconds.map((withinSeconds) => {
      const messages = countWithin(earlier, message, withinSeconds);
      const isRecent = last !== undefined && last.eventTimeMs > message.eventTimeMs - withinSeconds * 1000;
      return {
        withinSeconds,
        messages,
        before: isRecent
          ? countWithin(
              earlier.filter((other) => other !== last),
              last,
              withinSeconds,
            )
          : 0,
      };
    });
  }

  /** Forgets what was written before. */
  forgetBefore(eventTimeMs: number): void {
    for (const [key, sent] of this.#sent) {
      const kept = sent.messages.filter((message) => message.eventTimeMs >= eventTimeMs);
      if (kept.length === 0) this.#sent.delete(key);
      else if (kept.length < sent.messages.length)
        this.#sent.set(key, { ids: new Set(kept.map(({ msgid }) => msgid)), messages: kept });
    }
  }

  get size(): number {
    return [...this.#sent.values()].reduce((sum, { messages }) => sum + messages.length, 0);
  }
}

const NONE: readonly RecentFact[] = [];

const keyOf = ({ conversationId, senderId }: SentMessage): string => `${conversationId}\0${senderId}`;

const isAfter = (a: SentMessage, b: SentMessage): boolean =>
  a.eventTimeMs > b.eventTimeMs || (a.eventTimeMs === b.eventTimeMs && compareDecimals(a.seq, b.seq) > 0);

/** Those written at or after the time; `messages` are in order of time. */
function since(messages: readonly SentMessage[], eventTimeMs: number): readonly SentMessage[] {
  let from = messages.length;
  while (from > 0 && (messages[from - 1] as SentMessage).eventTimeMs >= eventTimeMs) from--;
  return from === 0 ? messages : messages.slice(from);
}

/** The one before it in the record. */
function latest(messages: readonly SentMessage[]): SentMessage | undefined {
  return messages.reduce<SentMessage | undefined>(
    (last, one) => (last === undefined || compareDecimals(one.seq, last.seq) > 0 ? one : last),
    undefined,
  );
}

function countWithin(earlier: readonly SentMessage[], { eventTimeMs }: SentMessage, seconds: number): number {
  let count = 1;
  for (let at = earlier.length - 1; at >= 0 && count < MOST_RECENT; at--) {
    const time = (earlier[at] as SentMessage).eventTimeMs;
    if (time <= eventTimeMs - seconds * 1000) break;
    if (time <= eventTimeMs) count++;
  }
  return count;
}
