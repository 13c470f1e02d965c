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
import { expectNoInsert, insertBatch, insertRows } from '../rows/insert-rows.ts';
import type { KeyRanges } from '../rows/row-batch.ts';
import { segmentKey, segmentPrefix } from '../segments/segment-format.ts';
import { type StoredSegment, storeSegment } from '../segments/store-segment.ts';
import { type ReadEvent, readEvent, type StreamEvent, toSegmentEvent } from '../segments/to-segment-event.ts';
import { MessageClassifier } from './classify-messages.ts';
import { type CaptureRows, makeCaptureRows } from './make-capture-rows.ts';
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
    const { corpId, clickhouse, js, clock, metrics, logger } = this.#deps;
    const read = await this.#readAll(events);
    await this.#learnMsgids(read);
    const key = segmentKey(segmentPrefix(corpId), events[0]?.sequence ?? 0, events.at(-1)?.sequence ?? 0);
    // Rows are made while the disk works; they are stored only when the segment is.
    const [segment, made] = await Promise.all([
      this.#storeSegment(read),
      makeCaptureRows(read, { segment: key, classifier: this.#classifier }),
    ]);
    if (made.conflicts.length > 0) {
      await publishConflicts(js, corpId, { conflicts: made.conflicts, nowMs: clock.nowMs() });
      logger.warn({ count: made.conflicts.length, segment: segment.key }, 'messages under a msgid of others');
    }
    const check = rangeWithin(segment, this.#checkUpTo, 'streamSequence');
    const store = { clickhouse, metrics };
    const token = `${segment.first}-${segment.last}`;
    // A page's row says how far capture is archived, so it comes after what it speaks of.
    await insertBatch(store, made.rows, { token, last: ['pages'], ...check });
    await insertRows(store, {
      table: 'segments',
      rows: [segmentRow(segment, { read, nowMs: clock.nowMs() })],
      token,
      ...rangeWithin(segment, this.#checkUpTo, 'firstSequence'),
    });
    this.#count(made, read);
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

  async #storeSegment(read: readonly ReadEvent[]): Promise<StoredSegment> {
    const { corpId, objects, metrics } = this.#deps;
    const content = { corpId, prefix: segmentPrefix(corpId), events: read.map(toSegmentEvent) };
    const segment = await storeSegment(objects, content);
    if (segment.isNew) metrics.segment('capture', segment.sizeBytes);
    return segment;
  }

  #count(made: CaptureRows, read: readonly ReadEvent[]): void {
    const { metrics, logger, clock } = this.#deps;
    for (const [kind, count] of countKinds(read)) metrics.events(kind, count);
    for (const [kind, count] of made.classes) metrics.classified(kind, count);
    const unreadable = read.filter(({ kind }) => kind === 'unreadable');
    for (const { streamSequence } of unreadable)
      logger.error({ streamSequence }, 'kept raw: no event of the capture stream');
    if (made.newestCaptureMs > 0) metrics.archivedAfter(clock.nowMs() - made.newestCaptureMs);
  }
}

function rangeWithin(segment: StoredSegment, checkUpTo: number, column: string): { check?: KeyRanges } {
  if (segment.first > checkUpTo) return {};
  return { check: { column, ranges: [[segment.first, segment.last]] } };
}
