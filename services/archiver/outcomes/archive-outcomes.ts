// The outcome stream into the record: judgements with their verdicts, and every state of every notice. A batch becomes a segment, then rows.
// Scanners publish at least once, so the same judgement may come twice: rows are looked up by what they are about, not by where they stood.
import type { ClickHouse } from '@menshen/clickhouse/client';
import { readArchivedCursor } from '@menshen/clickhouse/read-archived-cursor';
import { OUTCOME_TABLES } from '@menshen/clickhouse/table-keys';
import type { Clock } from '@menshen/contracts/clock';
import type { Settlement } from '@menshen/jetstream/pull-batches';
import type { ObjectStore } from '@menshen/objects/object-store';
import type { Logger } from '@menshen/telemetry/logger';
import type { JsMsg } from '@nats-io/jetstream';
import { archiveInOrder, type BatchSteps } from '../archive-in-order.ts';
import type { ArchiverMetrics } from '../archiver-metrics.ts';
import type { Follower } from '../follow-stream.ts';
import { expectNoInsert, insertBatch } from '../rows/insert-rows.ts';
import { outcomePrefix } from '../segments/segment-format.ts';
import { placeOf, storeSegment } from '../segments/store-segment.ts';
import type { StreamEvent } from '../segments/to-segment-event.ts';
import { buildSegment } from '../segments/write-segment.ts';
import { makeOutcomeRows } from './make-outcome-rows.ts';
import { toOutcomeSegmentEvent } from './outcome-segment.ts';

export interface OutcomeArchiveDependencies {
  readonly corpId: string;
  readonly clickhouse: ClickHouse;
  readonly objects: ObjectStore;
  readonly follower: Follower;
  readonly clock: Clock;
  readonly metrics: ArchiverMetrics;
  readonly logger: Logger;
}

/** A judgement's row says that its verdicts are stored. */
export const OUTCOME_ORDER = { last: ['judgements'] } as const;

export class OutcomeArchive {
  readonly #deps: OutcomeArchiveDependencies;
  /** Rows up to this sequence of the outcome stream may be stored already. */
  #checkUpTo = 0;

  constructor(deps: OutcomeArchiveDependencies) {
    this.#deps = deps;
  }

  /** Archives a batch. Rejects when ClickHouse, the object store or NATS is away: the batch comes again. */
  handle(batch: readonly JsMsg[]): Promise<Settlement> {
    const steps: BatchSteps = {
      stream: 'outcome',
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
    await expectNoInsert(clickhouse, OUTCOME_TABLES);
    const { outcomeSequence } = await readArchivedCursor(clickhouse);
    this.#mayBeStored(outcomeSequence);
  }

  async #archive(events: readonly StreamEvent[]): Promise<void> {
    const { corpId, clickhouse, objects, metrics, logger } = this.#deps;
    const place = placeOf(outcomePrefix(corpId), events);
    const built = buildSegment(
      corpId,
      events.map((event) => toOutcomeSegmentEvent(corpId, event)),
    );
    const storing = storeSegment(objects, place, built);
    // Rows are made while the disk works; they are stored only when the segment is.
    const { rows, unreadable } = makeOutcomeRows(corpId, events);
    const { first, last, key, sizeBytes, isNew } = await storing;
    if (isNew) metrics.segment('outcome', sizeBytes);
    await insertBatch({ clickhouse, metrics }, rows, {
      token: `${first}-${last}`,
      ...OUTCOME_ORDER,
      ...(first > this.#checkUpTo
        ? {}
        : { check: { column: 'outcomeSequence', ranges: [[first, last]] as const } }),
    });
    if (unreadable.length > 0) metrics.events('unreadable', unreadable.length);
    for (const sequence of unreadable)
      logger.error({ sequence, segment: key }, 'kept raw: no event of the outcome stream');
  }
}
