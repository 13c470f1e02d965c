// Reading a segment: whole for a rebuild, or one event by its index entry without the rest.
import { crc32, zstdDecompressSync } from 'node:zlib';
import { decodeFrame } from '@menshen/contracts/frame';
import type { ObjectStore } from '@menshen/objects/object-store';
import {
  type IndexEntry,
  SEGMENT_MAGIC,
  SegmentDamaged,
  type SegmentEvent,
  type SegmentEventKind,
  saltsKey,
  TRAILER_BYTES,
  TRAILER_MAGIC,
} from './segment-format.ts';

/** All events of a segment in stream order. Salts that are gone from the sidecar are `''`. Throws {@link SegmentDamaged}. */
export function readSegment(bytes: Buffer, salts: Buffer | undefined): SegmentEvent[] {
  if (!bytes.subarray(0, SEGMENT_MAGIC.length + 1).equals(Buffer.from(`${SEGMENT_MAGIC} `)))
    throw new SegmentDamaged('it does not begin with the header');
  const { offset, length, crc } = readTrailer(bytes.subarray(-TRAILER_BYTES), bytes.length);
  const saltOf = readSalts(salts);
  return readIndex(bytes.subarray(offset, offset + length), crc).map((entry) => {
    if (entry.offset + entry.length > offset)
      throw new SegmentDamaged(`event ${entry.streamSequence} lies beyond the events`);
    return toEvent(
      entry,
      bytes.subarray(entry.offset, entry.offset + entry.length),
      saltOf.get(entry.streamSequence),
    );
  });
}

/** Fetches one event with three small range reads. `undefined` when segment or event is not there. */
export async function readSegmentEvent(
  store: ObjectStore,
  segment: string,
  streamSequence: number,
): Promise<SegmentEvent | undefined> {
  const head = await store.head(segment);
  if (head === undefined) return undefined;
  const end = await fetchRange(store, segment, [head.sizeBytes - TRAILER_BYTES, TRAILER_BYTES]);
  const { offset, length, crc } = readTrailer(end, head.sizeBytes);
  const index = readIndex(await fetchRange(store, segment, [offset, length]), crc);
  const entry = index.find((one) => one.streamSequence === streamSequence);
  if (entry === undefined) return undefined;
  const frame = await fetchRange(store, segment, [entry.offset, entry.length]);
  return toEvent(entry, frame, readSalts(await store.get(saltsKey(segment))).get(streamSequence));
}

async function fetchRange(
  store: ObjectStore,
  key: string,
  [from, length]: readonly [number, number],
): Promise<Buffer> {
  const bytes = from < 0 ? undefined : await store.getRange(key, from, length);
  if (bytes === undefined || bytes.length !== length) throw new SegmentDamaged(`${key} is cut short`);
  return bytes;
}

/** Where the frame of the index lies, and its checksum. */
interface Trailer {
  readonly offset: number;
  readonly length: number;
  readonly crc: number;
}

function readTrailer(trailer: Buffer, sizeBytes: number): Trailer {
  if (trailer.length !== TRAILER_BYTES || trailer.toString('latin1', 16) !== TRAILER_MAGIC)
    throw new SegmentDamaged('it does not end with the trailer');
  const offset = Number(trailer.readBigUInt64BE(0));
  const length = trailer.readUInt32BE(8);
  if (offset + length + TRAILER_BYTES !== sizeBytes)
    throw new SegmentDamaged('its length is not the one in the trailer');
  return { offset, length, crc: trailer.readUInt32BE(12) };
}

function readIndex(bytes: Buffer, crc: number): IndexEntry[] {
  if (crc32(bytes) !== crc) throw new SegmentDamaged('its index was changed');
  return unzip(bytes, 'its index')
    .toString('utf8')
    .split('\n')
    .map((line) => {
      const [streamSequence, kind, seq, offset, length, crc] = JSON.parse(line) as [
        number,
        SegmentEventKind,
        string,
        number,
        number,
        number,
      ];
      return { streamSequence, kind, seq, offset, length, crc };
    });
}

function readSalts(salts: Buffer | undefined): Map<number, string> {
  if (salts === undefined || salts.length === 0) return new Map();
  const lines = salts.toString('utf8').split('\n');
  return new Map(lines.map((line) => JSON.parse(line) as [number, string]));
}

function toEvent(entry: IndexEntry, frame: Buffer, salt: string | undefined): SegmentEvent {
  // Damage only: whether the message is the one that was captured, its salted digest says.
  if (crc32(frame) !== entry.crc) throw new SegmentDamaged(`event ${entry.streamSequence} was changed`);
  const parts = decodeFrame(unzip(frame, `event ${entry.streamSequence}`));
  return {
    streamSequence: entry.streamSequence,
    kind: entry.kind,
    seq: entry.seq,
    parts,
    salt: salt ?? '',
  };
}

function unzip(bytes: Buffer, what: string): Buffer {
  try {
    return zstdDecompressSync(bytes);
  } catch (error) {
    throw new SegmentDamaged(`${what} cannot be unpacked: ${error instanceof Error ? error.message : ''}`);
  }
}
