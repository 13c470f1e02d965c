// What the rest of the tree knows of an object store: immutable objects under keys, the same words for a folder and for S3.

/** `Existed`: the key was taken and `ifAbsent` was asked for; the stored object is untouched. */
export type PutOutcome = 'Stored' | 'Existed';

export interface PutOptions {
  /** Never overwrite. Of several writers at once exactly one gets `Stored`. */
  readonly ifAbsent?: boolean;
}

export interface ObjectInfo {
  readonly key: string;
  readonly sizeBytes: number;
}

/**
 * An object is there completely or not at all, and it is durable when `put` resolves.
 * Every method rejects when the store cannot be reached, and throws {@link InvalidKeyError} on a key that {@link checkKey} refuses.
 */
export interface ObjectStore {
  put(key: string, bytes: Uint8Array, options?: PutOptions): Promise<PutOutcome>;
  /** As {@link put}, for what does not fit into memory. When the source fails nothing is stored and its error is thrown. */
  putStream(key: string, chunks: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<PutOutcome>;
  /**
   * Joins objects, in this order, into one under `key`; they stay. For what was stored in pieces before its name was known.
   * At least one source; each but the last has at least {@link LEAST_PART_BYTES}, none is empty. Rejects when a source is missing.
   */
  compose(key: string, sources: readonly string[], options?: PutOptions): Promise<PutOutcome>;
  /** The whole object, `undefined` when there is none. */
  get(key: string): Promise<Buffer | undefined>;
  /** Up to `length` bytes beginning at `from`: fewer at the object's end, none beyond it. `undefined` when there is no object. */
  getRange(key: string, from: number, length: number): Promise<Buffer | undefined>;
  head(key: string): Promise<{ readonly sizeBytes: number } | undefined>;
  /** Every object whose key begins with `prefix` (any string, `''` for all), in byte order of the keys. */
  list(prefix: string): AsyncIterable<ObjectInfo>;
  /** Removes the object. No error when there is none. */
  delete(key: string): Promise<void>;
}

/** A key that no store may take: a bug, or an id from outside that went unchecked into a key. */
export class InvalidKeyError extends Error {
  constructor(key: string, why: string) {
    super(`invalid object key ${JSON.stringify(key)}: ${why}`);
    this.name = 'InvalidKeyError';
  }
}

/** S3 joins parts of at least 5 MiB; only the last may be smaller (Amazon S3 multipart upload limits). */
export const LEAST_PART_BYTES = 5 * 1024 * 1024;

/** S3's limit for a key, bytes. */
const LONGEST_KEY = 1024;
/** NAME_MAX of every common file system, bytes. */
const LONGEST_SEGMENT = 255;
// What a folder, S3 and a URL all take without escaping.
const SEGMENT = /^[A-Za-z0-9_=:+@-][A-Za-z0-9._=:+@-]*$/;

/**
 * Throws {@link InvalidKeyError} unless the key is segments of `A-Z a-z 0-9 . _ = : + @ -` joined by `/`.
 * No segment is empty or begins with a dot: a key can never leave the store's folder nor meet its temporary files.
 */
export function checkKey(key: string): void {
  if (key.length > LONGEST_KEY) throw new InvalidKeyError(key, `longer than ${LONGEST_KEY} bytes`);
  for (const segment of key.split('/')) {
    if (segment.length > LONGEST_SEGMENT)
      throw new InvalidKeyError(key, `a segment is longer than ${LONGEST_SEGMENT} bytes`);
    if (!SEGMENT.test(segment))
      throw new InvalidKeyError(key, 'a segment is empty, begins with a dot or has another character');
  }
}
