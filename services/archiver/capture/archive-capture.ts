// The capture stream into the record: a batch becomes a segment, then rows, and only then is it acknowledged.
// Every step may be repeated: the segment's key and bytes, the rows and their keys are functions of the events.
import type { ClickHouse } from '@menshen/clickhouse/client';
import { readArchivedCursor } from '@menshen/clickhouse/read-archived-cursor';
import { CAPTURE_TABLES } from '@menshen/clickhouse/table-keys';
import type { Clock } from '@menshen/contracts/clock';
import type { Settlement } from '@menshen/jetstream/pull-batches';
import type { ObjectStore } from '@menshen/objects/object-store';
import type { Logger } from '@menshen/telemetry/logger';
import type { JetStreamClient, JsMsg } from '@nats-io/jetstream';
import { archiveInOrder, type BatchSteps } from '../archive-in-order.ts';
import type { ArchiverMetrics } from '../archiver-metrics.ts';
import type { Follower } from '../follow-stream.ts';
import type { KeyRanges } from '../rows/find-stored.ts';
import { expectNoInsert, insertBatch, insertRows } from '../rows/insert-rows.ts';
import { TableRows } from '../rows/row-batch.ts';
import { segmentPrefix } from '../segments/segment-format.ts';
import { placeOf, type SegmentPlace, type StoredSegment, storeSegment } from '../segments/store-segment.ts';
import { type ReadEvent, readEvent, type StreamEvent, toSegmentEvent } from '../segments/to-segment-event.ts';
import { type BuiltSegment, EVENT_ROOM_BYTES, SegmentWriter } from '../segments/write-segment.ts';
import { BatchMemory, MessageClassifier, type MessageEvent } from './classify-messages.ts';
import { CaptureRows } from './make-capture-rows.ts';
import { publishConflicts } from './report-conflict.ts';
import { countKinds, segmentRow } from './segment-row.ts';

export interface CaptureArchiveDependencies {
  readonly corpId: string;
  readonly clickhouse: ClickHouse;
  readonly objects: ObjectStore;
  readonly js: JetStreamClient;
  readonly follower: Follower;
  readonly clock: Clock;
  readonly metrics: ArchiverMetrics;
  readonly logger: Logger;
}

export class CaptureArchive {
  readonly #deps: CaptureArchiveDependencies;
  readonly #classifier: MessageClassifier;
  /** Rows up to this stream sequence may be stored already. */
  #checkUpTo = 0;
  /** The pin under which the classifier learnt what is archived. */
  #learntUnder: string | undefined;

  constructor(deps: CaptureArchiveDependencies) {
    this.#deps = deps;
    this.#classifier = new MessageClassifier(deps.clickhouse);
  }

  /** Archives a batch. Rejects when ClickHouse, the object store or NATS is away: the batch comes again. */
  handle(batch: readonly JsMsg[]): Promise<Settlement> {
    const steps: BatchSteps = {
      stream: 'capture',
      learn: () => this.#learn(),
      archive: (events) => this.#archive(events),
      mayBeStored: (sequence) => this.#mayBeStored(sequence),
    };
    return archiveInOrder(this.#deps, steps, batch);
  }

  #mayBeStored(sequence: number): void {
    this.#checkUpTo = Math.max(this.#checkUpTo, sequence);
  }

