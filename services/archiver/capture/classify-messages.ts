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

/**
 * Which messages of a batch have a msgid. Asked of few batches: so a batch is read again when the first question comes, and no message of it
 * has to be kept until then.
 */
export class BatchMemory {
  readonly firstSequence: number;
  readonly #readAgain: () => Promise<readonly MessageEvent[]>;
  #byMsgid: Map<string, Earlier[]> | undefined;

  /** `readAgain` gives every message of the batch in stream order. */
  constructor(firstSequence: number, readAgain: () => Promise<readonly MessageEvent[]>) {
    this.firstSequence = firstSequence;
    this.#readAgain = readAgain;
  }

  /** In stream order. Rejects when the batch cannot be read. */
  async byMsgid(): Promise<ReadonlyMap<string, readonly Earlier[]>> {
    this.#byMsgid ??= indexByMsgid(await this.#readAgain());
    return this.#byMsgid;
  }
}

function indexByMsgid(events: readonly MessageEvent[]): Map<string, Earlier[]> {
  const index = new Map<string, Earlier[]>();
  for (const event of events) {
    const { msgid } = event.message.stamp;
    const known = index.get(msgid);
    if (known === undefined) index.set(msgid, [toEarlier(event)]);
    else known.push(toEarlier(event));
  }
  return index;
}

interface Earlier {
  readonly seq: string;
  readonly streamSequence: number;
  readonly capturedAtMs: number;
  readonly raw: Buffer;
}

const NEW: MessageClass = { kind: 'New' };
const NONE: ReadonlyMap<string, readonly Earlier[]> = new Map();

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

  /**
   * One class for each message; messages are given in stream order, and `batch` is what they are a part of. Rejects when ClickHouse is away.
   */
  async classify(events: readonly MessageEvent[], batch: BatchMemory): Promise<MessageClass[]> {
    const suspects = new Set<string>();
    for (const { message } of events) {
      const { msgid } = message.stamp;
      if (this.#seen.meet(msgid)) suspects.add(msgid);
    }
    const archived = await this.#readArchived([...suspects], batch.firstSequence);
    const inBatch = suspects.size === 0 ? NONE : await batch.byMsgid();
    return events.map((event) => {
      const { msgid } = event.message.stamp;
      if (!suspects.has(msgid)) return NEW;
      const earlier = [...(archived.get(msgid) ?? []), ...(inBatch.get(msgid) ?? [])];
      return classOf(
        event,
        earlier.filter((one) => isBefore(one, event)),
      );
    });
  }

  /** What the batch itself archived in an earlier attempt is left out: it is classified anew, in order. */
  async #readArchived(msgids: readonly string[], before: number): Promise<Map<string, Earlier[]>> {
    const archived = new Map<string, Earlier[]>();
    for (let from = 0; from < msgids.length; from += MSGIDS_PER_QUERY)
      for (const row of await this.#query(msgids.slice(from, from + MSGIDS_PER_QUERY), before)) {
        const known = archived.get(row.msgid) ?? [];
        archived.set(row.msgid, known);
        known.push({
          seq: row.seq,
          streamSequence: Number(row.streamSequence),
          capturedAtMs: Number(row.capturedAtMs),
          raw: Buffer.from(row.raw),
        });
      }
    return archived;
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
