// The durable consumers of a tenant, all of them: one list, because the roles make them, the operator looks after them, and what a role's
// credentials admit is written from it.
import {
  captureStream,
  findingSubject,
  MEDIA_MSGTYPES,
  outcomeStream,
  PARTITIONS,
} from '@menshen/contracts/subjects';
import type { ConsumerPlan } from './ensure-consumer.ts';

export const ARCHIVER_CONSUMER = 'archiver';
export const MEDIA_CONSUMER = 'media';
export const NOTIFIER_CONSUMER = 'notifier';
export const SCANNER_CONSUMER = 'scanner';
/** The consumer of one partition, where several scanners share them. */
export const laneConsumer = (partition: number): string => `${SCANNER_CONSUMER}-${partition}`;

/** Priority groups of consumers that one process at a time reads. */
export const ARCHIVER_GROUP = 'archiver';
export const SCANNER_GROUP = 'scanner';

/** Bounds the archiver's memory, with the bytes of a segment; many small messages make a segment too. */
export const ARCHIVED_EVENTS_PER_BATCH = 20_000;
export const ARCHIVED_OUTCOMES_PER_BATCH = 5_000;
export const FINDINGS_PER_BATCH = 200;

export const ARCHIVER_ACK_WAIT_MS = 60_000;
/** Another archiver takes over after this silence. */
const ARCHIVER_TAKE_OVER_MS = 10_000;

/** What the archiver reads: the same consumer name on both streams, each read by one process at a time and in order. */
export function archiverConsumers(corpId: string): readonly [capture: ConsumerPlan, outcome: ConsumerPlan] {
  return [
    archiverConsumer(captureStream(corpId), ARCHIVED_EVENTS_PER_BATCH),
    archiverConsumer(outcomeStream(corpId), ARCHIVED_OUTCOMES_PER_BATCH),
  ];
}

function archiverConsumer(stream: string, perBatch: number): ConsumerPlan {
  return {
    stream,
    name: ARCHIVER_CONSUMER,
    filterSubjects: [],
    maxAckPending: 4 * perBatch,
    ackWaitMs: ARCHIVER_ACK_WAIT_MS,
    acks: 'All',
    pinned: { group: ARCHIVER_GROUP, takeOverAfterMs: ARCHIVER_TAKE_OVER_MS },
  };
}

/** What a killed ingest had in hand comes again after so long. */
export const MEDIA_ACK_WAIT_MS = 15_000;
/** Gaps that are tried again stay unacknowledged for days: far more than are ever handled at once. */
const MEDIA_MAX_ACK_PENDING = 50_000;

/** Messages that may refer to files, which ingest fetches. */
export function mediaConsumer(corpId: string): ConsumerPlan {
  return {
    stream: captureStream(corpId),
    name: MEDIA_CONSUMER,
    filterSubjects: MEDIA_MSGTYPES.map((msgtype) => `wecom.${corpId}.message.*.${msgtype}`),
    maxAckPending: MEDIA_MAX_ACK_PENDING,
    ackWaitMs: MEDIA_ACK_WAIT_MS,
    acks: 'Explicit',
  };
}

/** How long the findings of a notifier that died wait before they are taken in again, ms. */
export const NOTIFIER_ACK_WAIT_MS = 10_000;

/** Findings, which the notifier assigns to notices. */
export function notifierConsumer(corpId: string): ConsumerPlan {
  return {
    stream: outcomeStream(corpId),
    name: NOTIFIER_CONSUMER,
    filterSubjects: [findingSubject(corpId)],
    // Nothing waits unacknowledged for a group or a receiver, so this bounds memory only.
    maxAckPending: 4 * FINDINGS_PER_BATCH,
    ackWaitMs: NOTIFIER_ACK_WAIT_MS,
    acks: 'Explicit',
  };
}

export interface LaneOptions {
  readonly corpId: string;
  /** Several scanners share one consumer for each partition; otherwise one scanner reads everything by one consumer. */
  readonly partitioned: boolean;
  /** Messages of one batch. */
  readonly batchSize: number;
}

/**
 * How long the messages of a scanner that died wait before another judges them, ms; one that lives renews it for the batch in hand.
 * Much shorter than the take-over, because a busy server is late with both: when another process takes a lane over, what its former reader
 * left unacknowledged is due again and comes before anything newer [measured with nats-server 2.15.1].
 */
const SCANNER_ACK_WAIT_MS = 8_000;
const SCANNER_TAKE_OVER_MS = 18_000;

/** What scanners read. Pinned lanes are read in order by one process at a time (priority policy pinned_client, NATS ≥ 2.11). */
export function scannerConsumers({ corpId, partitioned, batchSize }: LaneOptions): readonly ConsumerPlan[] {
  const common = {
    stream: captureStream(corpId),
    maxAckPending: 4 * batchSize,
    ackWaitMs: SCANNER_ACK_WAIT_MS,
    acks: 'Explicit',
  } as const;
  // Everything: with two filters nats-server spends a fifth of its time on finding the next message, and what is no message is seldom.
  if (!partitioned) return [{ ...common, name: SCANNER_CONSUMER, filterSubjects: [] }];
  return Array.from({ length: PARTITIONS }, (_, partition) => ({
    ...common,
    name: laneConsumer(partition),
    filterSubjects: [`wecom.${corpId}.message.${partition}.>`, `wecom.${corpId}.enriched.${partition}`],
    pinned: { group: SCANNER_GROUP, takeOverAfterMs: SCANNER_TAKE_OVER_MS },
  }));
}
