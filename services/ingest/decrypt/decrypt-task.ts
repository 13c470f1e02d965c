// How work travels to a decrypt worker and back: each way one block of bytes that is handed over and not copied.
// Request: count, then for each entry [key version, length of random key, length of message], then the bytes. Answer: for each entry
// [length of plaintext, or a negative code], then the bytes. All numbers 32 bits.
import type { DeadReason } from '@menshen/contracts/dead-letter';

export interface SealedEntry {
  readonly publickeyVer: number;
  /** Base64 as pulled. */
  readonly encryptRandomKey: Uint8Array;
  readonly encryptChatMsg: Uint8Array;
}

export type Decrypted =
  | { readonly ok: true; readonly plaintext: Buffer }
  | { readonly ok: false; readonly reason: DeadReason; readonly detail: string };

/** What a worker may say of an entry instead of a length; the place in the list is the code. */
const FAILURES: readonly { readonly reason: DeadReason; readonly detail: string }[] = [
  { reason: 'unknown-key-version', detail: 'there is no private key of this version' },
  { reason: 'key-failed', detail: 'the private key of this version does not open the random key' },
  { reason: 'key-failed', detail: 'the random key does not fit the message' },
  { reason: 'decrypt-failed', detail: 'encrypt_chat_msg is too short' },
  { reason: 'decrypt-failed', detail: 'the body does not decrypt' },
];
export type FailureCode = 0 | 1 | 2 | 3 | 4;
export const UNKNOWN_VERSION = 0;
export const KEY_FAILED = 1;
export const KEY_MISFIT = 2;
export const TOO_SHORT = 3;
export const BODY_FAILED = 4;

const WORD = 4;
const REQUEST_WORDS = 3;

export function packRequest(entries: readonly SealedEntry[]): ArrayBuffer {
  const head = WORD * (1 + REQUEST_WORDS * entries.length);
  const size = entries.reduce(
    (sum, { encryptRandomKey, encryptChatMsg }) => sum + encryptRandomKey.length + encryptChatMsg.length,
    head,
  );
  const packed = new ArrayBuffer(size);
  const words = new Int32Array(packed, 0, head / WORD);
  const bytes = new Uint8Array(packed);
  words[0] = entries.length;
  let at = head;
  entries.forEach(({ publickeyVer, encryptRandomKey, encryptChatMsg }, index) => {
    words.set([publickeyVer, encryptRandomKey.length, encryptChatMsg.length], 1 + REQUEST_WORDS * index);
    bytes.set(encryptRandomKey, at);
    at += encryptRandomKey.length;
    bytes.set(encryptChatMsg, at);
    at += encryptChatMsg.length;
  });
  return packed;
}

export interface RequestEntry {
  readonly publickeyVer: number;
  readonly encryptRandomKey: Buffer;
  readonly encryptChatMsg: Buffer;
}

/** Views on the request. */
export function unpackRequest(packed: ArrayBuffer): RequestEntry[] {
  const words = new Int32Array(packed, 0, 1 + REQUEST_WORDS * (new Int32Array(packed, 0, 1)[0] ?? 0));
  const entries: RequestEntry[] = [];
  let at = words.byteLength;
  for (let word = 1; word < words.length; word += REQUEST_WORDS) {
    const [publickeyVer = 0, keyLength = 0, messageLength = 0] = words.subarray(word, word + REQUEST_WORDS);
    const encryptRandomKey = Buffer.from(packed, at, keyLength);
    const encryptChatMsg = Buffer.from(packed, at + keyLength, messageLength);
    entries.push({ publickeyVer, encryptRandomKey, encryptChatMsg });
    at += keyLength + messageLength;
  }
  return entries;
}

export function packAnswer(outcomes: readonly (Buffer | FailureCode)[]): ArrayBuffer {
  const head = WORD * outcomes.length;
  const size = outcomes.reduce<number>(
    (sum, outcome) => sum + (typeof outcome === 'number' ? 0 : outcome.length),
    head,
  );
  const packed = new ArrayBuffer(size);
  const words = new Int32Array(packed, 0, outcomes.length);
  const bytes = new Uint8Array(packed);
  let at = head;
  outcomes.forEach((outcome, index) => {
    words[index] = typeof outcome === 'number' ? -1 - outcome : outcome.length;
    if (typeof outcome === 'number') return;
    bytes.set(outcome, at);
    at += outcome.length;
  });
  return packed;
}

/** Plaintexts are views on the answer. */
export function unpackAnswer(packed: ArrayBuffer, count: number): Decrypted[] {
  const words = new Int32Array(packed, 0, count);
  let at = words.byteLength;
  return Array.from(words, (word): Decrypted => {
    const failure = FAILURES[-1 - word];
    if (failure !== undefined) return { ok: false, ...failure };
    const plaintext = Buffer.from(packed, at, word);
    at += word;
    return { ok: true, plaintext };
  });
}
