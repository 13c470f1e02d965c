// Writing a segment into the object store, once: a second attempt at the same events finds it there.
import { contentDigestAside } from '@menshen/contracts/digest';
import type { ObjectStore } from '@menshen/objects/object-store';
import { saltsKey, segmentKey } from './segment-format.ts';
import type { BuiltSegment } from './write-segment.ts';

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

/** Where a segment lies, by stream sequences. */
export type SegmentPlace = Pick<StoredSegment, 'key' | 'first' | 'last'>;

/** The place of a segment of these events, which are in stream order. */
export function placeOf(prefix: string, events: readonly { readonly sequence: number }[]): SegmentPlace {
  const first = events[0]?.sequence ?? 0;
  const last = events.at(-1)?.sequence ?? 0;
  return { key: segmentKey(prefix, first, last), first, last };
}

/** Resolves when segment and salts are durable. Rejects when the object store is away. */
export async function storeSegment(
  objects: ObjectStore,
  segment: SegmentPlace,
  { bytes, salts }: BuiltSegment,
): Promise<StoredSegment> {
  const { key } = segment;
  // Salts first: a segment without them could not prove anything.
  if (salts.length > 0) await objects.put(saltsKey(key), salts, { ifAbsent: true });
  const [put, digest] = await Promise.all([
    objects.put(key, bytes, { ifAbsent: true }),
    contentDigestAside(bytes),
  ]);
  if (put === 'Stored') return { ...segment, sizeBytes: bytes.length, digest, isNew: true };
  // Another version of Menshen may have written it, with other bytes around the same events.
  const stored = (await objects.get(key)) ?? bytes;
  return { ...segment, sizeBytes: stored.length, digest: await contentDigestAside(stored), isNew: false };
}
