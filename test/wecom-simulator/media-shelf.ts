// Files that the simulated WeCom keeps, by fileid: encrypted once, served by range.
import { createHash } from 'node:crypto';
import { sdkFileId, sealMedia } from './envelope.ts';
import { seededRandom } from './seeded-random.ts';

export interface ShelvedMedia {
  readonly sdkfileid: string;
  readonly md5: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

export interface MediaShelf {
  /** `number` makes the ids; the same number and bytes give the same file. */
  put(number: number, bytes: Buffer): ShelvedMedia;
  /** Ciphertext of a file whose authkey fits, `undefined` otherwise. */
  get(fileid: string, authkey: string): Buffer | undefined;
}

/** Plaintexts are kept by content, ciphertexts are made when asked for: thousands of messages may show the same sticker. */
export function createMediaShelf(): MediaShelf {
  const files = new Map<string, { authkey: string; aesKey: Buffer; bytes: Buffer }>();
  const hashes = new Map<Buffer, { md5: string; sha256: string }>();
  return {
    put(number, bytes) {
      const random = seededRandom(number, 0x6d65);
      const fileid = `f${number.toString(36)}-${random.bytes(12).toString('hex')}`;
      const authkey = random.bytes(16).toString('hex');
      const aesKey = random.bytes(16);
      files.set(fileid, { authkey, aesKey, bytes });
      const known = hashes.get(bytes) ?? {
        md5: createHash('md5').update(bytes).digest('hex'),
        sha256: createHash('sha256').update(bytes).digest('hex'),
      };
      hashes.set(bytes, known);
      return { sdkfileid: sdkFileId({ fileid, authkey, aesKey }), ...known, sizeBytes: bytes.length };
    },
    get(fileid, authkey) {
      const file = files.get(fileid);
      return file === undefined || file.authkey !== authkey ? undefined : sealMedia(file.bytes, file.aesKey);
    },
  };
}
