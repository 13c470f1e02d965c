import { startTestNats, type TestNats } from '@menshen/jetstream/jetstream.testkit';
import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NatsUnreachable } from '../../messaging/pool-connections.ts';
import type { SettledTenant } from '../settled-tenant.ts';
import { tenantExample } from '../tenants.testkit.ts';
import { describe as judge, provisionStreams, type StreamPorts } from './provision-streams.ts';

let server: TestNats;
beforeAll(async () => {
  server = await startTestNats();
});
afterAll(() => server.close());

let made = 0;
function aTenant(change: (spec: SettledTenant['spec']) => void = () => {}, uid = 'uid-1'): SettledTenant {
  const corpId = `ww00000000000${String(made++).padStart(5, '0')}`;
  const tenant = tenantExample('minimal', (spec, { metadata }) => {
    spec.corpId = corpId;
    spec.messaging.url = server.server.url;
    spec.messaging.maxStreamBytes = '128Mi';
    metadata.uid = uid;
  });
  change(tenant.spec);
  return tenant;
}

const portsOf = (more: Partial<StreamPorts> = {}): StreamPorts => ({
  borrowNats: async () => ({ nats: server.nats, release: () => {} }),
  readArchivedSequences: async () => ({ capture: 0, outcome: 0 }),
  ...more,
});

async function conditionOf(tenant: SettledTenant, ports = portsOf()) {
  const { conditions, ...rest } = await provisionStreams(tenant, ports);
  const [condition] = conditions;
  return {
    type: condition?.type,
    status: condition?.status,
    reason: condition?.reason,
    message: condition?.message ?? '',
    ...rest,
  };
}

const streamOf = async (name: string) => await server.jsm.streams.info(name);

async function consumersOf(stream: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of server.jsm.consumers.list(stream)) names.push(name);
  return names.sort();
}

/** Every write to JetStream's API since the call, as the server's own advisories tell it. */
async function writesDuring(work: () => Promise<unknown>): Promise<string[]> {
  const listener = await connect({ servers: server.server.url });
  const seen: string[] = [];
  const subscription = listener.subscribe('$JS.API.>', {
    callback: (_error, { subject }) => {
      if (/\.(CREATE|UPDATE|DELETE|PURGE|UNPIN)\./.test(subject)) seen.push(subject);
    },
  });
  await listener.flush();
  await work();
  await server.nats.flush();
  await listener.flush();
  subscription.unsubscribe();
  await listener.close();
  return seen;
}

describe('a tenant that is new', () => {
  it('gets streams, consumers and buckets', async () => {
    const tenant = aTenant();
    const { corpId } = tenant.spec;
    expect(await conditionOf(tenant)).toMatchObject({
      type: 'StreamReady',
      status: 'True',
      reason: 'Created',
    });
    expect((await streamOf(`COMM_${corpId}`)).config).toMatchObject({
      discard: 'new',
      max_age: 0,
      allow_atomic: true,
      metadata: expect.objectContaining({ 'menshen.dev/corp-id': corpId, 'menshen.dev/tenant-uid': 'uid-1' }),
    });
    expect(await consumersOf(`COMM_${corpId}`)).toEqual(['archiver', 'media', 'scanner']);
    expect(await consumersOf(`OUT_${corpId}`)).toEqual(['archiver', 'notifier']);
    for (const bucket of ['POLICY', 'STATUS', 'POLICYBODY'])
      expect((await streamOf(`KV_${bucket}`)).config.allow_direct).toBe(true);
    expect((await streamOf('KV_STATUS')).config.max_age).toBe(60_000_000_000);
  });

  it('begins above everything that was ever archived', async () => {
    const tenant = aTenant();
    await provisionStreams(
      tenant,
      portsOf({ readArchivedSequences: async () => ({ capture: 5_000, outcome: 70 }) }),
    );
    expect((await streamOf(`COMM_${tenant.spec.corpId}`)).config.first_seq).toBe(1_000_005_000);
    expect((await streamOf(`OUT_${tenant.spec.corpId}`)).config.first_seq).toBe(1_000_000_070);
  });

  it('waits while the archive cannot say where a stream has to begin', async () => {
    const tenant = aTenant();
    const silent = portsOf({ readArchivedSequences: () => Promise.reject(new Error('ECONNREFUSED')) });
    expect(await conditionOf(tenant, silent)).toMatchObject({
      status: 'False',
      reason: 'WaitingForArchive',
      requeueAfterMs: 15_000,
    });
    await expect(streamOf(`COMM_${tenant.spec.corpId}`)).rejects.toThrow('stream not found');
  });

  it('gets a consumer for each partition where several scanners share them', async () => {
    const tenant = aTenant((spec) => {
      spec.deployment.profile = 'Scaled';
      spec.scanner.maxReplicas = 4;
    });
    await provisionStreams(tenant, portsOf());
    const names = await consumersOf(`COMM_${tenant.spec.corpId}`);
    expect(names.filter((name) => name.startsWith('scanner-'))).toHaveLength(16);
  });
});

