// What could not become a message: kept raw with the reason, counted, visible, replayable. One poison message stops nothing.
import type { Decimal } from './decimal.ts';
import type { Digest } from './digest.ts';
import { decodeFrame, encodeFrame } from './frame.ts';

/** Why. These are the last token of the subject `wecom.<corpId>.dead.<reason>`. */
export type DeadReason =
  | 'unknown-key-version' // no private key of that version: replayed by itself when the key comes
  | 'key-failed' // RSA gave no usable random key: wrong private key for this version, or a damaged random key
  | 'decrypt-failed' // the envelope's two AES rounds failed
  | 'not-json' // decrypted, but the bytes are not JSON (the envelope has no MAC)
  | 'invalid-message' // JSON without a usable head
  | 'malformed-envelope' // an entry of chatdata lacks its fields
  | 'poison'; // a consumer failed on it alone, in a process of its own

export interface DeadLetterHead {
  readonly corpId: string;
  readonly seq: Decimal;
  readonly msgid: string;
  readonly publickeyVer: number;
  readonly reason: DeadReason;
  /** For people; names fields and lengths, never content. */
  readonly detail: string;
  readonly capturedAtMs: number;
  readonly salt: string;
  /** Salted digest over the envelope, the only bytes that are always there. */
  readonly digest: Digest;
  /** Set when the bytes were too large for the stream: a frame of raw and envelope lies under this key (`largeMessageKey`), and both are empty here. */
  readonly body?: { readonly objectKey: string; readonly sizeBytes: number };
}

export interface DeadLetter {
  readonly head: DeadLetterHead;
  /** Decrypted bytes as far as decryption came; empty otherwise. */
  readonly raw: Uint8Array;
  readonly envelope: Uint8Array;
}

export function encodeDeadLetter(letter: DeadLetter): Buffer {
  return encodeFrame([Buffer.from(JSON.stringify(letter.head)), letter.raw, letter.envelope]);
}

/** Inverse of {@link encodeDeadLetter}. Throws on a damaged frame. */
export function decodeDeadLetter(payload: Uint8Array): DeadLetter {
  const [head, raw, envelope] = decodeFrame(payload);
  if (head === undefined || raw === undefined || envelope === undefined)
    throw new Error('damaged dead letter frame: 3 parts expected');
  return { head: JSON.parse(head.toString('utf8')) as DeadLetterHead, raw, envelope };
}
