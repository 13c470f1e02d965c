// Files of any size that nobody holds: each byte is a function of the seed and its place, so any range is made when it is asked for.
import { createCipheriv, createHash } from 'node:crypto';

export interface MadeUpFile {
  readonly seed: number;
  readonly sizeBytes: number;
}

const BLOCK_BYTES = 16;
const PIECE_BYTES = 1024 * 1024;
const ZEROS = Buffer.alloc(PIECE_BYTES + BLOCK_BYTES);

/** Bytes `from` up to `to` (not included) of the file: the key stream of AES-128-CTR, which can begin at any block. */
export function madeUpBytes(file: MadeUpFile, from: number, to: number): Buffer {
  const end = Math.min(to, file.sizeBytes);
  if (end <= from) return Buffer.alloc(0);
  const firstBlock = Math.floor(from / BLOCK_BYTES);
  const skipped = from - firstBlock * BLOCK_BYTES;
  const key = Buffer.alloc(BLOCK_BYTES);
  key.writeBigUInt64BE(BigInt(file.seed), 0);
  const counter = Buffer.alloc(BLOCK_BYTES);
  counter.writeBigUInt64BE(BigInt(firstBlock), BLOCK_BYTES / 2);
  const length = skipped + end - from;
  const zeros = length <= ZEROS.length ? ZEROS.subarray(0, length) : Buffer.alloc(length);
  return createCipheriv('aes-128-ctr', key, counter).update(zeros).subarray(skipped);
}

/** Hex hashes of the whole, made in pieces. */
export function hashMadeUp(file: MadeUpFile): { md5: string; sha256: string } {
  const md5 = createHash('md5');
  const sha256 = createHash('sha256');
  for (let from = 0; from < file.sizeBytes; from += PIECE_BYTES) {
    const piece = madeUpBytes(file, from, from + PIECE_BYTES);
    md5.update(piece);
    sha256.update(piece);
  }
  return { md5: md5.digest('hex'), sha256: sha256.digest('hex') };
}