describe('a tenant that is there already', () => {
  it('is written nothing for', async () => {
    const tenant = aTenant();
    await provisionStreams(tenant, portsOf());
    expect(await writesDuring(() => provisionStreams(tenant, portsOf()))).toEqual([]);
    expect(await conditionOf(tenant)).toMatchObject({ status: 'True', reason: 'Created' });
  });

  it('gets back the one consumer that somebody deleted', async () => {
    const tenant = aTenant();
    const { corpId } = tenant.spec;
    await provisionStreams(tenant, portsOf());
    await server.jsm.consumers.delete(`OUT_${corpId}`, 'notifier');
    const writes = await writesDuring(() => provisionStreams(tenant, portsOf()));
    expect(writes).toEqual([`$JS.API.CONSUMER.DURABLE.CREATE.OUT_${corpId}.notifier`]);
  });

  it('follows a changed size', async () => {
    const tenant = aTenant();
    await provisionStreams(tenant, portsOf());
    for (const [size, bytes] of [
      ['256Mi', 2 ** 28],
      ['64Mi', 2 ** 26],
    ] as const) {
      tenant.spec.messaging.maxStreamBytes = size;
      expect(await conditionOf(tenant)).toMatchObject({ status: 'True' });
      expect((await streamOf(`COMM_${tenant.spec.corpId}`)).config.max_bytes).toBe(bytes);
    }
  });

  it('keeps its messages when the size is to sink below them', async () => {
    const tenant = aTenant();
    const { corpId } = tenant.spec;
    await provisionStreams(tenant, portsOf());
    for (let n = 0; n < 70; n++)
      await server.js.publish(`wecom.${corpId}.dead.test`, new Uint8Array(2 ** 20 - 1024));
    tenant.spec.messaging.maxStreamBytes = '64Mi';
    const found = await conditionOf(tenant);
    expect(found).toMatchObject({ status: 'False', reason: 'ConfigConflict', isStalled: true });
    expect(found.message).toContain(`COMM_${corpId}.max_bytes is 134217728, wanted is 67108864`);
    expect(found.message).toContain('raise spec.messaging.maxStreamBytes');
    expect((await streamOf(`COMM_${corpId}`)).state.messages).toBe(70);
    // The other stream is empty and may shrink.
    expect((await streamOf(`OUT_${corpId}`)).config.max_bytes).toBe(64 * 2 ** 20);
  });

  it('is adopted by a WeComTenant of another uid, and stays adopted', async () => {
    const tenant = aTenant();
    await provisionStreams(tenant, portsOf());
    const again = { ...tenant, metadata: { ...tenant.metadata, uid: 'uid-2' } };
    expect(await conditionOf(again)).toMatchObject({ status: 'True', reason: 'Adopted' });
    expect((await streamOf(`COMM_${tenant.spec.corpId}`)).config.metadata).toMatchObject({
      'menshen.dev/tenant-uid': 'uid-2',
    });
    expect(await writesDuring(() => provisionStreams(again, portsOf()))).toEqual([]);
    expect(await conditionOf(again)).toMatchObject({ reason: 'Adopted' });
  });

  it('begins new lanes where the single scanner had stopped, and leaves that one to the scanners', async () => {
    const tenant = aTenant();
    const { corpId } = tenant.spec;
    await provisionStreams(tenant, portsOf());
    for (let n = 0; n < 3; n++) await server.js.publish(`wecom.${corpId}.message.${n}.text`, '{}');
    const consumer = await server.js.consumers.get(`COMM_${corpId}`, 'scanner');
    for (let n = 0; n < 2; n++) await (await consumer.next())?.ackAck();
    tenant.spec.deployment.profile = 'Scaled';
    tenant.spec.scanner.maxReplicas = 4;
    await provisionStreams(tenant, portsOf());
    const lane = await server.jsm.consumers.info(`COMM_${corpId}`, 'scanner-2');
    expect(lane.config.opt_start_seq).toBe(3);
    expect(await consumersOf(`COMM_${corpId}`)).toContain('scanner');
  });
});

