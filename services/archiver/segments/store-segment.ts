// Writing a segment into the object store, once: a second attempt at the same events finds it there.
import { contentDigestAside } from '@menshen/contracts/digest';
import type { ObjectStore } from '@menshen/objects/object-store';
import { type SegmentEvent, saltsKey, segmentKey } from './segment-format.ts';
import { buildSegment } from './write-segment.ts';

export interface SegmentContent {
  readonly corpId: string;
  /** Where segments of this stream lie. */
  readonly prefix: string;
  /** In ascending stream order, at least one. */
  readonly events: readonly SegmentEvent[];
}

export interface StoredSegment {
  readonly key: string;
  /** Stream sequences. */
  readonly first: number;
  readonly last: number;
  readonly sizeBytes: number;
  /** Of the object as it lies in the store. */
  readonly digest: string;
  /** False when an earlier attempt had stored it. */
  readonly isNew: boolean;
}

/** Resolves when segment and salts are durable. Rejects when the object store is away. */
export async function storeSegment(objects: ObjectStore, content: SegmentContent): Promise<StoredSegment> {
  const { corpId, prefix, events } = content;
  const first = events[0]?.streamSequence ?? 0;
  const last = events.at(-1)?.streamSequence ?? 0;
  const key = segmentKey(prefix, first, last);
  const { bytes, salts } = buildSegment(corpId, events);
  // Salts first: a segment without them could not prove anything.
  if (salts.length > 0) await objects.put(saltsKey(key), salts, { ifAbsent: true });
  const [put, digest] = await Promise.all([
    objects.put(key, bytes, { ifAbsent: true }),
    contentDigestAside(bytes),
  ]);
  const segment = { key, first, last };
  if (put === 'Stored') return { ...segment, sizeBytes: bytes.length, digest, isNew: true };
  // Another version of Menshen may have written it, with other bytes around the same events.
  const stored = (await objects.get(key)) ?? bytes;
  return { ...segment, sizeBytes: stored.length, digest: await contentDigestAside(stored), isNew: false };
}
