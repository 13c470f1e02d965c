// How a batch of either stream is archived by one archiver at a time: fenced by the pin, without a gap, and in doubt after any failure.
import type { Clock } from '@menshen/contracts/clock';
import { DONE, type Settlement } from '@menshen/jetstream/pull-batches';
import type { JsMsg } from '@nats-io/jetstream';
import type { ArchivedStream, ArchiverMetrics } from './archiver-metrics.ts';
import type { Follower } from './follow-stream.ts';
import type { StreamEvent } from './segments/to-segment-event.ts';

export interface BatchTools {
  readonly follower: Follower;
  readonly clock: Clock;
  readonly metrics: ArchiverMetrics;
}

/** What differs between the streams. */
export interface BatchSteps {
  readonly stream: ArchivedStream;
  /** Finds out what an archiver before has stored. */
  learn(): Promise<void>;
  archive(events: readonly StreamEvent[]): Promise<void>;
  /** Rows up to this sequence may be stored already. */
  mayBeStored(sequence: number): void;
}

/** Another archiver has taken over: it gets the batch at once. */
const HAND_OVER: Settlement = { kind: 'Retry', delayMs: 0 };

/** Archives a batch. Rejects when ClickHouse, the object store or NATS is away: the batch comes again. */
export async function archiveInOrder(
  tools: BatchTools,
  steps: BatchSteps,
  batch: readonly JsMsg[],
): Promise<Settlement> {
  const { follower, metrics, clock } = tools;
  const startedAtMs = clock.nowMs();
  try {
    if (await follower.takeNews(batch)) await steps.learn();
    const events = await follower.complete(batch);
    const last = events.at(-1);
    if (last === undefined) return DONE;
    if (!(await follower.isOurs())) {
      metrics.handedOver(steps.stream);
      follower.doubt();
      return HAND_OVER;
    }
    await steps.archive(events);
    follower.advance(last.sequence);
    follower.settleNews();
    metrics.batch(steps.stream, clock.nowMs() - startedAtMs);
    return DONE;
  } catch (error) {
    // What was stored of it is not known: the next attempt looks.
    follower.doubt();
    steps.mayBeStored(batch.at(-1)?.seq ?? 0);
    metrics.failed(steps.stream);
    throw error;
  }
}
