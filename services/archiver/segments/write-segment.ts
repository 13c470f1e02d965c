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
  const header = `${SEGMENT_MAGIC} ${corpId} ${first.streamSequence} ${last.streamSequence}\n`;
  const frames = events.map(({ parts }) => planFrame(parts));
  const sizeBytes = frames.reduce((sum, { frameBytes }) => sum + frameBytes, header.length);
  // Everything is written into its place once: copying costs more than the rest. The index comes last and is nearly always shorter than this.
  const body = Buffer.allocUnsafe(sizeBytes + TRAILER_BYTES + INDEX_ROOM_BYTES * (1 + events.length));
  let offset = body.write(header, 0, 'latin1');
  let index = '';
  let salts = '';
  for (const [place, { streamSequence, kind, seq, salt }] of events.entries()) {
    const frame = frames[place] as PlannedFrame;
    const end = writeFrame(body, offset, frame);
    const crc = crc32(body.subarray(offset, end));
    // JSON of an array; kind and seq need no escapes.
    index += `${place === 0 ? '' : '\n'}[${streamSequence},"${kind}","${seq}",${offset},${frame.frameBytes},${crc}]`;
    if (salt !== '') salts += `${salts === '' ? '' : '\n'}${JSON.stringify([streamSequence, salt])}`;
    offset = end;
  }
  const footer = compressFrame(Buffer.from(index));
  const ending = Buffer.concat([footer, trailer(offset, footer)]);
  const fits = ending.copy(body, offset) === ending.length;
  return {
    bytes: fits
      ? body.subarray(0, offset + ending.length)
      : Buffer.concat([body.subarray(0, offset), ending]),
    salts: Buffer.from(salts),
  };
}

/** More than the compressed index of an event needs. */
const INDEX_ROOM_BYTES = 64;

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
