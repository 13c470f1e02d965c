// The object store in S3, or in anything that speaks its protocol.
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import {
  checkKey,
  type ObjectInfo,
  type ObjectStore,
  type PutOptions,
  type PutOutcome,
} from './object-store.ts';

export interface S3Options {
  readonly bucket: string;
  /** Put before every key; `''` for none. A missing slash at its end is added. */
  readonly prefix: string;
  readonly region: string;
  /** Absent = AWS. */
  readonly endpoint?: string;
  readonly forcePathStyle: boolean;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Where a part of a multipart upload goes. */
interface Part {
  readonly Bucket: string;
  readonly Key: string;
  readonly UploadId: string;
  readonly PartNumber: number;
}

/** S3 takes 10,000 parts of at least 5 MiB: up to 80 GB with this. */
const PART_BYTES = 8 * 1024 * 1024;
const CONFLICT_TRIES = 5;

/** Makes the client; nothing is sent until the store is used. */
export function openS3Store(options: S3Options): ObjectStore {
  return new S3Store(options);
}

class S3Store implements ObjectStore {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;

  constructor(options: S3Options) {
    this.#bucket = options.bucket;
    this.#prefix =
      options.prefix === '' || options.prefix.endsWith('/') ? options.prefix : `${options.prefix}/`;
    this.#client = new S3Client({
      region: options.region,
      forcePathStyle: options.forcePathStyle,
      credentials: { accessKeyId: options.accessKeyId, secretAccessKey: options.secretAccessKey },
      ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    });
  }

  put(key: string, bytes: Uint8Array, options: PutOptions = {}): Promise<PutOutcome> {
    const input = { ...this.#at(key), ...condition(options), Body: bytes };
    return settleCondition(() => this.#client.send(new PutObjectCommand(input)));
  }

  async putStream(
    key: string,
    chunks: AsyncIterable<Uint8Array>,
    options: PutOptions = {},
  ): Promise<PutOutcome> {
    const parts = cutParts(chunks);
    const first = await parts.next();
    if (first.done === true) return await this.put(key, Buffer.alloc(0), options);
    const second = await parts.next();
    if (second.done === true) return await this.put(key, first.value, options);
    const send = async (part: Part, Body: Buffer): Promise<string | undefined> =>
      (await this.#client.send(new UploadPartCommand({ ...part, Body }))).ETag;
    return await this.#putParts(key, { each: joinParts([first.value, second.value], parts), send }, options);
  }

  /** The bytes are copied inside the store; the sizes of parts are the sources' own. */
  async compose(key: string, sources: readonly string[], options: PutOptions = {}): Promise<PutOutcome> {
    const send = async (part: Part, source: string): Promise<string | undefined> => {
      const at = this.#at(source);
      const CopySource = `${at.Bucket}/${encodeURIComponent(at.Key)}`;
      const copied = await this.#client.send(new UploadPartCopyCommand({ ...part, CopySource }));
      return copied.CopyPartResult?.ETag;
    };
    return await this.#putParts(key, { each: sources, send }, options);
  }

  async #putParts<T>(
    key: string,
    parts: {
      readonly each: AsyncIterable<T> | Iterable<T>;
      readonly send: (part: Part, of: T) => Promise<string | undefined>;
    },
    options: PutOptions,
  ): Promise<PutOutcome> {
    const at = this.#at(key);
    const { UploadId } = await this.#client.send(new CreateMultipartUploadCommand(at));
    if (UploadId === undefined) throw new Error('the object store gave no id for a multipart upload');
    const upload = { ...at, UploadId };
    try {
      const done: { ETag?: string; PartNumber: number }[] = [];
      for await (const part of parts.each) {
        const PartNumber = done.length + 1;
        const ETag = await parts.send({ ...upload, PartNumber }, part);
        done.push({ PartNumber, ...(ETag === undefined ? {} : { ETag }) });
      }
      const complete = { ...upload, ...condition(options), MultipartUpload: { Parts: done } };
      const outcome = await settleCondition(() =>
        this.#client.send(new CompleteMultipartUploadCommand(complete)),
      );
      if (outcome === 'Existed') await this.#abort(upload);
      return outcome;
    } catch (error) {
      await this.#abort(upload);
      throw error;
    }
  }

  /** The parts of an upload that is not aborted are paid for; a failure to abort must not hide why. */
  async #abort(upload: { Bucket: string; Key: string; UploadId: string }): Promise<void> {
    await this.#client.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined);
  }

  get(key: string): Promise<Buffer | undefined> {
    return ignoreMissing(async () => {
      const { Body } = await this.#client.send(new GetObjectCommand(this.#at(key)));
      return Body === undefined ? Buffer.alloc(0) : Buffer.from(await Body.transformToByteArray());
    });
  }

  async getRange(key: string, from: number, length: number): Promise<Buffer | undefined> {
    const at = this.#at(key);
    // HTTP has no empty range, and a range beyond the end is an error there.
    if (length <= 0) return (await this.head(key)) === undefined ? undefined : Buffer.alloc(0);
    const Range = `bytes=${from}-${from + length - 1}`;
    return await ignoreMissing(async () => {
      try {
        const { Body } = await this.#client.send(new GetObjectCommand({ ...at, Range }));
        return Body === undefined ? Buffer.alloc(0) : Buffer.from(await Body.transformToByteArray());
      } catch (error) {
        if (statusOf(error) === RANGE_NOT_SATISFIABLE) return Buffer.alloc(0);
        throw error;
      }
    });
  }

  head(key: string): Promise<{ readonly sizeBytes: number } | undefined> {
    return ignoreMissing(async () => {
      const { ContentLength } = await this.#client.send(new HeadObjectCommand(this.#at(key)));
      return { sizeBytes: ContentLength ?? 0 };
    });
  }

  async *list(prefix: string): AsyncIterable<ObjectInfo> {
    let token: string | undefined;
    do {
      const page = await this.#client.send(
        new ListObjectsV2Command({
          Bucket: this.#bucket,
          Prefix: `${this.#prefix}${prefix}`,
          ...(token === undefined ? {} : { ContinuationToken: token }),
        }),
      );
      for (const { Key, Size } of page.Contents ?? []) {
        // Some servers list their folders as objects of their own.
        if (Key !== undefined && !Key.endsWith('/'))
          yield { key: Key.slice(this.#prefix.length), sizeBytes: Size ?? 0 };
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  async delete(key: string): Promise<void> {
    await ignoreMissing(() => this.#client.send(new DeleteObjectCommand(this.#at(key))));
  }

  #at(key: string): { Bucket: string; Key: string } {
    checkKey(key);
    return { Bucket: this.#bucket, Key: `${this.#prefix}${key}` };
  }
}

function condition(options: PutOptions): { IfNoneMatch?: '*' } {
  return options.ifAbsent === true ? { IfNoneMatch: '*' } : {};
}

/** S3 API, conditional writes: 412 = the key is taken, 409 = another conditional write is under way, try again. */
async function settleCondition(send: () => Promise<unknown>): Promise<PutOutcome> {
  for (let tries = 1; ; tries++) {
    try {
      await send();
      return 'Stored';
    } catch (error) {
      if (statusOf(error) === PRECONDITION_FAILED) return 'Existed';
      if (statusOf(error) !== CONFLICT || tries >= CONFLICT_TRIES) throw error;
    }
  }
}

async function* cutParts(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, undefined> {
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    waiting.push(Buffer.from(chunk));
    bytes += chunk.length;
    if (bytes < PART_BYTES) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(waiting);
  return undefined;
}

async function* joinParts(first: readonly Buffer[], rest: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  yield* first;
  yield* rest;
}

const NOT_FOUND = 404;
const CONFLICT = 409;
const PRECONDITION_FAILED = 412;
const RANGE_NOT_SATISFIABLE = 416;

async function ignoreMissing<T>(send: () => Promise<T>): Promise<T | undefined> {
  try {
    return await send();
  } catch (error) {
    // A missing bucket is 404 too, but it is a broken outside and not an object that is not there.
    if (statusOf(error) === NOT_FOUND && nameOf(error) !== 'NoSuchBucket') return undefined;
    throw error;
  }
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');

function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}
