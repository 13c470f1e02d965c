// Seals a message as WeCom does (the mirror image of what the Finance SDK opens, measured on it): half of the key material in the message,
// the other half under RSA. Shares no code with our reader.
import { constants, createCipheriv, type KeyObject, publicEncrypt } from 'node:crypto';

export interface SealedMessage {
  readonly encrypt_random_key: string;
  readonly encrypt_chat_msg: string;
}

/** Random bytes on demand; a seeded source makes a page the same on every start. */
export type RandomBytes = (length: number) => Buffer;

const FILLER_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** How many characters that mean nothing a message carries, and where. */
export interface FillerLengths {
  /** Behind the first key. */
  readonly pre: number;
  /** At the end. */
  readonly end: number;
  /** In the middle, behind as many characters of the ciphertext; at least 1. */
  readonly s: number;
}

/** `publicKey`: RSA-2048. The same source of bytes gives the same text, the RSA part included. */
export function sealMessage(plaintext: Buffer, publicKey: KeyObject, random: RandomBytes): SealedMessage {
  const lengths = random(4);
  const filler = {
    pre: (lengths[0] ?? 0) % 24,
    end: (lengths[1] ?? 0) % 24,
    s: 1 + ((lengths[2] ?? 0) % 24),
  };
  const { encryptKey, encryptChatMsg } = sealText(plaintext, filler, random);
  const sealedKey = publicEncrypt(
    { key: publicKey, padding: constants.RSA_NO_PADDING },
    padPkcs1(Buffer.from(encryptKey, 'latin1'), random),
  );
  return { encrypt_random_key: sealedKey.toString('base64'), encrypt_chat_msg: encryptChatMsg };
}

/** The symmetric half: `DecryptData(encryptKey, encryptChatMsg)` is the plaintext. */
export function sealText(
  plaintext: Buffer,
  lengths: FillerLengths,
  random: RandomBytes,
): { readonly encryptKey: string; readonly encryptChatMsg: string } {
  const { pre, end, s } = lengths;
  const outerKey = printable(random(32));
  const innerKey = printable(random(32));
  const info = Buffer.concat([
    Buffer.from([0x0a, 32]),
    Buffer.from(innerKey, 'latin1'),
    Buffer.from([0x10, pre, 0x18, end, 0x20, s]),
  ]);
  const encryptKey = encryptRound(info, outerKey, random(16));
  const body = encryptRound(plaintext, innerKey, random(16));
  const filler = printable(random(13 + pre + s + end));
  const spliced = body.slice(0, s) + filler.slice(13 + pre, 13 + pre + s) + body.slice(s);
  return {
    encryptKey,
    encryptChatMsg:
      filler.slice(0, 13) + outerKey + filler.slice(13, 13 + pre) + spliced + filler.slice(13 + pre + s),
  };
}

const RSA_BYTES = 256;

/** PKCS#1 v1.5 by hand (00 02, bytes other than 0, 00, message): OpenSSL's padding is random, and a page must be the same on every start. */
function padPkcs1(message: Buffer, random: RandomBytes): Buffer {
  const padding = random(RSA_BYTES - 3 - message.length);
  for (const [i, byte] of padding.entries()) padding[i] = 1 + (byte % 255);
  return Buffer.concat([Buffer.from([0, 2]), padding, Buffer.from([0]), message]);
}

/** base64(IV ‖ AES-256-CBC(plaintext, PKCS#7)); the key is 32 characters taken literally. */
function encryptRound(plaintext: Buffer, key: string, iv: Buffer): string {
  const cipher = createCipheriv('aes-256-cbc', Buffer.from(key, 'latin1'), iv);
  return Buffer.concat([iv, cipher.update(plaintext), cipher.final()]).toString('base64');
}

function printable(bytes: Buffer): string {
  let text = '';
  for (const byte of bytes) text += FILLER_CHARACTERS[byte & 63];
  return text;
}

/**
 * Encrypts whole blocks of a file: AES-128-ECB with PKCS#7 over the whole of it (measured), so only the last block has padding.
 * `padding` = bytes of it within this range.
 */
export function sealMediaRange(plaintext: Buffer, key: Buffer, padding: number): Buffer {
  const cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false);
  return Buffer.concat([cipher.update(plaintext), cipher.update(Buffer.alloc(padding, padding))]);
}

/** sdkfileid: base64 of protobuf { 1 fileid, 2 authkey, 3 aeskey as 32 hex characters }. */
export function sdkFileId(parts: {
  readonly fileid: string;
  readonly authkey: string;
  readonly aesKey: Buffer;
}): string {
  const field = (number: number, text: string): Buffer =>
    Buffer.concat([Buffer.from([(number << 3) | 2, text.length]), Buffer.from(text, 'latin1')]);
  return Buffer.concat([
    field(1, parts.fileid),
    field(2, parts.authkey),
    field(3, parts.aesKey.toString('hex')),
  ]).toString('base64');
}
