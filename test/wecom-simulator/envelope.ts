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

/** `publicKey`: RSA-2048. The same source of bytes gives the same text, the RSA part included. */
export function sealMessage(plaintext: Buffer, publicKey: KeyObject, random: RandomBytes): SealedMessage {
  const lengths = random(4);
  const preLength = (lengths[0] ?? 0) % 24;
  const endLength = (lengths[1] ?? 0) % 24;
  const sLength = 1 + ((lengths[2] ?? 0) % 24);
  const outerKey = printable(random(32));
  const innerKey = printable(random(32));
  const info = Buffer.concat([
    Buffer.from([0x0a, 32]),
    Buffer.from(innerKey, 'latin1'),
    Buffer.from([0x10, preLength, 0x18, endLength, 0x20, sLength]),
  ]);
  const randomKey = encryptRound(info, outerKey, random(16));
  const body = encryptRound(plaintext, innerKey, random(16));
  const filler = printable(random(13 + preLength + sLength + endLength));
  const spliced =
    body.slice(0, sLength) + filler.slice(13 + preLength, 13 + preLength + sLength) + body.slice(sLength);
  const sealedKey = publicEncrypt(
    { key: publicKey, padding: constants.RSA_NO_PADDING },
    padPkcs1(Buffer.from(randomKey, 'latin1'), random),
  );
  return {
    encrypt_random_key: sealedKey.toString('base64'),
    encrypt_chat_msg:
      filler.slice(0, 13) +
      outerKey +
      filler.slice(13, 13 + preLength) +
      spliced +
      filler.slice(13 + preLength + sLength),
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

/** Encrypts a file: AES-128-ECB with PKCS#7 over the whole of it (measured). */
export function sealMedia(plaintext: Buffer, key: Buffer): Buffer {
  const cipher = createCipheriv('aes-128-ecb', key, null);
  return Buffer.concat([cipher.update(plaintext), cipher.final()]);
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
