// The streams, consumers and buckets of one tenant on one NATS server: what is missing is made, what differs is brought in line where that
// loses nothing, and what would lose something is told. Nothing is written when nothing differs.
import {
  archiverConsumers,
  mediaConsumer,
  notifierConsumer,
  scannerConsumers,
} from '@menshen/jetstream/consumer-plans';
import { type ConsumerPlan, ensureConsumer, findConsumer } from '@menshen/jetstream/ensure-consumer';
import {
  BUCKETS,
  type BucketConfig,
  captureStreamConfig,
  outcomeStreamConfig,
  type StreamPlan,
  sequenceAbove,
  streamOfBucket,
  type WantedStream,
} from '@menshen/jetstream/stream-configs';
import { planSuccession } from '@menshen/jetstream/succeed-lanes';
import {
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import { parseQuantityBytes } from '../parse-quantity.ts';
import { renderRoleConfig } from '../render/render-role-config.ts';
import type { SettledTenant } from '../settled-tenant.ts';
import { type Conflict, compareConsumer, compareStream } from './compare-stream.ts';
import type { ArchivedSequences } from './provision-ports.ts';
import { adoptStamp, type Origin, readStamp, sameStamp, stampOf, writeStamp } from './stamp-owner.ts';

export interface EnsuredTenantStreams {
  /** `Adopted` when either stream was there before this WeComTenant. */
  readonly origin: Origin;
  readonly conflicts: readonly Conflict[];
}

/** The archive must say where a lost stream goes on, and cannot be asked now. */
export class ArchiveSilent extends Error {
  constructor(cause: unknown) {
    super('a stream is missing, and ClickHouse, which knows where it has to go on, does not answer', {
      cause,
    });
    this.name = 'ArchiveSilent';
  }
}

/** Rejects with {@link ArchiveSilent}, JetStreamApiError, or an error of the connection. */
export async function ensureTenantStreams(
  nats: NatsConnection,
  tenant: SettledTenant,
  readSequences: () => Promise<ArchivedSequences>,
): Promise<EnsuredTenantStreams> {
  const jsm = await jetstreamManager(nats);
  const plan = await planStreams(jsm, tenant, readSequences);
  const streams = [
    await ensureStream(jsm, captureStreamConfig(plan), tenant),
    await ensureStream(jsm, outcomeStreamConfig(plan), tenant),
  ];
  const conflicts = [
    ...streams.flatMap((stream) => stream.conflicts),
    ...(await ensureConsumers(jsm, tenant)),
    ...(await ensureBuckets(nats, jsm, tenant.spec.messaging.replicas)),
  ];
  const isAdopted = streams.some(({ origin }) => origin === 'Adopted');
  return { origin: isAdopted ? 'Adopted' : 'Created', conflicts };
}

async function planStreams(
  jsm: JetStreamManager,
  { spec }: SettledTenant,
  readSequences: () => Promise<ArchivedSequences>,
): Promise<StreamPlan> {
  const { corpId, messaging } = spec;
  const base = {
    corpId,
    replicas: messaging.replicas,
    maxStreamBytes: parseQuantityBytes(messaging.maxStreamBytes),
    firstSequence: { capture: 1, outcome: 1 },
  };
  const names = [captureStreamConfig(base).name, outcomeStreamConfig(base).name];
  const found = await Promise.all(names.map((name) => findStreamInfo(jsm, name)));
  if (found.every((info) => info !== undefined)) return base;
  const archived = await readSequences().catch((cause: unknown) => {
    throw new ArchiveSilent(cause);
  });
  const firstSequence = {
    capture: sequenceAbove(archived.capture),
    outcome: sequenceAbove(archived.outcome),
  };
  return { ...base, firstSequence };
}

async function ensureStream(
  jsm: JetStreamManager,
  wanted: WantedStream,
  tenant: SettledTenant,
): Promise<EnsuredTenantStreams> {
  const info = await findStreamInfo(jsm, wanted.name);
  if (info === undefined) {
    await jsm.streams.add({ ...wanted, metadata: writeStamp(stampOf(tenant, 'Created')) });
    return { origin: 'Created', conflicts: [] };
  }
  const { changes, conflicts } = compareStream(info.config, wanted, info.state.bytes);
  const found = readStamp(info.config.metadata);
  const stamp = adoptStamp(tenant, found);
  const stamped = sameStamp(found, stamp)
    ? {}
    : { metadata: { ...ownMetadata(info.config), ...writeStamp(stamp) } };
  const update = { ...changes, ...stamped };
  if (Object.keys(update).length === 0) return { origin: stamp.origin, conflicts };
  const refused = await tryUpdate(wanted.name, update, () => jsm.streams.update(wanted.name, update));
  return { origin: stamp.origin, conflicts: [...conflicts, ...refused] };
}

/** `_nats.…` is the server's to write. */
const ownMetadata = ({ metadata = {} }: StreamConfig): Record<string, string> =>
  Object.fromEntries(Object.entries(metadata).filter(([key]) => !key.startsWith('_nats.')));

/** What the server refuses is a conflict as well: it knows limits of accounts and clusters that we do not. */
async function tryUpdate(name: string, update: object, write: () => Promise<unknown>): Promise<Conflict[]> {
  try {
    await write();
    return [];
  } catch (error) {
    if (!(error instanceof JetStreamApiError)) throw error;
    const fields = Object.keys(update).filter((field) => field !== 'metadata');
    return [
      {
        field: `${name}.${fields.join(', ') || 'metadata'}`,
        actual: 'unchanged',
        wanted: JSON.stringify(Object.values({ ...update, metadata: undefined })),
        remedy: `the server says "${error.message}": change what stands in its way, or the spec`,
      },
    ];
  }
}

/** All durable consumers that the roles of the tenant read, beginning where those of a former configuration stopped. */
async function ensureConsumers(jsm: JetStreamManager, tenant: SettledTenant): Promise<Conflict[]> {
  const { plans: lanes } = await planSuccession(jsm, lanesOf(tenant));
  const conflicts: Conflict[] = [];
  for (const plan of [...fixedConsumers(tenant.spec.corpId), ...lanes])
    conflicts.push(...(await ensureOne(jsm, plan)));
  return conflicts;
}

const fixedConsumers = (corpId: string): readonly ConsumerPlan[] => [
  ...archiverConsumers(corpId),
  mediaConsumer(corpId),
  notifierConsumer(corpId),
];

/** As the scanner will be told in its configuration. */
function lanesOf(tenant: SettledTenant): Parameters<typeof scannerConsumers>[0] {
  const { scanner } = renderRoleConfig(tenant, ['scanner']).config;
  return {
    corpId: tenant.spec.corpId,
    partitioned: scanner?.partitioned ?? false,
    batchSize: scanner?.batchSize ?? 1,
  };
}

async function ensureOne(jsm: JetStreamManager, plan: ConsumerPlan): Promise<readonly Conflict[]> {
  const existing = await findConsumer(jsm, plan.stream, plan.name);
  const label = `${plan.stream} consumer ${plan.name}`;
  if (existing === undefined)
    return await tryUpdate(label, { name: plan.name }, () => ensureConsumer(jsm, plan));
  const { changes, conflicts } = compareConsumer(existing.config, plan);
  if (conflicts.length > 0 || Object.keys(changes).length === 0) return conflicts;
  return await tryUpdate(label, changes, () => jsm.consumers.update(plan.stream, plan.name, changes));
}

async function ensureBuckets(
  nats: NatsConnection,
  jsm: JetStreamManager,
  replicas: number,
): Promise<Conflict[]> {
  const conflicts: Conflict[] = [];
  for (const bucket of Object.values(BUCKETS))
    conflicts.push(...(await ensureBucket(nats, jsm, { bucket, replicas })));
  return conflicts;
}

/** Buckets belong to all tenants of the account: copies are added when one tenant wants more, never taken away. */
async function ensureBucket(
  nats: NatsConnection,
  jsm: JetStreamManager,
  { bucket, replicas }: { readonly bucket: BucketConfig; readonly replicas: number },
): Promise<Conflict[]> {
  const name = streamOfBucket(bucket.name);
  const ttlMs = bucket.ttlMs ?? 0;
  const info = await findStreamInfo(jsm, name);
  if (info === undefined) {
    await new Kvm(nats).create(bucket.name, { history: 1, replicas, ...(ttlMs === 0 ? {} : { ttl: ttlMs }) });
    return [];
  }
  const { max_age, num_replicas, allow_direct } = info.config;
  const maxAge = ttlMs * NANOS_PER_MS;
  const update = {
    ...(max_age === maxAge ? {} : { max_age: maxAge }),
    ...(num_replicas >= replicas ? {} : { num_replicas: replicas }),
    ...(allow_direct ? {} : { allow_direct: true }),
  };
  if (Object.keys(update).length === 0) return [];
  return await tryUpdate(name, update, () => jsm.streams.update(name, update));
}

const NANOS_PER_MS = 1_000_000;

/** `undefined` when there is none. */
export async function findStreamInfo(jsm: JetStreamManager, name: string): Promise<StreamInfo | undefined> {
  try {
    return await jsm.streams.info(name);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === STREAM_NOT_FOUND) return undefined;
    throw error;
  }
}

/** nats-server errors.json: JSStreamNotFoundErr. */
const STREAM_NOT_FOUND = 10059;
