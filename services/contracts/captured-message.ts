// A message as it travels: a stamp made at capture, the exact decrypted bytes, and the envelope as pulled.
// Evaluation reads only this: whatever a policy may ask about sender, recipients or directory was stamped when the message came.
import type { Decimal } from './decimal.ts';
import type { Digest } from './digest.ts';
import { encodeStamp } from './encode-stamp.ts';
import { decodeFrame, encodeFrame } from './frame.ts';
import type { FrameBlock } from './frame-block.ts';
import type { ModelAnswer } from './model-answer.ts';

export type ParticipantKind = 'Staff' | 'External' | 'Robot' | 'Unknown';
export type Direction = 'Internal' | 'Inbound' | 'Outbound' | 'Unknown';
export type ConversationKind = 'Direct' | 'Group';
export type Consent = 'Agreed' | 'Disagreed' | 'NotRequired' | 'Unknown';

export interface Sender {
  readonly id: string;
  readonly kind: ParticipantKind;
  readonly name: string;
  /** Paths from the root, e.g. `Acme/Sales/East`. A member may be in several. */
  readonly departments: readonly string[];
}

/** Recipients in sum: a group may have thousands, and their ids are in the message itself. */
export interface Recipients {
  readonly staff: number;
  readonly external: number;
  readonly robot: number;
  readonly unknown: number;
  /** Distinct department paths of all staff recipients, sorted. */
  readonly departments: readonly string[];
}

export interface MediaFact {
  /** As in `listMedia`: `image`, `chatrecord.item[3]` … */
  readonly path: string;
  readonly state: 'Stored' | 'Gap';
  /** Present when stored. The medium's identity: SHA-256 of its plaintext. */
  readonly sha256?: Digest;
  readonly sizeBytes?: number;
  readonly objectKey?: string;
  /** WeCom's md5sum and size are claims: `Match`, `Mismatch`, or `NotClaimed`. */
  readonly claim?: 'Match' | 'Mismatch' | 'NotClaimed';
  /** Present for a gap: why, and whether it is still retried. */
  readonly cause?: string;
  readonly final?: boolean;
  /** Present for a gap: when it was noticed, or became final. */
  readonly detectedAtMs?: number;
}

/** ALL facts derived so far. Version 0 is the message as captured; the store keeps the highest version. */
export interface DerivedFacts {
  readonly version: number;
  readonly media: readonly MediaFact[];
  /** Kinds of facts still to come, e.g. `media`. */
  readonly pending: readonly string[];
  /** Answers of model servers that came after the message was judged without them. */
  readonly models?: readonly ModelAnswer[];
}

export interface CaptureStamp {
  readonly corpId: string;
  /** Identity of the capture within the corp. */
  readonly seq: Decimal;
  readonly msgid: string;
  /** msgtype as WeCom wrote it. */
  readonly msgtype: string;
  readonly publickeyVer: number;
  readonly capturedAtMs: number;
  /** A function of the bytes: msgtime when plausible, else the epoch in the msgid, else 0. */
  readonly eventTimeMs: number;
  /** roomid, or `direct:` + the sorted pair. */
  readonly conversationId: string;
  readonly conversationKind: ConversationKind;
  readonly partition: number;
  readonly direction: Direction;
  readonly sender: Sender;
  readonly recipients: Recipients;
  readonly directoryVersion: number;
  readonly consent: Consent;
  /** Content that came after `disagree`: archived, alarmed, never scanned. */
  readonly quarantined: boolean;
  /** salt and digest over the exact decrypted bytes; salt is base64 of 32 bytes. */
  readonly salt: string;
  readonly digest: Digest;
  readonly facts: DerivedFacts;
  /** Set when the bytes were too large for the stream (over 512 KiB) and lie in the object store instead. */
  readonly body?: { readonly objectKey: string; readonly sizeBytes: number };
}

/** The envelope of one message exactly as `getchatdata` gave it (WeCom developer page p/91774). */
export interface Envelope {
  readonly seq: Decimal;
  readonly msgid: string;
  readonly publickey_ver: number;
  readonly encrypt_random_key: string;
  readonly encrypt_chat_msg: string;
}

export interface CapturedMessage {
  readonly stamp: CaptureStamp;
  /** Exact decrypted bytes. Empty when `stamp.body` refers to an object. */
  readonly raw: Uint8Array;
  /** JSON of the envelope as pulled; empty on an enriched event, which repeats the message but not its proof. */
  readonly envelope: Uint8Array;
}

/** Bytes beyond which raw + envelope go to an object written before the page commits (a NATS payload ends at 1 MiB). */
export const LARGE_MESSAGE_BYTES = 512 * 1024;

export function encodeCaptured(message: CapturedMessage): Buffer {
  return encodeFrame([Buffer.from(encodeStamp(message.stamp), 'latin1'), message.raw, message.envelope]);
}

/** The same bytes, written beside other messages of their page. */
export function writeCaptured(message: CapturedMessage, block: FrameBlock): Buffer {
  return block.write(encodeStamp(message.stamp), [message.raw, message.envelope]);
}

/** Inverse of {@link encodeCaptured}. Throws on a damaged frame. */
export function decodeCaptured(payload: Uint8Array): CapturedMessage {
  return decodeWithStamp(payload).message;
}

/** The message, and the bytes of its stamp as they came. Throws on a damaged frame. */
export function decodeWithStamp(payload: Uint8Array): {
  readonly message: CapturedMessage;
  readonly stampJson: Buffer;
} {
  const [stampJson, raw, envelope] = decodeFrame(payload);
  if (stampJson === undefined || raw === undefined || envelope === undefined)
    throw new Error('damaged message frame: 3 parts expected');
  const stamp = JSON.parse(stampJson.toString('utf8')) as CaptureStamp;
  return { message: { stamp, raw, envelope }, stampJson };
}

/**
 * A large message's object: frame of raw and envelope. The key is content-addressed by the salted digest,
 * so a retried page writes the same object again.
 */
export function largeMessageKey(corpId: string, digest: Digest): string {
  return `${corpId}/large/${digest.slice('sha256:'.length)}`;
}
