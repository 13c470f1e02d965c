// ClickHouse is an index of the record: dropped and filled again from segments alone, it has the same rows.
import type { ClickHouse } from '@menshen/clickhouse/client';
import { quoteName } from '@menshen/clickhouse/client';
import { CAPTURE_TABLES } from '@menshen/clickhouse/table-keys';
import { contentDigest } from '@menshen/contracts/digest';
import type { ObjectStore } from '@menshen/objects/object-store';
import { MessageClassifier } from './capture/classify-messages.ts';
import { makeCaptureRows } from './capture/make-capture-rows.ts';
import { segmentRow } from './capture/segment-row.ts';
import { insertBatch, insertRows } from './rows/insert-rows.ts';
import { readSegment } from './segments/read-segment.ts';
import { parseSegmentKey, saltsKey, segmentPrefix } from './segments/segment-format.ts';
import { fromSegmentEvent } from './segments/to-segment-event.ts';

export interface Rebuild {
  readonly corpId: string;
  readonly clickhouse: ClickHouse;
  readonly objects: ObjectStore;
  readonly nowMs: number;
  /** After each segment. */
  readonly progress?: (done: { readonly segments: number; readonly events: number }) => void;
}

export interface RebuildResult {
  readonly segments: number;
  readonly events: number;
}

/**
 * Empties the tables of the capture stream and fills them from the segments. No archiver may run meanwhile.
 * Judgements, verdicts and notices stay: they are not in segments. Rejects on a damaged segment; running it again starts anew.
 */
export async function rebuildFromSegments(rebuild: Rebuild): Promise<RebuildResult> {
  const { corpId, clickhouse, objects } = rebuild;
  for (const table of [...CAPTURE_TABLES, 'segments'])
    await clickhouse.run(`TRUNCATE TABLE ${quoteName(table)}`);
  const classifier = new MessageClassifier(clickhouse);
  let [segments, events, position] = [0, 0, 0];
  for await (const { key } of objects.list(segmentPrefix(corpId))) {
    const range = parseSegmentKey(key);
    if (range === undefined) continue;
    const added = await addSegment(rebuild, { key, position, classifier });
    position = Math.max(position, range.last);
    segments++;
    events += added;
    rebuild.progress?.({ segments, events });
  }
  return { segments, events };
}

/** Attempts that were cut short left segments that overlap with their successors: each event counts once. */
async function addSegment(
  { clickhouse, objects, nowMs }: Rebuild,
  of: { readonly key: string; readonly position: number; readonly classifier: MessageClassifier },
): Promise<number> {
  const bytes = await objects.get(of.key);
  if (bytes === undefined) throw new Error(`the segment ${of.key} disappeared while it was read`);
  const all = readSegment(bytes, await objects.get(saltsKey(of.key))).map(fromSegmentEvent);
  const events = all.filter(({ streamSequence }) => streamSequence > of.position);
  const store = { clickhouse, metrics: { stored: () => undefined, skipped: () => undefined } };
  const token = `rebuild-${nowMs}-${of.position}`;
  const { rows } = await makeCaptureRows(events, { segment: of.key, classifier: of.classifier });
  await insertBatch(store, rows, { token, last: ['pages'] });
  const row = segmentRow(
    {
      key: of.key,
      first: all[0]?.streamSequence ?? 0,
      last: all.at(-1)?.streamSequence ?? 0,
      sizeBytes: bytes.length,
      digest: contentDigest(bytes),
    },
    { read: all, nowMs },
  );
  await insertRows(store, { table: 'segments', rows: [row], token });
  return events.length;
}
