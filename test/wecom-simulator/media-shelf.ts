// Files that the simulated WeCom keeps, by fileid: encrypted and served by range, each with the trouble it makes.
import { createHash } from 'node:crypto';
import { sdkFileId, sealMediaRange } from './envelope.ts';
import { checkFaultKind, type Fault } from './faults.ts';
import { hashMadeUp, type MadeUpFile, madeUpBytes } from './made-up-file.ts';
import { seededRandom } from './seeded-random.ts';

export interface ShelvedMedia {
  readonly sdkfileid: string;
  readonly md5: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** The ciphertext of a file. */
export interface SealedFile {
  /** Bytes. */
  readonly length: number;
  /** Bytes `from` up to `to` (not included), both multiples of 16 or the length. */
  range(from: number, to: number): Buffer;
}

/** A fault of one file: hits requests for it, and is used up by them. */
export interface FileFault extends Omit<Fault, 'api'> {
  /** Only requests whose range begins at this byte of ciphertext or behind it; default 0. */
  readonly fromByte?: number;
}

export interface MediaShelf {
  /** `number` makes the ids; the same number and bytes give the same file. */
  put(number: number, bytes: Buffer, faults?: readonly FileFault[]): ShelvedMedia;
  /** A file that is made as it is served: it may be of any size. */
  putMadeUp(number: number, file: MadeUpFile, faults?: readonly FileFault[]): ShelvedMedia;
  /** Files with smaller numbers are gone from now on, and no longer held; numbers must have risen. */
  forget(below: number): void;
  /** Every file of this moment is gone from now on. */
  expireAll(): void;
  /** Ciphertext of a file whose authkey fits and that is still there, `undefined` otherwise. */
  get(fileid: string, authkey: string): SealedFile | undefined;
  /** The fault that hits this request for a file, if any; uses it up. */
  takeFault(fileid: string, fromByte: number): FileFault | undefined;
}

interface ShelvedFile {
  readonly number: number;
  readonly authkey: string;
  readonly aesKey: Buffer;
  readonly sizeBytes: number;
  readonly read: (from: number, to: number) => Buffer;
  faults: { readonly fault: FileFault; left: number }[];
  isExpired: boolean;
}

/** Plaintexts are kept by content, ciphertexts are made when asked for: thousands of messages may show the same sticker. */
export function createMediaShelf(): MediaShelf {
  const files = new Map<string, ShelvedFile>();
  const hashes = new Map<Buffer, { md5: string; sha256: string }>();
  const shelve = (
    number: number,
    content: Pick<ShelvedFile, 'sizeBytes' | 'read'>,
    faults: readonly FileFault[],
  ): string => {
    const random = seededRandom(number, 0x6d65);
    const fileid = `f${number.toString(36)}-${random.bytes(12).toString('hex')}`;
    const authkey = random.bytes(16).toString('hex');
    const aesKey = random.bytes(16);
    for (const { kind } of faults) checkFaultKind(kind);
    const waiting = faults.map((fault) => ({ fault, left: fault.times ?? 1 }));
    files.set(fileid, { number, authkey, aesKey, ...content, faults: waiting, isExpired: false });
    return sdkFileId({ fileid, authkey, aesKey });
  };
  return {
    put(number, bytes, faults = []) {
      const read = (from: number, to: number): Buffer => bytes.subarray(from, to);
      const sdkfileid = shelve(number, { sizeBytes: bytes.length, read }, faults);
      const known = hashes.get(bytes) ?? {
        md5: createHash('md5').update(bytes).digest('hex'),
        sha256: createHash('sha256').update(bytes).digest('hex'),
      };
      hashes.set(bytes, known);
      return { sdkfileid, ...known, sizeBytes: bytes.length };
    },
    putMadeUp(number, file, faults = []) {
      const read = (from: number, to: number): Buffer => madeUpBytes(file, from, to);
      const sdkfileid = shelve(number, { sizeBytes: file.sizeBytes, read }, faults);
      return { sdkfileid, ...hashMadeUp(file), sizeBytes: file.sizeBytes };
    },
    forget(below) {
      for (const [fileid, file] of files) {
        if (file.number >= below) break;
        files.delete(fileid);
      }
    },
    expireAll() {
      for (const file of files.values()) file.isExpired = true;
    },
    get(fileid, authkey) {
      const file = files.get(fileid);
      if (file === undefined || file.isExpired || file.authkey !== authkey) return undefined;
      const { read, sizeBytes, aesKey } = file;
      const length = sizeBytes + PADDED_TO - (sizeBytes % PADDED_TO);
      return {
        length,
        range: (from, to) =>
          sealMediaRange(read(from, Math.min(to, sizeBytes)), aesKey, Math.max(0, to - sizeBytes)),
      };
    },
    takeFault(fileid, fromByte) {
      const file = files.get(fileid);
      const hit = file?.faults.find(({ fault }) => fromByte >= (fault.fromByte ?? 0));
      if (file === undefined || hit === undefined) return undefined;
      if (--hit.left <= 0) file.faults = file.faults.filter((entry) => entry !== hit);
      return hit.fault;
    },
  };
}

const PADDED_TO = 16;