describe('a stream that was made otherwise', () => {
  const base = (name: string, corpId: string): StreamConfig =>
    ({
      name,
      subjects: [`wecom.${corpId}.page`],
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.Old,
      max_bytes: 2 ** 26,
      num_replicas: 1,
    }) as StreamConfig;

  it('is brought in line where that loses nothing', async () => {
    const tenant = aTenant();
    const { corpId } = tenant.spec;
    await server.jsm.streams.add({
      ...base(`COMM_${corpId}`, corpId),
      max_age: 3_600_000_000_000,
      max_msgs: 10,
      max_msg_size: 100,
    });
    expect(await conditionOf(tenant)).toMatchObject({ status: 'True', reason: 'Adopted' });
    expect((await streamOf(`COMM_${corpId}`)).config).toMatchObject({
      discard: 'new',
      max_age: 0,
      max_msgs: -1,
      max_msg_size: -1,
      allow_atomic: true,
      subjects: expect.arrayContaining([`wecom.${corpId}.message.>`, `wecom.${corpId}.page`]),
    });
  });

  it.each<[string, Partial<StreamConfig>, string]>([
    ['kept in memory', { storage: StorageType.Memory }, 'storage is memory, wanted is file'],
    ['a work queue', { retention: RetentionPolicy.Workqueue }, 'retention is workqueue, wanted is limits'],
    ['that cannot be purged', { deny_purge: true }, 'deny_purge is true, wanted is unset'],
    [
      'with subjects of others',
      { subjects: ['orders.>'] },
      'subjects is orders.>, wanted is no other subjects than ours',
    ],
  ])('%s is left alone and told with field, values and remedy', async (_, config, told) => {
    const tenant = aTenant();
    const { corpId } = tenant.spec;
    const own = { ...config, ...(config.subjects === undefined ? {} : { subjects: [`${corpId}.orders.>`] }) };
    await server.jsm.streams.add({ ...base(`COMM_${corpId}`, corpId), ...own });
    const found = await conditionOf(tenant);
    expect(found).toMatchObject({ status: 'False', reason: 'ConfigConflict', isStalled: true });
    expect(found.message).toContain(told.replace('orders.>', `${corpId}.orders.>`));
    expect(found.message).toMatch(/: (wait until|let those)/);
    expect(await conditionOf(tenant)).toMatchObject({ message: found.message });
  });

  it('with a consumer that acknowledges otherwise is told, and the consumer stays', async () => {
    const tenant = aTenant();
    const { corpId } = tenant.spec;
    await provisionStreams(tenant, portsOf());
    await server.jsm.consumers.delete(`COMM_${corpId}`, 'archiver');
    await server.jsm.consumers.add(`COMM_${corpId}`, { durable_name: 'archiver', ack_policy: 'explicit' });
    const found = await conditionOf(tenant);
    expect(found.reason).toBe('ConfigConflict');
    expect(found.message).toContain(`COMM_${corpId} consumer archiver.ack_policy is explicit, wanted is all`);
  });

  it('asked for copies that one server cannot keep, says what the server says', async () => {
    const tenant = aTenant();
    await provisionStreams(tenant, portsOf());
    tenant.spec.messaging.replicas = 3;
    const found = await conditionOf(tenant);
    expect(found.reason).toBe('ConfigConflict');
    expect(found.message).toMatch(/num_replicas.*the server says "/);
  });
});

describe('a server', () => {
  it('without room for the streams says so, with what to change', async () => {
    const tenant = aTenant((spec) => {
      spec.messaging.maxStreamBytes = '100Gi';
    });
    const found = await conditionOf(tenant);
    expect(found).toMatchObject({ status: 'False', reason: 'ConfigConflict' });
    expect(found.message).toContain('has no room for two streams of spec.messaging.maxStreamBytes (100Gi)');
  });

  it('that is away is told, and looked for again', async () => {
    const away = portsOf({
      borrowNats: () => Promise.reject(new NatsUnreachable('nats://x', new Error('refused'))),
    });
    expect(await conditionOf(aTenant(), away)).toMatchObject({
      status: 'False',
      reason: 'NatsUnreachable',
      requeueAfterMs: 15_000,
    });
  });

  it('whose credentials are in a Secret that is not there, is told with the Secret', async () => {
    const keyless = portsOf({
      borrowNats: () => Promise.reject(new Error('the Secret acme/nats is not there')),
    });
    expect(await conditionOf(aTenant(), keyless)).toMatchObject({
      reason: 'CredentialsRefused',
      message: 'the Secret acme/nats is not there',
    });
  });

  it.each([
    ['2.11.9', 'VersionTooOld'],
    ['2.12.0', 'Created'],
    ['3.0.0', 'Created'],
  ])('of version %s is %s', async (version, reason) => {
    const nats = Object.create(server.nats, {
      info: { value: { ...server.nats.info, version } },
    }) as typeof server.nats;
    const nat = new Proxy(server.nats, {
      get: (target, name) => {
        if (name === 'info') return nats.info;
        const value = Reflect.get(target, name) as unknown;
        return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value;
      },
    });
    const ports = portsOf({ borrowNats: async () => ({ nats: nat, release: () => {} }) });
    expect(await conditionOf(aTenant(), ports)).toMatchObject({ reason });
  });

  it.each([
    [1, true],
    [3, false],
  ] as const)("with %i copies says that durability is the server's matter: %s", (replicas, isSaid) => {
    const tenant = aTenant((spec) => {
      spec.messaging.replicas = replicas;
    });
    const [condition] = judge(tenant, { origin: 'Created', conflicts: [] }, undefined).conditions;
    expect(condition?.reason).toBe('Created');
    expect(condition?.message.includes('sync_interval always')).toBe(isSaid);
  });
});
