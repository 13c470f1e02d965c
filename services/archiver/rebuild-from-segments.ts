// ClickHouse is an index of the record: dropped and filled again from segments alone, it has the same rows.
// Messages, pages, redeliveries, dead letters, media, recalls, gaps and the directory come from the segments of the capture stream,
// judgements, verdicts and notices from those of the outcome stream, the list of segments from the object store itself.
import type { ClickHouse } from '@menshen/clickhouse/client';
import { quoteName } from '@menshen/clickhouse/client';
import { ensureSchema } from '@menshen/clickhouse/ensure-schema';
import type { Layout } from '@menshen/clickhouse/schema';
import { TABLE_NAMES } from '@menshen/clickhouse/table-keys';
import { contentDigest } from '@menshen/contracts/digest';
import type { ObjectStore } from '@menshen/objects/object-store';
import { BatchMemory, MessageClassifier } from './capture/classify-messages.ts';
import { CaptureRows } from './capture/make-capture-rows.ts';
import { countKinds, segmentRow } from './capture/segment-row.ts';
import { OUTCOME_ORDER } from './outcomes/archive-outcomes.ts';
import { makeOutcomeRows } from './outcomes/make-outcome-rows.ts';
import { fromOutcomeSegmentEvent } from './outcomes/outcome-segment.ts';
import { insertBatch, insertRows, type RowStore } from './rows/insert-rows.ts';
import { TableRows } from './rows/row-batch.ts';
import { readSegment } from './segments/read-segment.ts';
import {
  outcomePrefix,
  parseSegmentKey,
  type SegmentEvent,
  saltsKey,
  segmentPrefix,
} from './segments/segment-format.ts';
import { fromSegmentEvent } from './segments/to-segment-event.ts';

export interface Rebuild {
  readonly corpId: string;
  readonly clickhouse: ClickHouse;
  readonly objects: ObjectStore;
  /** Layout of the tables, made where they are missing. */
  readonly layout: Layout;
  /** After each segment. */
  readonly progress?: (done: RebuildResult) => void;
}

export interface RebuildResult {
  readonly segments: number;
  readonly events: number;
}

/**
 * Empties every table and fills it from the segments. No archiver may run meanwhile.
 * Rejects on a damaged segment or when something is away; running it again starts anew.
 */
export async function rebuildFromSegments(rebuild: Rebuild): Promise<RebuildResult> {
  const { corpId, clickhouse, objects, layout } = rebuild;
  await ensureSchema(clickhouse, layout);
  for (const table of TABLE_NAMES) await clickhouse.run(`TRUNCATE TABLE ${quoteName(table)}`);
  const work = await beginWork(clickhouse);
  let [segments, events] = [0, 0];
  const count = (added: number): void => {
    segments++;
    events += added;
    rebuild.progress?.({ segments, events });
  };
  for await (const segment of readSegments(objects, segmentPrefix(corpId)))
    count(await addCapture(work, segment));
  for await (const segment of readSegments(objects, outcomePrefix(corpId)))
    count(await addOutcomes(work, corpId, segment));
  return { segments, events };
}

interface Work {
  readonly store: RowStore;
  readonly classifier: MessageClassifier;
  /** ClickHouse's clock, ms. */
  readonly startedAtMs: number;
}

async function beginWork(clickhouse: ClickHouse): Promise<Work> {
  const [row] = await clickhouse.query<{ now: string }>('SELECT toUnixTimestamp64Milli(now64(3)) AS now');
  return {
    store: { clickhouse, metrics: { stored: () => undefined, skipped: () => undefined } },
    classifier: new MessageClassifier(clickhouse),
    startedAtMs: Number(row?.now ?? 0),
  };
}

interface FoundSegment {
  readonly key: string;
  readonly first: number;
  readonly last: number;
  readonly bytes: Buffer;
  readonly all: readonly SegmentEvent[];
  /** Attempts that were cut short left segments that overlap with their successors: each event is fresh once. */
  readonly fresh: readonly SegmentEvent[];
}

async function* readSegments(objects: ObjectStore, prefix: string): AsyncIterable<FoundSegment> {
  let position = 0;
  for await (const { key } of objects.list(prefix)) {
    const range = parseSegmentKey(key);
    if (range === undefined) continue;
    const bytes = await objects.get(key);
    if (bytes === undefined) throw new Error(`the segment ${key} disappeared while it was read`);
    const all = readSegment(bytes, await objects.get(saltsKey(key)));
    const before = position;
    yield { key, ...range, bytes, all, fresh: all.filter(({ streamSequence }) => streamSequence > before) };
    position = Math.max(position, range.last);
  }
}

async function addCapture(work: Work, segment: FoundSegment): Promise<number> {
  const { key, first, last, bytes } = segment;
  const { store, classifier, startedAtMs } = work;
  const token = tokenOf(work, segment);
  const read = segment.fresh.map(fromSegmentEvent);
  const messages = read.filter((event) => event.kind === 'message');
  const batch = new BatchMemory(read[0]?.streamSequence ?? 0, async () => messages);
  const made = new CaptureRows({ segment: key, classifier, batch });
  await made.add(read);
  await insertBatch(store, made.rows, { token, last: ['pages'] });
  const kinds = new Map<string, number>();
  countKinds(kinds, segment.all);
  const row = segmentRow(
    { key, first, last, sizeBytes: bytes.length, digest: contentDigest(bytes) },
    { kinds, nowMs: startedAtMs },
  );
  const ending = new TableRows('segments');
  ending.add(row);
  await insertRows(store, ending, { token });
  return read.length;
}

async function addOutcomes(work: Work, corpId: string, segment: FoundSegment): Promise<number> {
  const events = segment.fresh.map((event) => fromOutcomeSegmentEvent(corpId, event));
  const { rows } = makeOutcomeRows(corpId, events);
  await insertBatch(work.store, rows, { token: tokenOf(work, segment), ...OUTCOME_ORDER });
  return events.length;
}

/** Another in every rebuild: what an earlier one stored under the same name is gone, but ClickHouse remembers the name. */
const tokenOf = ({ startedAtMs }: Work, { first, last }: FoundSegment): string =>
  `rebuild-${startedAtMs}-${first}-${last}`;
