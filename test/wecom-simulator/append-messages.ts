// Messages that a test or a person puts into the simulated WeCom from outside, beside the story it tells.
import type { MediaShelf } from './media-shelf.ts';
import {
  type AppendAt,
  ENTRY_DAMAGES,
  type EntryDamage,
  type MessageLog,
  type SourceMessage,
} from './message-log.ts';
import { type PlacedMedia, placeMedia } from './place-media.ts';

/** Numbers of appended messages: beyond those of any story. */
const APPENDED_FROM = 900_000_000_000;

export interface AppendTarget {
  readonly log: MessageLog;
  readonly shelf: MediaShelf;
}

export interface Appended {
  /** Plaintext of the message; msgid and msgtime are made when they are missing. */
  readonly message: Readonly<Record<string, unknown>>;
  readonly damage?: EntryDamage;
  /** Seqs left out before it, as WeCom does. */
  readonly skipSeqs?: number;
  /** Files put on the shelf; their sdkfileid, md5sum and size are written into the message at `path`. */
  readonly media?: readonly PlacedMedia[];
}

/**
 * NDJSON of {@link Appended}, or one `{"messages": [Appended …]}`; the answer names seq and msgid of each.
 * What is appended exists at once, whatever of the story is still to come. Throws when an entry is not understood; then nothing is appended.
 */
export function appendMessages(
  to: AppendTarget,
  text: string,
  nowMs: number,
): { seq: number; msgid: string }[] {
  const first = APPENDED_FROM + to.log.size();
  const prepared = readEntries(text)
    .map(checkEntry)
    .map((entry, index) => prepare(entry, { shelf: to.shelf, number: first + index, nowMs }));
  return prepared.map(({ source, at }) => ({ seq: to.log.append(source, at).seq, msgid: source.msgid }));
}

function readEntries(text: string): readonly unknown[] {
  const whole = tryJson(text);
  if (isRecord(whole) && Array.isArray(whole['messages'])) return whole['messages'];
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line));
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function checkEntry(entry: unknown): Appended {
  if (!isRecord(entry) || !isRecord(entry['message']))
    throw new Error('append: every entry is {"message": {…}, damage?, skipSeqs?, media?}');
  const { damage, skipSeqs = 0 } = entry;
  if (damage !== undefined && !ENTRY_DAMAGES.includes(damage as EntryDamage))
    throw new Error(`no damage is called ${String(damage)}; known: ${ENTRY_DAMAGES.join(', ')}`);
  if (!Number.isSafeInteger(skipSeqs) || Number(skipSeqs) < 0)
    throw new Error('append: skipSeqs must be a whole number');
  return entry as unknown as Appended;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

interface Prepared {
  readonly source: SourceMessage;
  readonly at: AppendAt;
}

function prepare(
  { message, damage, skipSeqs, media = [] }: Appended,
  on: { readonly shelf: MediaShelf; readonly number: number; readonly nowMs: number },
): Prepared {
  const msgid = typeof message['msgid'] === 'string' ? message['msgid'] : `${on.number}_${on.nowMs}`;
  const placed = placeMedia(message, media, on);
  const source = {
    msgid,
    msgtype: String(message['msgtype'] ?? 'switch'),
    plaintext: JSON.stringify({ ...placed.message, msgid, msgtime: message['msgtime'] ?? on.nowMs }),
    media: placed.hashes,
    planted: [],
  };
  const at = {
    createdAtMs: on.nowMs,
    ...(damage === undefined ? {} : { damage }),
    ...(skipSeqs === undefined ? {} : { skipSeqs }),
  };
  return { source, at };
}
