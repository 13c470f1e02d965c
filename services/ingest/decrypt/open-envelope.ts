// The two AES rounds of WeCom's envelope (measured against the Finance SDK; the algorithm has been one from 2020 to v3.0):
// half of the key material lies in the message itself, the other half comes out of the RSA-encrypted random key.
import { isAscii } from 'node:buffer';
import { createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { BODY_FAILED, type FailureCode, KEY_MISFIT, TOO_SHORT } from './decrypt-task.ts';
import { type KeyInfo, readKeyInfo } from './read-key-info.ts';

const FILLER = 13;
const KEY = 32;
const IV = 16;

/**
 * The plaintext, or a code. `encryptKey`: the RSA plaintext, ASCII base64, unchanged. `message`: bytes of `encrypt_chat_msg`, a text with
 * filler in three places. `KEY_MISFIT` corresponds to the SDK's 10008 and 10005, `BODY_FAILED` to its 10006. Never throws.
 * There is no MAC: a flipped byte may give damaged text, so the result must be parsed strictly.
 */
export function openEnvelope(encryptKey: string, message: Buffer): Buffer | FailureCode {
  if (message.length < FILLER + KEY) return TOO_SHORT;
  const info = decryptRound(encryptKey, message.subarray(FILLER, FILLER + KEY));
  const key = info === undefined ? undefined : readKeyInfo(info);
  if (key === undefined || key.sLength <= 0 || 2 * key.sLength >= message.length) return KEY_MISFIT;
  return decryptRound(withoutFiller(message, key), key.k1) ?? BODY_FAILED;
}

/** The SDK counts bytes; as Latin-1 each is one character. */
function withoutFiller(message: Buffer, { preLength, sLength, endLength }: KeyInfo): string {
  const from = FILLER + KEY + preLength;
  const to = Math.max(from, message.length - endLength);
  return (
    message.toString('latin1', from, Math.min(from + sLength, to)) +
    message.toString('latin1', Math.min(from + 2 * sLength, to), to)
  );
}

/** AES-256-CBC with PKCS#7; IV = first block of the ciphertext; the key is cut or zero-padded to 32 bytes. */
function decryptRound(ciphertext: string, key: Buffer): Buffer | undefined {
  const raw = Buffer.from(ciphertext, 'base64');
  if (raw.length < 2 * IV || raw.length % IV !== 0) return undefined;
  // Without automatic padding everything comes out of one call, and the padding is one byte to look at instead of two calls and a copy.
  const decipher = createDecipheriv('aes-256-cbc', keyOf(key), raw.subarray(0, IV)).setAutoPadding(false);
  return withoutPadding(decipher.update(raw.subarray(IV)));
}

/** PKCS#7 (RFC 5652 §6.3): n bytes of value n, 1..16. `undefined` when the end is anything else. */
function withoutPadding(padded: Buffer): Buffer | undefined {
  const count = padded.at(-1) ?? 0;
  const end = padded.length - count;
  if (count < 1 || count > IV || end < 0) return undefined;
  for (let at = end; at < padded.length; at++) if (padded[at] !== count) return undefined;
  return padded.subarray(0, end);
}

/**
 * Never the bytes as they are: Node 24 spends 10 µs on finding out what a plain buffer is, more than on the decryption. A string it takes at
 * once, and in ASCII, which WeCom's keys are, string and bytes are the same.
 */
function keyOf(key: Buffer): string | KeyObject {
  if (key.length === KEY && isAscii(key)) return key.toString('latin1');
  const padded = Buffer.alloc(KEY);
  key.copy(padded, 0, 0, KEY);
  return createSecretKey(padded);
}
