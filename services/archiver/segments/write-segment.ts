// Building a segment: a function of its events, so that a second attempt at the same events gives the same bytes.
import { crc32 } from 'node:zlib';
import { encodeFrame, frameHeader } from '@menshen/contracts/frame';
import { SEGMENT_MAGIC, type SegmentEvent, TRAILER_BYTES, TRAILER_MAGIC } from './segment-format.ts';
import { compressFrame, STORED_BYTES, storedHeadBytes, writeStoredHead } from './zstd-frame.ts';

export interface BuiltSegment {
  readonly bytes: Buffer;
  /** The sidecar: JSON lines `[streamSequence, salt]`. */
  readonly salts: Buffer;
}

/**
 * Builds segment and sidecar. Events must be in ascending stream order and at least one.
 * One zstd frame per event, so that one message can later be encrypted and shredded by itself.
 */
export function buildSegment(corpId: string, events: readonly SegmentEvent[]): BuiltSegment {
  const first = events[0];
  const last = events.at(-1);
  if (first === undefined || last === undefined) throw new Error('a segment has at least one event');
  const expectedBytes = events.reduce((sum, { parts }) => sum + sizeOf(parts) + EVENT_ROOM_BYTES, 0);
  const writer = new SegmentWriter({
    corpId,
    first: first.streamSequence,
    last: last.streamSequence,
    expectedBytes,
  });
  for (const event of events) writer.add(event);
  return writer.finish();
}

const sizeOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, part) => sum + part.length, 0);

/** More than a frame and the compressed index need beside the content of a short event. */
export const EVENT_ROOM_BYTES = 128;
const LEAST_ROOM_BYTES = 4096;

/** Takes events one after the other, so that none has to be kept until all are there. */
export class SegmentWriter {
  #bytes: Buffer;
  #at: number;
  #index = '';
  #salts = '';

  /** `first` and `last` are stream sequences; `expectedBytes` spares copies when it is not too little. */
  constructor(of: {
    readonly corpId: string;
    readonly first: number;
    readonly last: number;
    readonly expectedBytes: number;
  }) {
    const header = `${SEGMENT_MAGIC} ${of.corpId} ${of.first} ${of.last}\n`;
    this.#bytes = Buffer.allocUnsafe(header.length + LEAST_ROOM_BYTES + of.expectedBytes);
    this.#at = this.#bytes.write(header, 0, 'latin1');
  }

  /** In ascending stream order. */
  add({ streamSequence, kind, seq, salt, parts }: SegmentEvent): void {
    const frame = planFrame(parts);
    this.#makeRoom(frame.frameBytes);
    const from = this.#at;
    this.#at = writeFrame(this.#bytes, from, frame);
    const crc = crc32(this.#bytes.subarray(from, this.#at));
    // JSON of an array; kind and seq need no escapes.
    this.#index += `${this.#index === '' ? '' : '\n'}[${streamSequence},"${kind}","${seq}",${from},${frame.frameBytes},${crc}]`;
    if (salt !== '')
      this.#salts += `${this.#salts === '' ? '' : '\n'}${JSON.stringify([streamSequence, salt])}`;
  }

  finish(): BuiltSegment {
    const index = compressFrame(Buffer.from(this.#index));
    const ending = Buffer.concat([index, trailer(this.#at, index)]);
    this.#makeRoom(ending.length);
    this.#at += ending.copy(this.#bytes, this.#at);
    return { bytes: this.#bytes.subarray(0, this.#at), salts: Buffer.from(this.#salts) };
  }

  #makeRoom(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + bytes));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}

interface PlannedFrame {
  readonly frameBytes: number;
  readonly head: string;
  readonly contentBytes: number;
  readonly parts: readonly Uint8Array[];
  /** Present where the frame is compressed. */
  readonly compressed?: Buffer;
}

function planFrame(parts: readonly Uint8Array[]): PlannedFrame {
  const head = frameHeader(parts);
  let contentBytes = head.length;
  for (const part of parts) contentBytes += part.length;
  if (contentBytes <= STORED_BYTES)
    return { frameBytes: storedHeadBytes(contentBytes) + contentBytes, head, contentBytes, parts };
  const compressed = compressFrame(encodeFrame(parts));
  return { frameBytes: compressed.length, head, contentBytes, parts, compressed };
}

/** The place after the frame. */
function writeFrame(target: Buffer, at: number, frame: PlannedFrame): number {
  if (frame.compressed !== undefined) {
    target.set(frame.compressed, at);
    return at + frame.frameBytes;
  }
  let place = writeStoredHead(target, at, frame.contentBytes);
  place += target.write(frame.head, place, 'latin1');
  for (const part of frame.parts) {
    target.set(part, place);
    place += part.length;
  }
  return place;
}

function trailer(offset: number, index: Buffer): Buffer {
  const bytes = Buffer.alloc(TRAILER_BYTES);
  bytes.writeBigUInt64BE(BigInt(offset), 0);
  bytes.writeUInt32BE(index.length, 8);
  bytes.writeUInt32BE(crc32(index), 12);
  bytes.write(TRAILER_MAGIC, 16, 'latin1');
  return bytes;
}