  async #learn(): Promise<void> {
    const { clickhouse } = this.#deps;
    await expectNoInsert(clickhouse, [...CAPTURE_TABLES, 'segments']);
    const { captureSequence } = await readArchivedCursor(clickhouse);
    this.#mayBeStored(captureSequence);
  }

  /** Under another pin the archive may have grown without us. */
  async #learnMsgids(read: readonly ReadEvent[]): Promise<void> {
    const { pin } = this.#deps.follower;
    const first = read.find((event) => event.kind === 'message');
    if (this.#learntUnder === pin || first === undefined) return;
    await this.#classifier.fill(first.message.stamp.capturedAtMs);
    this.#learntUnder = pin;
  }

  async #archive(events: readonly StreamEvent[]): Promise<void> {
    const { corpId, clickhouse, objects, js, clock, metrics, logger } = this.#deps;
    const place = placeOf(segmentPrefix(corpId), events);
    const made = await this.#make(place, events);
    const segment = await storeSegment(objects, place, made.segment);
    if (segment.isNew) metrics.segment('capture', segment.sizeBytes);
    const { conflicts, rows } = made.rows;
    if (conflicts.length > 0) {
      await publishConflicts(js, corpId, { conflicts, nowMs: clock.nowMs() });
      logger.warn({ count: conflicts.length, segment: segment.key }, 'messages under a msgid of others');
    }
    const store = { clickhouse, metrics };
    const token = `${segment.first}-${segment.last}`;
    const check = rangeWithin(segment, this.#checkUpTo, 'streamSequence');
    // A page's row says how far capture is archived, so it comes after what it speaks of.
    await insertBatch(store, rows, { token, last: ['pages'], ...check });
    const last = new TableRows('segments');
    last.add(segmentRow(segment, { kinds: made.kinds, nowMs: clock.nowMs() }));
    await insertRows(store, last, { token, ...rangeWithin(segment, this.#checkUpTo, 'firstSequence') });
    this.#count(made);
  }

  /** Segment and rows, a slice of the batch at a time: so that what a message was parsed into is forgotten while it is young. */
  async #make(place: SegmentPlace, events: readonly StreamEvent[]): Promise<Made> {
    const expectedBytes = events.reduce((sum, { data }) => sum + data.length + EVENT_ROOM_BYTES, 0);
    const segment = new SegmentWriter({ corpId: this.#deps.corpId, ...place, expectedBytes });
    const batch = new BatchMemory(place.first, () => this.#messagesOf(events));
    const rows = new CaptureRows({ segment: place.key, classifier: this.#classifier, batch });
    const kinds = new Map<string, number>();
    const unreadable: number[] = [];
    for (let from = 0; from < events.length; from += SLICE) {
      const read = await this.#readAll(events.slice(from, from + SLICE));
      await this.#learnMsgids(read);
      await rows.add(read);
      for (const event of read) {
        segment.add(toSegmentEvent(event));
        if (event.kind === 'unreadable') unreadable.push(event.streamSequence);
      }
      countKinds(kinds, read);
    }
    return { segment: segment.finish(), rows, kinds, unreadable };
  }

  async #readAll(events: readonly StreamEvent[]): Promise<ReadEvent[]> {
    const { objects } = this.#deps;
    const loadBody = async (objectKey: string): Promise<Buffer> => {
      const body = await objects.get(objectKey);
      if (body === undefined) throw new Error(`the object ${objectKey} of a large message is not there`);
      return body;
    };
    const read: ReadEvent[] = [];
    for (const event of events) read.push(await readEvent(event, loadBody));
    return read;
  }

  async #messagesOf(events: readonly StreamEvent[]): Promise<MessageEvent[]> {
    return (await this.#readAll(events)).filter((event) => event.kind === 'message');
  }

  #count({ rows, kinds, unreadable }: Made): void {
    const { metrics, logger, clock } = this.#deps;
    for (const [kind, count] of kinds) metrics.events(kind, count);
    for (const [kind, count] of rows.classes) metrics.classified(kind, count);
    for (const streamSequence of unreadable)
      logger.error({ streamSequence }, 'kept raw: no event of the capture stream');
    if (rows.newestCaptureMs > 0) metrics.archivedAfter(clock.nowMs() - rows.newestCaptureMs);
  }
}

interface Made {
  readonly segment: BuiltSegment;
  readonly rows: CaptureRows;
  /** Events by kind. */
  readonly kinds: ReadonlyMap<string, number>;
  /** Stream sequences. */
  readonly unreadable: readonly number[];
}

/** Events that are looked at together. */
const SLICE = 1_000;

function rangeWithin(segment: StoredSegment, checkUpTo: number, column: string): { check?: KeyRanges } {
  if (segment.first > checkUpTo) return {};
  return { check: { column, ranges: [[segment.first, segment.last]] } };
}
