// The two AES rounds of WeCom's envelope (measured against the Finance SDK; the algorithm has been one from 2020 to v3.0):
// half of the key material lies in the message itself, the other half comes out of the RSA-encrypted random key.
import { createDecipheriv, createSecretKey } from 'node:crypto';
import { type KeyInfo, readKeyInfo } from './read-key-info.ts';

export type OpenedEnvelope =
  | { readonly ok: true; readonly plaintext: Buffer }
  | { readonly ok: false; readonly reason: 'key-failed' | 'decrypt-failed'; readonly detail: string };

const FILLER = 13;
const KEY = 32;
const IV = 16;

/**
 * `encryptKey`: the RSA plaintext, ASCII base64, unchanged. `message`: `encrypt_chat_msg`, a text with filler in three places.
 * `key-failed` corresponds to the SDK's 10008 and 10005, `decrypt-failed` to its 10006. Never throws. There is no MAC:
 * a flipped byte may give ok with damaged text, so the result must be parsed strictly.
 */
export function openEnvelope(encryptKey: string, message: string): OpenedEnvelope {
  if (message.length < FILLER + KEY)
    return failed(
      'decrypt-failed',
      `encrypt_chat_msg has ${message.length} characters, at least ${FILLER + KEY} are needed`,
    );
  const info = decryptRound(encryptKey, message.slice(FILLER, FILLER + KEY));
  if (info === undefined)
    return failed('key-failed', 'the random key does not open with the key of the message');
  const key = readKeyInfo(info);
  if (key === undefined || key.sLength <= 0 || 2 * key.sLength >= message.length)
    return failed('key-failed', 'the key information is not in its form');
  const plaintext = decryptRound(withoutFiller(message, key), key.k1);
  return plaintext === undefined
    ? failed('decrypt-failed', 'the body does not decrypt')
    : { ok: true, plaintext };
}

function failed(reason: 'key-failed' | 'decrypt-failed', detail: string): OpenedEnvelope {
  return { ok: false, reason, detail };
}

function withoutFiller(message: string, key: KeyInfo): string {
  const body = message.slice(FILLER + KEY + key.preLength);
  const joined = body.slice(0, key.sLength) + body.slice(2 * key.sLength);
  return key.endLength > 0 ? joined.slice(0, -key.endLength) : joined;
}

/** AES-256-CBC with PKCS#7; IV = first block of the ciphertext; the key is cut or zero-padded to 32 bytes. */
function decryptRound(ciphertext: string, key: string | Buffer): Buffer | undefined {
  const raw = Buffer.from(ciphertext, 'base64');
  if (raw.length < 2 * IV || raw.length % IV !== 0) return undefined;
  try {
    // A KeyObject and not the bytes: Node 24 spends 10 µs on finding out what a plain buffer is, more than on the decryption.
    const decipher = createDecipheriv('aes-256-cbc', createSecretKey(keyOf(key)), raw.subarray(0, IV));
    const head = decipher.update(raw.subarray(IV));
    const tail = decipher.final();
    return tail.length === 0 ? head : Buffer.concat([head, tail]);
  } catch {
    return undefined;
  }
}

function keyOf(key: string | Buffer): Buffer {
  const bytes = typeof key === 'string' ? Buffer.from(key, 'latin1') : key;
  if (bytes.length === KEY) return bytes;
  const padded = Buffer.alloc(KEY);
  bytes.copy(padded, 0, 0, KEY);
  return padded;
}
