// The streams and buckets of a tenant. They are made once and compared afterwards: a stream is never updated blindly.

import {
  BODY_BUCKET,
  captureStream,
  captureSubjects,
  outcomeStream,
  outcomeSubjects,
  POLICY_BUCKET,
  STATUS_BUCKET,
} from '@menshen/contracts/subjects';
import {
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';

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

export interface EnsuredStreams {
  readonly captureCreated: boolean;
  readonly outcomeCreated: boolean;
}

/** Makes the tenant's two streams where they are missing. Rejects when one exists with a setting that would lose data. */
export async function ensureStreams(jsm: JetStreamManager, plan: StreamPlan): Promise<EnsuredStreams> {
  return {
    captureCreated: await ensureStream(jsm, captureConfig(plan)),
    outcomeCreated: await ensureStream(jsm, outcomeConfig(plan)),
  };
}

type Wanted = Partial<StreamConfig> & { readonly name: string; readonly subjects: string[] };

function captureConfig(plan: StreamPlan): Wanted {
  return {
    ...common(plan),
    name: captureStream(plan.corpId),
    subjects: captureSubjects(plan.corpId),
    allow_atomic: true,
    first_seq: plan.firstSequence.capture,
  };
}

function outcomeConfig(plan: StreamPlan): Wanted {
  return {
    ...common(plan),
    name: outcomeStream(plan.corpId),
    subjects: outcomeSubjects(plan.corpId),
    allow_atomic: true,
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
  };
}

async function ensureStream(jsm: JetStreamManager, wanted: Wanted): Promise<boolean> {
  const existing = await findStream(jsm, wanted.name);
  if (existing === undefined) {
    await jsm.streams.add(wanted);
    return true;
  }
  const conflicts = listConflicts(existing, wanted);
  if (conflicts.length > 0) {
    throw new Error(
      `stream ${wanted.name} exists with other settings (${conflicts.join(', ')}): change them on the server or remove the stream after it was archived`,
    );
  }
  return false;
}

/** Settings that decide whether data can be lost; sizes and replicas are the administrator's to change. */
function listConflicts(existing: StreamConfig, wanted: Wanted): string[] {
  const conflicts: string[] = [];
  if (existing.discard !== wanted.discard)
    conflicts.push(`discard is ${existing.discard}, must be ${wanted.discard}`);
  if (existing.max_age !== 0) conflicts.push('max_age must be 0');
  if (existing.retention !== wanted.retention)
    conflicts.push(`retention is ${existing.retention}, must be ${wanted.retention}`);
  if (wanted.allow_atomic === true && existing.allow_atomic !== true)
    conflicts.push('allow_atomic must be true');
  const missing = wanted.subjects.filter((subject) => !existing.subjects.includes(subject));
  if (missing.length > 0) conflicts.push(`subjects lack ${missing.join(' ')}`);
  return conflicts;
}

/** The configuration of a stream, `undefined` when there is none. */
export async function findStream(jsm: JetStreamManager, name: string): Promise<StreamConfig | undefined> {
  try {
    return (await jsm.streams.info(name)).config;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === STREAM_NOT_FOUND) return undefined;
    throw error;
  }
}

/** JetStream API error code of a missing stream (nats-server errors.json: JSStreamNotFoundErr). */
const STREAM_NOT_FOUND = 10059;

/** Opens or makes the bucket of policy pointers. */
export function openPolicyBucket(nats: NatsConnection, replicas: number): Promise<KV> {
  return new Kvm(nats).create(POLICY_BUCKET, { history: 1, replicas });
}

/** Opens or makes the bucket of policy bundles and lexicons on their way into the object store. */
export function openBodyBucket(nats: NatsConnection, replicas: number): Promise<KV> {
  return new Kvm(nats).create(BODY_BUCKET, { history: 1, replicas });
}

/** Opens or makes the bucket of status reports; an entry that is not renewed is gone after 60 s. */
export function openStatusBucket(nats: NatsConnection, replicas: number): Promise<KV> {
  return new Kvm(nats).create(STATUS_BUCKET, { history: 1, replicas, ttl: STATUS_TTL_MS });
}

const STATUS_TTL_MS = 60_000;
