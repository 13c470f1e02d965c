// The outcome stream into ClickHouse: judgements with their verdicts, and every state of every notice.
// Scanners publish at least once, so the same judgement may come twice: rows are looked up by what they are about, not by where they stood.
import type { ClickHouse } from '@menshen/clickhouse/client';
import { readArchivedCursor } from '@menshen/clickhouse/read-archived-cursor';
import type { Clock } from '@menshen/contracts/clock';
import { decodeNotice } from '@menshen/contracts/compliance-alert';
import { decodeJudgements } from '@menshen/contracts/finding';
import { findingSubject, noticeSubject, outcomeStream } from '@menshen/contracts/subjects';
import { DONE, type Settlement } from '@menshen/jetstream/pull-batches';
import type { ObjectStore } from '@menshen/objects/object-store';
import type { Logger } from '@menshen/telemetry/logger';
import type { JsMsg } from '@nats-io/jetstream';
import type { ArchiverMetrics } from '../archiver-metrics.ts';
import type { Follower } from '../follow-stream.ts';
import { insertBatch } from '../rows/insert-rows.ts';
import { addJudgementRows, addNoticeRow } from '../rows/outcome-rows.ts';
import type { RowBatch } from '../rows/row-batch.ts';
import type { StreamEvent } from '../segments/to-segment-event.ts';

export interface OutcomeArchiveDependencies {
  readonly corpId: string;
  readonly clickhouse: ClickHouse;
  readonly objects: ObjectStore;
  readonly follower: Follower;
  readonly clock: Clock;
  readonly metrics: ArchiverMetrics;
  readonly logger: Logger;
}

const HAND_OVER: Settlement = { kind: 'Retry', delayMs: 0 };

export class OutcomeArchive {
  readonly #deps: OutcomeArchiveDependencies;
  /** Rows up to this sequence of the outcome stream may be stored already. */
  #checkUpTo = 0;

  constructor(deps: OutcomeArchiveDependencies) {
    this.#deps = deps;
  }

  /** Archives a batch. Rejects when ClickHouse, the object store or NATS is away: the batch comes again. */
  async handle(batch: readonly JsMsg[]): Promise<Settlement> {
    const { follower, metrics, clock } = this.#deps;
    const startedAtMs = clock.nowMs();
    try {
      if (await follower.takeNews(batch)) await this.#learn();
      const events = await follower.complete(batch);
      const last = events.at(-1);
      if (last === undefined) return DONE;
      if (!(await follower.isOurs())) {
        metrics.handedOver('outcome');
        follower.doubt();
        return HAND_OVER;
      }
      await this.#archive(events);
      follower.advance(last.sequence);
      follower.settleNews();
      metrics.batch('outcome', clock.nowMs() - startedAtMs);
      return DONE;
    } catch (error) {
      follower.doubt();
      this.#checkUpTo = Math.max(this.#checkUpTo, batch.at(-1)?.seq ?? 0);
      metrics.failed('outcome');
      throw error;
    }
  }

  async #learn(): Promise<void> {
    const { outcomeSequence } = await readArchivedCursor(this.#deps.clickhouse);
    this.#checkUpTo = Math.max(this.#checkUpTo, outcomeSequence);
  }

  async #archive(events: readonly StreamEvent[]): Promise<void> {
    const { clickhouse, metrics } = this.#deps;
    const first = events[0]?.sequence ?? 0;
    const last = events.at(-1)?.sequence ?? 0;
    const rows: RowBatch = new Map();
    for (const event of events) await this.#addRows(rows, event);
    await insertBatch({ clickhouse, metrics }, rows, {
      token: `${first}-${last}`,
      // A judgement's row says that its verdicts are stored.
      last: ['judgements'],
      ...(first > this.#checkUpTo
        ? {}
        : { check: { column: 'outcomeSequence', ranges: [[first, last]] as const } }),
    });
  }

  async #addRows(rows: RowBatch, event: StreamEvent): Promise<void> {
    const { corpId } = this.#deps;
    const made: RowBatch = new Map();
    try {
      if (event.subject === findingSubject(corpId))
        addJudgementRows(made, event.sequence, decodeJudgements(event.data));
      else if (event.subject === noticeSubject(corpId))
        addNoticeRow(made, event.sequence, decodeNotice(event.data));
      else throw new Error('unknown subject');
    } catch {
      await this.#keepUnreadable(event);
      return;
    }
    for (const [table, added] of made) {
      const all = rows.get(table) ?? [];
      for (const row of added) all.push(row);
      rows.set(table, all);
    }
  }

  /** It stops nothing and is not lost: the object is what a person can look at. */
  async #keepUnreadable({ sequence, data }: StreamEvent): Promise<void> {
    const { corpId, objects, metrics, logger } = this.#deps;
    const key = `${corpId}/unreadable/${outcomeStream(corpId)}-${sequence}`;
    await objects.put(key, data, { ifAbsent: true });
    metrics.events('unreadable', 1);
    logger.error({ sequence, key }, 'kept raw: no event of the outcome stream');
  }
}
