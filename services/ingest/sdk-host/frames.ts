// The frames on the private pipe to the native host: u32 length, then that many bytes, little-endian (README.md has the table). What comes from
// the host is as trustworthy as the library inside it, so every length is checked and everything unforeseen is garbage.
import type { Decimal } from '@menshen/contracts/decimal';

export type SdkRequest =
  /** A new handle. The secret travels here and nowhere else. */
  | { readonly kind: 'Begin'; readonly corpId: string; readonly secret: string }
  | {
      readonly kind: 'ChatData';
      readonly fromSeq: Decimal;
      readonly limit: number;
      readonly timeoutSeconds: number;
      /** `caller:password` of the relay. */
      readonly credential: string;
    }
  | {
      readonly kind: 'MediaData';
      /** '' for the beginning. */
      readonly index: string;
      readonly sdkfileid: string;
      readonly timeoutSeconds: number;
      readonly credential: string;
    }
  | { readonly kind: 'Decrypt'; readonly key: string; readonly message: string };

/** What the library answered that the host would not pass on. */
export type Refusal = 'NoHandle' | 'NoBuffer' | 'NegativeLength' | 'TooLong' | 'NoContent';

export type HostFrame =
  | { readonly kind: 'Ready'; readonly protocol: number; readonly layers: number }
  | { readonly kind: 'Unusable'; readonly problem: string }
  | {
      readonly kind: 'Answer';
      readonly id: number;
      /** Return code of the SDK. */
      readonly code: number;
      readonly isFinish: boolean;
      readonly index: string;
      readonly data: Buffer;
    }
  | { readonly kind: 'Refused'; readonly id: number; readonly why: Refusal };

const REQUEST = { Begin: 1, ChatData: 2, MediaData: 3, Decrypt: 4 } as const;
const READY = 128;
const UNUSABLE = 129;
const ANSWER = 130;
const REFUSED = 131;
const REFUSALS: readonly Refusal[] = ['NoHandle', 'NoBuffer', 'NegativeLength', 'TooLong', 'NoContent'];

/** A page, its index and its head; the host refuses anything longer. */
const LONGEST_FRAME = 64 * 1024 * 1024 + 4096;

/** The bytes of one request. Throws when a text holds a zero byte: C would read only what is before it. */
export function encodeRequest(id: number, request: SdkRequest): Buffer {
  const body = Buffer.concat([u8(REQUEST[request.kind]), u32(id), ...fieldsOf(request)]);
  return Buffer.concat([u32(body.length), body]);
}

function fieldsOf(request: SdkRequest): Buffer[] {
  switch (request.kind) {
    case 'Begin':
      return [text(request.corpId), text(request.secret)];
    case 'ChatData':
      return [
        u64(request.fromSeq),
        u32(request.limit),
        u32(request.timeoutSeconds),
        text(request.credential),
      ];
    case 'MediaData':
      return [
        u32(request.timeoutSeconds),
        text(request.credential),
        text(request.index),
        text(request.sdkfileid),
      ];
    case 'Decrypt':
      return [text(request.key), text(request.message)];
  }
}

function u8(value: number): Buffer {
  return Buffer.from([value]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: Decimal): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  if (bytes.includes(0)) throw new Error('a text for the SDK holds a zero byte');
  return Buffer.concat([u32(bytes.length), bytes, u8(0)]);
}

/** Puts frames together from what a socket gives. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #bytes = 0;

  /** The frames that are whole now; `undefined` when this is not what a host sends, and nothing after it can be trusted. */
  push(chunk: Buffer): HostFrame[] | undefined {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    const frames: HostFrame[] = [];
    for (let length = this.#length(); length !== undefined; length = this.#length()) {
      if (length > LONGEST_FRAME) return undefined;
      if (this.#bytes < 4 + length) return frames;
      const frame = decode(this.#take(4 + length).subarray(4));
      if (frame === undefined) return undefined;
      frames.push(frame);
    }
    return frames;
  }

  /** Length of the next frame, when its four bytes are here. */
  #length(): number | undefined {
    if (this.#bytes < 4) return undefined;
    if ((this.#chunks[0]?.length ?? 0) < 4) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0]?.readUInt32LE();
  }

  /** The first `count` bytes; they are here. Joined once, when a frame is whole. */
  #take(count: number): Buffer {
    const [only, ...others] = this.#chunks;
    const all = only !== undefined && others.length === 0 ? only : Buffer.concat(this.#chunks, this.#bytes);
    this.#bytes -= count;
    this.#chunks = this.#bytes === 0 ? [] : [all.subarray(count)];
    return all.subarray(0, count);
  }
}

function decode(body: Buffer): HostFrame | undefined {
  const kind = body[0];
  if (kind === UNUSABLE) return { kind: 'Unusable', problem: body.toString('utf8', 1) };
  if (kind === READY && body.length === 9)
    return { kind: 'Ready', protocol: body.readUInt32LE(1), layers: body.readUInt32LE(5) };
  if (kind === REFUSED && body.length === 6) {
    const why = REFUSALS[(body[5] ?? 0) - 1];
    return why === undefined ? undefined : { kind: 'Refused', id: body.readUInt32LE(1), why };
  }
  return kind === ANSWER && body.length >= ANSWER_HEAD_BYTES ? decodeAnswer(body) : undefined;
}

const ANSWER_HEAD_BYTES = 14;

function decodeAnswer(body: Buffer): HostFrame | undefined {
  const dataAt = ANSWER_HEAD_BYTES + body.readUInt32LE(10);
  if (dataAt > body.length) return undefined;
  return {
    kind: 'Answer',
    id: body.readUInt32LE(1),
    code: body.readInt32LE(5),
    isFinish: body[9] !== 0,
    index: body.toString('latin1', ANSWER_HEAD_BYTES, dataAt),
    data: body.subarray(dataAt),
  };
}
