// What the streams and buckets of a tenant are made with: one list, for the roles that make them and the operator that looks after them.
import {
  BODY_BUCKET,
  captureStream,
  captureSubjects,
  outcomeStream,
  outcomeSubjects,
  POLICY_BUCKET,
  STATUS_BUCKET,
} from '@menshen/contracts/subjects';
import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig } from '@nats-io/jetstream';

export interface StreamPlan {
  readonly corpId: string;
  /** 1 or 3. */
  readonly replicas: number;
  /** Beyond this many bytes the capture stream refuses new pages (`discard: new`): ingest stops pulling, nothing is lost. */
  readonly maxStreamBytes: number;
  /**
   * Sequences the new streams begin with when they have to be made. Greater than any sequence ever archived,
   * so that a stream that was lost and re-created never uses a number twice. 1 for a tenant that never ran.
   */
  readonly firstSequence: { readonly capture: number; readonly outcome: number };
}

export type WantedStream = Partial<StreamConfig> & { readonly name: string; readonly subjects: string[] };

/** Of pages, messages, dead letters and enriched messages. */
export function captureStreamConfig(plan: StreamPlan): WantedStream {
  return {
    ...common(plan),
    name: captureStream(plan.corpId),
    subjects: captureSubjects(plan.corpId),
    first_seq: plan.firstSequence.capture,
  };
}

/** Of findings and notices. */
export function outcomeStreamConfig(plan: StreamPlan): WantedStream {
  return {
    ...common(plan),
    name: outcomeStream(plan.corpId),
    subjects: outcomeSubjects(plan.corpId),
    first_seq: plan.firstSequence.outcome,
  };
}

function common(plan: StreamPlan): Partial<StreamConfig> {
  return {
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    max_age: 0,
    max_bytes: plan.maxStreamBytes,
    num_replicas: plan.replicas,
    allow_direct: true,
    allow_atomic: true,
  };
}

/**
 * A lost stream may have held more than was archived of it, and what was judged of that is known by its numbers:
 * a new stream begins above all that the old one can have used. More events than fit into any stream's bytes.
 */
const LEAP = 1_000_000_000;

/** The sequence with which a stream that is made anew begins; `archived` is the highest in the archive, 0 for none. */
export function sequenceAbove(archived: number): number {
  return archived === 0 ? 1 : archived + LEAP;
}

export interface BucketConfig {
  readonly name: string;
  /** Entries that are not renewed are gone after so long, ms; absent: they stay. */
  readonly ttlMs?: number;
}

/** Entries of STATUS, ms. */
export const STATUS_TTL_MS = 60_000;

/** The key-value buckets, which all tenants of a NATS account share: a tenant's keys begin with its corpId. */
export const BUCKETS = {
  policy: { name: POLICY_BUCKET },
  body: { name: BODY_BUCKET },
  status: { name: STATUS_BUCKET, ttlMs: STATUS_TTL_MS },
} as const satisfies Record<string, BucketConfig>;

/** The stream in which JetStream keeps a bucket (NATS ADR-8). */
export const streamOfBucket = (bucket: string): string => `KV_${bucket}`;
