// The streams and buckets of a tenant. They are made once and compared afterwards: a stream is never updated blindly.

import { JetStreamApiError, type JetStreamManager, jetstream, type StreamConfig } from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  BUCKETS,
  type BucketConfig,
  captureStreamConfig,
  outcomeStreamConfig,
  type StreamPlan,
  type WantedStream,
} from './stream-configs.ts';

export interface EnsuredStreams {
  readonly captureCreated: boolean;
  readonly outcomeCreated: boolean;
}

/** Makes the tenant's two streams where they are missing. Rejects when one exists with a setting that would lose data. */
export async function ensureStreams(jsm: JetStreamManager, plan: StreamPlan): Promise<EnsuredStreams> {
  return {
    captureCreated: await ensureStream(jsm, captureStreamConfig(plan)),
    outcomeCreated: await ensureStream(jsm, outcomeStreamConfig(plan)),
  };
}

async function ensureStream(jsm: JetStreamManager, wanted: WantedStream): Promise<boolean> {
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
function listConflicts(existing: StreamConfig, wanted: WantedStream): string[] {
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
  return makeBucket(nats, BUCKETS.policy, replicas);
}

/** Opens or makes the bucket of policy bundles and lexicons on their way into the object store. */
export function openBodyBucket(nats: NatsConnection, replicas: number): Promise<KV> {
  return makeBucket(nats, BUCKETS.body, replicas);
}

/** Opens or makes the bucket of status reports; an entry that is not renewed is gone after 60 s. */
export function openStatusBucket(nats: NatsConnection, replicas: number): Promise<KV> {
  return makeBucket(nats, BUCKETS.status, replicas);
}

function makeBucket(nats: NatsConnection, { name, ttlMs }: BucketConfig, replicas: number): Promise<KV> {
  return new Kvm(nats).create(name, { history: 1, replicas, ...(ttlMs === undefined ? {} : { ttl: ttlMs }) });
}

/**
 * The bucket as a role may use it that has rights on its tenant's keys only: looked for first, by asking for a key of its own, and made
 * where it is missing by whoever may.
 */
export async function openBucketOf(
  nats: NatsConnection,
  bucket: BucketConfig,
  of: { readonly corpId: string; readonly replicas: number; readonly inboxPrefix?: string },
): Promise<KV> {
  // Watches are answered on a subject of their own, which the client does not take from the connection's prefix.
  const js = jetstream(nats, of.inboxPrefix === undefined ? {} : { watcherPrefix: of.inboxPrefix });
  // By direct get the key is part of the request's subject, so that credentials can be limited to it.
  const found = await new Kvm(js).open(bucket.name, { allow_direct: true });
  try {
    await found.get(`${of.corpId}.is-it-there`);
    return found;
  } catch (error) {
    if (!saysMissing(error)) throw error;
    return await makeBucket(nats, bucket, of.replicas);
  }
}

function saysMissing(error: unknown): boolean {
  if (error instanceof JetStreamApiError) return error.code === STREAM_NOT_FOUND;
  // Nobody answers a direct get for a stream that is not there.
  return (
    error instanceof Error &&
    /no responders|stream not found/i.test(`${error.name} ${error.message} ${String(error.cause)}`)
  );
}
