// The row that says a segment is archived: written last, when every row of its events is stored.
import type { Row } from '@menshen/clickhouse/row-binary';
import type { StoredSegment } from '../segments/store-segment.ts';

export function segmentRow(
  segment: Omit<StoredSegment, 'isNew'>,
  { kinds, nowMs }: { readonly kinds: ReadonlyMap<string, number>; readonly nowMs: number },
): Row {
  return {
    segment: segment.key,
    firstSequence: segment.first,
    lastSequence: segment.last,
    pages: kinds.get('page') ?? 0,
    messages: kinds.get('message') ?? 0,
    deadLetters: kinds.get('dead') ?? 0,
    enriched: kinds.get('enriched') ?? 0,
    sizeBytes: segment.sizeBytes,
    digest: segment.digest,
    archivedAt: nowMs,
  };
}

/** Adds the events' kinds to the counts. */
export function countKinds(counts: Map<string, number>, events: readonly { readonly kind: string }[]): void {
  for (const { kind } of events) counts.set(kind, (counts.get(kind) ?? 0) + 1);
}
