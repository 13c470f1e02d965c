// The three buckets that all tenants of a NATS account share, made where they are missing: once for each connection, not once for each tenant.
import { openBodyBucket, openPolicyBucket, openStatusBucket } from '@menshen/jetstream/ensure-streams';
import type { BodyBucket } from '@menshen/jetstream/policy-bodies';
import type { KV } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';

export interface Buckets {
  readonly pointers: KV;
  readonly status: KV;
  readonly bodies: BodyBucket;
}

export interface BucketOpener {
  open(nats: NatsConnection, replicas: number): Promise<Buckets>;
  /** Something there did not answer as it should: they are made again where they are missing. */
  doubt(nats: NatsConnection): void;
}

export function createBucketOpener(): BucketOpener {
  const known = new WeakMap<NatsConnection, Promise<Buckets>>();
  return {
    open: (nats, replicas) => {
      const before = known.get(nats);
      if (before !== undefined) return before;
      const opening = openAll(nats, replicas);
      known.set(nats, opening);
      opening.catch(() => known.delete(nats));
      return opening;
    },
    doubt: (nats) => {
      known.delete(nats);
    },
  };
}

async function openAll(nats: NatsConnection, replicas: number): Promise<Buckets> {
  const [pointers, status, bodies] = await Promise.all([
    openPolicyBucket(nats, replicas),
    openStatusBucket(nats, replicas),
    openBodyBucket(nats, replicas),
  ]);
  return { pointers, status, bodies };
}
