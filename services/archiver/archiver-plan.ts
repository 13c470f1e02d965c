// What the archiver reads, and how: two durable consumers, each read by one process at a time.
import { captureStream, outcomeStream } from '@menshen/contracts/subjects';
import type { ConsumerPlan } from '@menshen/jetstream/ensure-consumer';

export const CAPTURE_PATTERN = 'archiver.capture';
export const OUTCOME_PATTERN = 'archiver.outcomes';
export const CONSUMER = 'archiver';
export const GROUP = 'archiver';

export const ACK_WAIT_MS = 60_000;
/** Another archiver takes over after this silence … */
const TAKE_OVER_AFTER_MS = 10_000;
/** … so an idle one asks again well before. */
export const PULL_EXPIRES_MS = 3_000;
/** Bounds memory, with the bytes of a segment; many small messages make a segment too. */
export const EVENTS_PER_BATCH = 20_000;
export const OUTCOMES_PER_BATCH = 5_000;
export const OUTCOME_BYTES_PER_BATCH = 16 * 1024 * 1024;

export function consumerPlans(corpId: string): readonly [capture: ConsumerPlan, outcome: ConsumerPlan] {
  return [
    plan(captureStream(corpId), EVENTS_PER_BATCH),
    // The same consumer name on another stream.
    plan(outcomeStream(corpId), OUTCOMES_PER_BATCH),
  ];
}

function plan(stream: string, perBatch: number): ConsumerPlan {
  return {
    stream,
    name: CONSUMER,
    filterSubjects: [],
    maxAckPending: 4 * perBatch,
    ackWaitMs: ACK_WAIT_MS,
    acks: 'All',
    pinned: { group: GROUP, takeOverAfterMs: TAKE_OVER_AFTER_MS },
  };
}
