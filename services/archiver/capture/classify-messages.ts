// Is a message new, the same again, or another one under a known msgid? The answer depends on the stream before it alone,
// so a retry, another archiver and a rebuild all give the same one.
import type { ClickHouse } from '@menshen/clickhouse/client';
import type { CapturedMessage } from '@menshen/contracts/captured-message';
import { MSGID_HASH_SQL, MsgidSet } from './msgid-set.ts';

/** WeCom serves a message for 5 days: what comes later with the same msgid is not a second delivery of it, ms. */
const LOOK_BACK_MS = 6 * 24 * 3600 * 1000;

const LATELY = 'WHERE capturedAt >= fromUnixTimestamp64Milli({since: Int64})';
/** An answer is held in memory at once. */
const HASHES_PER_QUERY = 500_000;
/** Parameters travel in the URL, which the server limits to 1 MiB. */
const MSGIDS_PER_QUERY = 1_000;

export type MessageClass =
  | { readonly kind: 'New' }
  /** Same bytes under another seq. */
  | { readonly kind: 'Redelivery'; readonly firstSeq: string }
  /** Other bytes under the same msgid. Both are kept. */
  | { readonly kind: 'Conflict'; readonly firstSeq: string }
  /** The same capture once more: the same seq with the same bytes. It is in the record already. */
  | { readonly kind: 'Repetition' };

export interface MessageEvent {
  readonly streamSequence: number;
  readonly message: CapturedMessage;
}

interface Earlier {
  readonly seq: string;
  readonly streamSequence: number;
  readonly capturedAtMs: number;
  readonly raw: Buffer;
}

const NEW: MessageClass = { kind: 'New' };

export class MessageClassifier {
  readonly #clickhouse: ClickHouse;
  #seen = new MsgidSet();

  constructor(clickhouse: ClickHouse) {
    this.#clickhouse = clickhouse;
  }

  /** Learns the msgids that matter to messages captured from then on. Rejects when ClickHouse is away. */
  async fill(capturedFromMs: number): Promise<void> {
    const since = Math.max(0, capturedFromMs - LOOK_BACK_MS);
    const [total] = await this.#clickhouse.query<{ n: string }>(
      `SELECT count() AS n FROM messages ${LATELY}`,
      {
        since,
      },
    );
    const parts = Math.max(1, Math.ceil(Number(total?.n ?? 0) / HASHES_PER_QUERY));
    const seen = new MsgidSet();
    for (let part = 0; part < parts; part++) {
      const rows = await this.#clickhouse.query<{ hash: number }>(
        `SELECT ${MSGID_HASH_SQL} AS hash FROM messages ${LATELY} AND hash % {parts: UInt32} = {part: UInt32}`,
        { since, parts, part },
      );
      for (const { hash } of rows) seen.addHash(hash);
    }
    this.#seen = seen;
  }

  /** One class for each message, which must be in stream order. Rejects when ClickHouse is away. */
  async classify(events: readonly MessageEvent[]): Promise<MessageClass[]> {
    const earlier = await this.#readEarlier(events);
    return events.map((event) => {
      const { stamp } = event.message;
      const candidates = earlier.get(stamp.msgid);
      if (candidates === undefined) return NEW;
      const known = candidates.filter((one) => isBefore(one, event));
      const found = classOf(event, known);
      if (found.kind === 'New' || found.kind === 'Conflict') candidates.push(toEarlier(event));
      return found;
    });
  }

  /** What is archived under the msgids that were perhaps seen, or that the batch itself has twice. */
  async #readEarlier(events: readonly MessageEvent[]): Promise<Map<string, Earlier[]>> {
    const suspects = new Map<string, Earlier[]>();
    const archived: string[] = [];
    for (const { message } of events) {
      const { msgid } = message.stamp;
      if (!this.#seen.meet(msgid) || suspects.has(msgid)) continue;
      archived.push(msgid);
      suspects.set(msgid, []);
    }
    // What the batch itself archived in an earlier attempt is left out: it is classified anew, in order.
    const before = events[0]?.streamSequence ?? 0;
    for (let from = 0; from < archived.length; from += MSGIDS_PER_QUERY)
      for (const row of await this.#query(archived.slice(from, from + MSGIDS_PER_QUERY), before))
        suspects.get(row.msgid)?.push({
          seq: row.seq,
          streamSequence: Number(row.streamSequence),
          capturedAtMs: Number(row.capturedAtMs),
          raw: Buffer.from(row.raw),
        });
    return suspects;
  }

  #query(msgids: readonly string[], before: number): Promise<ArchivedRow[]> {
    return this.#clickhouse.query<ArchivedRow>(
      `SELECT msgid, seq, streamSequence, toUnixTimestamp64Milli(capturedAt) AS capturedAtMs, raw
FROM messages WHERE msgid IN {msgids: Array(String)} AND streamSequence < {before: UInt64} ORDER BY streamSequence`,
      { msgids, before },
    );
  }
}

interface ArchivedRow {
  readonly msgid: string;
  readonly seq: string;
  readonly streamSequence: string;
  readonly capturedAtMs: string;
  readonly raw: string;
}

function isBefore(one: Earlier, event: MessageEvent): boolean {
  return (
    one.streamSequence < event.streamSequence &&
    one.capturedAtMs >= event.message.stamp.capturedAtMs - LOOK_BACK_MS
  );
}

function classOf(event: MessageEvent, known: readonly Earlier[]): MessageClass {
  const { stamp, raw } = event.message;
  const same = known.find((one) => one.raw.equals(raw));
  if (same !== undefined)
    return same.seq === stamp.seq ? { kind: 'Repetition' } : { kind: 'Redelivery', firstSeq: same.seq };
  const first = known[0];
  return first === undefined ? NEW : { kind: 'Conflict', firstSeq: first.seq };
}

function toEarlier({ streamSequence, message }: MessageEvent): Earlier {
  const { seq, capturedAtMs } = message.stamp;
  return { seq, streamSequence, capturedAtMs, raw: Buffer.from(message.raw) };
}
