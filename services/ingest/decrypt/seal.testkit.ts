// Makes WeCom envelopes for tests: the mirror image of open-envelope.ts.
import { constants, createCipheriv, type KeyObject, publicEncrypt } from 'node:crypto';
import type { PulledEntry } from '../wecom/read-page.ts';

/** `key` is what RSA has to encrypt, `message` the text beside it. */
export function seal(
  plaintext: Buffer,
  lengths: { pre: number; end: number; s: number },
  k1: Buffer = Buffer.from('k1k1k1k1k1k1k1k1k1k1k1k1k1k1k1k1'),
): { key: string; message: string } {
  const round = (bytes: Buffer, key: Buffer): string => {
    const whole = Buffer.concat([key, Buffer.alloc(32)]).subarray(0, 32);
    const iv = Buffer.alloc(16, 7);
    const cipher = createCipheriv('aes-256-cbc', whole, iv);
    return Buffer.concat([iv, cipher.update(bytes), cipher.final()]).toString('base64');
  };
  const k0 = 'k0k0k0k0k0k0k0k0k0k0k0k0k0k0k0k0';
  const varint = (n: number): number[] => (n < 128 ? [n] : [(n & 0x7f) | 0x80, ...varint(n >> 7)]);
  const info = Buffer.from([
    0x0a,
    k1.length,
    ...k1,
    0x10,
    ...varint(lengths.pre),
    0x18,
    ...varint(lengths.end),
    0x20,
    ...varint(lengths.s),
  ]);
  const body = round(plaintext, k1);
  const spliced = body.slice(0, lengths.s) + 'R'.repeat(lengths.s) + body.slice(lengths.s);
  return {
    key: round(info, Buffer.from(k0)),
    message: `${'P'.repeat(13)}${k0}${'Q'.repeat(lengths.pre)}${spliced}${'S'.repeat(lengths.end)}`,
  };
}

/** A whole entry of chatdata around a plaintext. */
export function sealEntry(of: {
  seq: string;
  msgid: string;
  plaintext: string;
  version: number;
  publicKey: KeyObject;
}): PulledEntry {
  const { key, message } = seal(Buffer.from(of.plaintext), { pre: 3, end: 4, s: 5 });
  const random = publicEncrypt({ key: of.publicKey, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(key));
  const encryptRandomKey = Buffer.from(random.toString('base64'));
  const envelope = Buffer.from(
    JSON.stringify({
      seq: Number(of.seq),
      msgid: of.msgid,
      publickey_ver: of.version,
      encrypt_random_key: encryptRandomKey.toString(),
      encrypt_chat_msg: message,
    }),
  );
  return {
    seq: of.seq,
    msgid: of.msgid,
    publickeyVer: of.version,
    encryptRandomKey,
    encryptChatMsg: Buffer.from(message),
    envelope,
  };
}
