// The record: one immutable object per run of stream events, readable without anything else of Menshen.
//
//   segment = header line, one zstd frame per event, zstd frame of the index, trailer
//   header  = `menshen-segment-1 <corpId> <first stream sequence> <last stream sequence>\n`
//   event   = a frame (contracts/frame): message → [stamp without salt, exact decrypted bytes, envelope], dead → [head without salt, raw, envelope],
//             enriched → [stamp without salt] (the bytes are with the message), page → [manifest], unreadable → [subject, payload as it came];
//             judgements and notice → [payload as published]
//   index   = JSON lines `[streamSequence, kind, seq, offset, length, CRC-32 of the frame]`
//   trailer = offset of the index's frame (8 bytes, big endian), its length and its CRC-32 (4 bytes each), `MSEG`
//
// Events of the capture stream and of the outcome stream lie in segments of their own, under `<corpId>/segments/` and `<corpId>/outcomes/`.
// Salts are not in it: they lie beside it in `<segment>.salts`, which may be rewritten, so that forgetting a salt makes digests unguessable.
import type { CaptureEventKind } from '@menshen/contracts/subjects';

/** What a segment holds: events of one stream, and what lay there that nobody can read. */
export type SegmentEventKind = CaptureEventKind | 'judgements' | 'notice' | 'unreadable';

export interface SegmentEvent {
  readonly streamSequence: number;
  readonly kind: SegmentEventKind;
  /** seq of the message or dead letter, the cursor of a page, "0" for anything else. */
  readonly seq: string;
  /** The parts listed above. */
  readonly parts: readonly Uint8Array[];
  /** base64; `''` where there is none. */
  readonly salt: string;
}

export interface IndexEntry {
  readonly streamSequence: number;
  readonly kind: SegmentEventKind;
  readonly seq: string;
  readonly offset: number;
  readonly length: number;
  readonly crc: number;
}

export const SEGMENT_MAGIC = 'menshen-segment-1';
export const TRAILER_MAGIC = 'MSEG';
export const TRAILER_BYTES = 20;

/** Digits enough for any safe integer, so that keys sort as their sequences do. */
const SEQUENCE_DIGITS = 16;

export const segmentPrefix = (corpId: string): string => `${corpId}/segments/`;
export const outcomePrefix = (corpId: string): string => `${corpId}/outcomes/`;

/** Two attempts at the same run of events have the same key. */
export function segmentKey(prefix: string, firstSequence: number, lastSequence: number): string {
  return `${prefix}${padded(firstSequence)}-${padded(lastSequence)}`;
}

const padded = (sequence: number): string => String(sequence).padStart(SEQUENCE_DIGITS, '0');

export const saltsKey = (segment: string): string => `${segment}.salts`;

/** The range a key names; `undefined` for the key of a sidecar or of anything else. */
export function parseSegmentKey(key: string): { first: number; last: number } | undefined {
  const match = /\/(?:segments|outcomes)\/(\d{16})-(\d{16})$/.exec(key);
  return match === null ? undefined : { first: Number(match[1]), last: Number(match[2]) };
}

/** The object is not a segment, or is damaged. */
export class SegmentDamaged extends Error {
  constructor(what: string) {
    super(`damaged segment: ${what}`);
    this.name = 'SegmentDamaged';
  }
}
