// The row that says a segment is archived: written last, when every row of its events is stored.
import type { Row } from '@menshen/clickhouse/row-binary';
import type { StoredSegment } from '../segments/store-segment.ts';

export function segmentRow(
  segment: Omit<StoredSegment, 'isNew'>,
  of: { readonly read: readonly OfKind[]; readonly nowMs: number },
): Row {
  const kinds = countKinds(of.read);
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
    archivedAt: of.nowMs,
  };
}

interface OfKind {
  readonly kind: string;
}

export function countKinds(read: readonly OfKind[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { kind } of read) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}
