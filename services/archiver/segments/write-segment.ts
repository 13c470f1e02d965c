// Building a segment: a function of its events, so that a second attempt at the same events gives the same bytes.
import { zstdCompressSync } from 'node:zlib';
import { encodeFrame } from '@menshen/contracts/frame';
import { SEGMENT_MAGIC, type SegmentEvent, TRAILER_BYTES, TRAILER_MAGIC } from './segment-format.ts';
import { toZstdFrame } from './zstd-frame.ts';

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
  const header = Buffer.from(
    `${SEGMENT_MAGIC} ${corpId} ${first.streamSequence} ${last.streamSequence}\n`,
    'latin1',
  );
  const chunks: Buffer[] = [header];
  const index: string[] = [];
  const salts: string[] = [];
  let offset = header.length;
  for (const { streamSequence, kind, seq, parts, salt } of events) {
    const frame = toZstdFrame(encodeFrame(parts));
    chunks.push(frame);
    index.push(JSON.stringify([streamSequence, kind, seq, offset, frame.length]));
    if (salt !== '') salts.push(JSON.stringify([streamSequence, salt]));
    offset += frame.length;
  }
  const footer = zstdCompressSync(Buffer.from(index.join('\n')));
  return {
    bytes: Buffer.concat([...chunks, footer, trailer(offset, footer.length)]),
    salts: Buffer.from(salts.join('\n')),
  };
}

function trailer(offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(TRAILER_BYTES);
  bytes.writeBigUInt64BE(BigInt(offset), 0);
  bytes.writeUInt32BE(length, 8);
  bytes.write(TRAILER_MAGIC, 12, 'latin1');
  return bytes;
}
