// On a real NATS and a real ClickHouse: what goes, what stays, and what a tenant that comes back finds.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClickHouse, openClickHouse } from '@menshen/clickhouse/client';
import { databaseOf } from '@menshen/clickhouse/ensure-schema';
import type { EngineProcess } from '@menshen/engines/engine-process';
import { LOCAL_CLICKHOUSE_USER, startClickHouse } from '@menshen/engines/start-clickhouse';
import { startTestNats, type TestNats } from '@menshen/jetstream/jetstream.testkit';
import { Kvm } from '@nats-io/kv';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ApiClient, ListOptions, Patch } from '../../kube/api-client.ts';
import { fakeClock } from '../../kube/clock.testkit.ts';
import { type KubeObject, keyOf, type ObjectName } from '../../kube/kube-object.ts';
import type { Resource } from '../../kube/resource.ts';
import { createSecretKeeper } from '../provision/keep-secrets.ts';
import { provisionDatabase } from '../provision/provision-database.ts';
import { provisionStreams } from '../provision/provision-streams.ts';
import { createSecretStore } from '../provision/secret-store.testkit.ts';
import type { SettledTenant } from '../settled-tenant.ts';
import { tenantExample } from '../tenants.testkit.ts';
import { createTenantRecords, type TenantRecords } from './keep-records.ts';
import { type SweepEvent, type SweepPorts, sweepOrphans } from './sweep-orphans.ts';
import { recordName } from './tenant-record.ts';

const HOUR = 3_600_000;
const CONTEXT = { isForced: false, signal: new AbortController().signal };

let nats: TestNats;
let engine: EngineProcess;
let folder: string;
let admin: ClickHouse;
beforeAll(async () => {
  nats = await startTestNats();
  folder = await mkdtemp(join(tmpdir(), 'menshen-sweep-'));
  engine = await startClickHouse({ dataDir: folder });
  admin = openClickHouse({ url: engine.url, ...LOCAL_CLICKHOUSE_USER, database: 'system' });
});
afterAll(async () => {
  await admin.close();
  await nats.close();
  await engine.stop('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** WeComTenants and ConfigMaps of an API server in memory. */
class Cluster {
  readonly tenants = new Map<string, SettledTenant>();
  readonly maps = new Map<string, KubeObject>();
  writes = 0;

  readonly client = {
    get: async (_: Resource, name: ObjectName) => structuredClone(this.maps.get(keyOf(name))),
    listPage: async ({ plural }: Resource, { namespace, labelSelector }: ListOptions = {}) => {
      const maps = [...this.maps.values()].filter(
        ({ metadata }) =>
          metadata.namespace === namespace &&
          `${Object.entries(metadata.labels ?? {})[0]?.join('=')}` === labelSelector,
      );
      return { items: plural === 'wecomtenants' ? [...this.tenants.values()] : maps, resourceVersion: '1' };
    },
    patch: async (_: Resource, name: ObjectName, patch: Patch) => {
      this.writes++;
      this.maps.set(keyOf(name), structuredClone(patch.body) as KubeObject);
      return patch.body;
    },
    delete: async (_: Resource, name: ObjectName) => this.maps.delete(keyOf(name)),
  } as unknown as ApiClient;
}

let cluster: Cluster;
let records: TenantRecords;
let nowMs = 0;
let events: SweepEvent[] = [];
let made = 0;
beforeEach(() => {
  cluster = new Cluster();
  records = createTenantRecords({
    client: cluster.client,
    namespace: 'menshen',
    fieldManager: 'menshen-operator',
  });
  nowMs = 1_000_000 * HOUR;
  events = [];
});

function aTenant(change: (tenant: SettledTenant) => void = () => {}): SettledTenant {
  const corpId = `ww00000000000sweep${made++}`;
  const tenant = tenantExample('minimal', (spec, { metadata }) => {
    spec.corpId = corpId;
    spec.messaging.url = nats.server.url;
    spec.messaging.maxStreamBytes = '64Mi';
    spec.storage.clickhouse.url = engine.url;
    spec.reclaimPolicy = 'Delete';
    metadata.uid = `uid-of-${corpId}`;
  });
  change(tenant);
  return tenant;
}

const borrowNats = async () => ({ nats: nats.nats, release: () => {} });

/** As a pass of the operator does: it is remembered first. */
async function provision(tenant: SettledTenant): Promise<string[]> {
  cluster.tenants.set(tenant.spec.corpId, tenant);
  await records.remember(tenant);
  const streams = await provisionStreams(tenant, {
    borrowNats,
    readArchivedSequences: async () => ({ capture: 0, outcome: 0 }),
  });
  const { client } = createSecretStore();
  const database = await provisionDatabase(tenant, CONTEXT, {
    openDatabase: async () =>
      openClickHouse({ url: engine.url, ...LOCAL_CLICKHOUSE_USER, database: databaseOf(tenant.spec.corpId) }),
    exclusively: () => (work) => work(() => true),
    isAdmin: false,
    secrets: createSecretKeeper({ client, clock: fakeClock(), random: () => 0, fieldManager: 'm' }),
    makePassword: () => 'x',
    canLogIn: async () => true,
  });
  return [...streams.conditions, ...database.conditions].map(({ reason }) => reason);
}

/** A tenant at work: messages in its stream, keys in the buckets, rows in its tables. */
async function fill({ spec: { corpId } }: SettledTenant): Promise<void> {
  await nats.js.publish(`wecom.${corpId}.dead.test`, 'x');
  for (const bucket of ['POLICY', 'STATUS'])
    await (await new Kvm(nats.nats).open(bucket)).put(`${corpId}.ns.key`, 'x');
  await admin.run(`INSERT INTO ${databaseOf(corpId)}.dead_letters (seq, msgid) VALUES (1, 'm')`, {
    asAdmin: true,
  });
}

async function remains({ spec: { corpId } }: SettledTenant): Promise<object> {
  const names: string[] = [];
  for await (const { config } of nats.jsm.streams.list()) names.push(config.name);
  const keys: string[] = [];
  for (const bucket of ['POLICY', 'STATUS'])
    for await (const key of await (await new Kvm(nats.nats).open(bucket)).keys(`${corpId}.>`)) keys.push(key);
  const databases = await admin.query('SELECT name FROM system.databases WHERE name = {name: String}', {
    name: databaseOf(corpId),
  });
  return {
    streams: names.filter((name) => name.endsWith(`_${corpId}`)).length,
    keys: keys.length,
    databases: databases.length,
    records: (await records.list()).filter((record) => record.corpId === corpId).length,
  };
}
const EVERYTHING = { streams: 2, keys: 2, databases: 1, records: 1 };
const NOTHING = { streams: 0, keys: 0, databases: 0, records: 0 };

const look = async (more: Partial<SweepPorts> = {}): Promise<string[]> => {
  events = [];
  await sweepOrphans({
    client: cluster.client,
    records,
    wallClock: { nowMs: () => nowMs },
    borrowNats,
    openClickHouse: async () =>
      openClickHouse({ url: engine.url, ...LOCAL_CLICKHOUSE_USER, database: 'system' }),
    report: (event) => events.push(event),
    ...more,
  });
  return events.map(({ kind }) => kind);
};
const gone = ({ spec }: SettledTenant): boolean => cluster.tenants.delete(spec.corpId);
const days = (count: number): void => {
  nowMs += count * 24 * HOUR;
};

describe('a tenant that is deleted', () => {
  it('with Delete leaves everything for seven days, and then nothing', async () => {
    const tenant = aTenant();
    const other = aTenant();
    for (const each of [tenant, other]) {
      await provision(each);
      await fill(each);
    }
    expect(await look()).toEqual([]);
    gone(tenant);
    expect(await look()).toEqual(['MarkGone']);
    days(6.9);
    expect(await look()).toEqual([]);
    expect(await remains(tenant)).toEqual(EVERYTHING);
    days(0.2);
    expect(await look()).toEqual(['Swept']);
    expect(await remains(tenant)).toEqual(NOTHING);
    expect(await remains(other)).toEqual(EVERYTHING);
    expect(await look()).toEqual([]);
  });

  it('with Retain leaves everything for ever', async () => {
    const tenant = aTenant(({ spec }) => {
      spec.reclaimPolicy = 'Retain';
    });
    await provision(tenant);
    await fill(tenant);
    gone(tenant);
    expect(await look()).toEqual(['MarkGone']);
    days(9_999);
    expect(await look()).toEqual([]);
    expect(await remains(tenant)).toEqual(EVERYTHING);
  });

  it('and comes back within the time has its data again, under its new uid', async () => {
    const tenant = aTenant();
    await provision(tenant);
    await fill(tenant);
    gone(tenant);
    await look();
    days(6);
    const again = { ...tenant, metadata: { ...tenant.metadata, uid: 'uid-again' } };
    expect(await provision(again)).toEqual(['Adopted', 'Migrated']);
    days(30);
    expect(await look()).toEqual([]);
    expect(await remains(tenant)).toEqual(EVERYTHING);
    expect((await nats.jsm.streams.info(`COMM_${tenant.spec.corpId}`)).state.messages).toBe(1);
    // Its time begins anew when it goes again.
    gone(again);
    expect(await look()).toEqual(['MarkGone']);
    days(6);
    expect(await look()).toEqual([]);
    days(2);
    expect(await look()).toEqual(['Swept']);
    expect(await remains(tenant)).toEqual(NOTHING);
  });

  it('and comes back while others are swept is left alone', async () => {
    const tenant = aTenant();
    await provision(tenant);
    await fill(tenant);
    gone(tenant);
    await look();
    days(8);
    let looks = 0;
    const { listPage } = cluster.client;
    cluster.client.listPage = (async (resource: Resource, options?: ListOptions) => {
      if (resource.plural === 'wecomtenants' && ++looks === 2)
        cluster.tenants.set(tenant.spec.corpId, tenant);
      return await listPage(resource, options);
    }) as ApiClient['listPage'];
    expect(await look()).toEqual([]);
    expect(await remains(tenant)).toEqual(EVERYTHING);
  });

  it('leaves what carries the stamp of another alone, and a person is told', async () => {
    const tenant = aTenant();
    await provision(tenant);
    await fill(tenant);
    const { corpId } = tenant.spec;
    await nats.jsm.streams.update(`OUT_${corpId}`, {
      metadata: { 'menshen.dev/corp-id': corpId, 'menshen.dev/tenant-uid': 'else' },
    });
    gone(tenant);
    await look();
    days(8);
    expect(await look()).toEqual(['Foreign']);
    expect(await remains(tenant)).toMatchObject({ streams: 2, keys: 2, records: 1 });
  });

  it('leaves a database alone that has no stamp', async () => {
    const tenant = aTenant();
    await provision(tenant);
    await admin.run(`ALTER DATABASE ${databaseOf(tenant.spec.corpId)} MODIFY COMMENT 'mine'`, {
      asAdmin: true,
    });
    gone(tenant);
    await look();
    days(8);
    expect(await look()).toEqual(['Foreign']);
    expect(await remains(tenant)).toMatchObject({ databases: 1, records: 1 });
  });

  it.each<[string, Partial<SweepPorts>]>([
    ['NATS is away', { borrowNats: () => Promise.reject(new Error('no connection')) }],
    ['ClickHouse is away', { openClickHouse: () => Promise.reject(new Error('ECONNREFUSED')) }],
  ])('is looked at again when %s', async (_, away) => {
    const tenant = aTenant();
    await provision(tenant);
    await fill(tenant);
    gone(tenant);
    await look();
    days(8);
    expect(await look(away)).toEqual(['Failed']);
    expect(await remains(tenant)).toMatchObject({ databases: 1, records: 1 });
    expect(await look()).toEqual(['Swept']);
    expect(await remains(tenant)).toEqual(NOTHING);
  });

  it('is not taken for gone when the API server cannot be asked', async () => {
    const tenant = aTenant();
    await provision(tenant);
    cluster.client.listPage = () => Promise.reject(new Error('503'));
    await expect(look()).rejects.toThrow('503');
    expect(cluster.writes).toBe(1);
  });
});

describe('a record', () => {
  it('is written once, and again only when it says something new', async () => {
    const tenant = aTenant();
    for (let pass = 0; pass < 3; pass++) await records.remember(tenant);
    expect(cluster.writes).toBe(1);
    tenant.spec.reclaimAfter = '24h';
    await records.remember(tenant);
    expect(cluster.writes).toBe(2);
    const afterRestart = createTenantRecords({
      client: cluster.client,
      namespace: 'menshen',
      fieldManager: 'm',
    });
    await afterRestart.remember(tenant);
    expect(cluster.writes).toBe(2);
  });

  it('that somebody broke is left alone with everything it was about', async () => {
    const tenant = aTenant();
    await provision(tenant);
    await fill(tenant);
    cluster.maps.set(`menshen/${recordName(tenant.spec.corpId)}`, {
      metadata: {
        namespace: 'menshen',
        name: recordName(tenant.spec.corpId),
        labels: { 'menshen.dev/tenant-record': 'true' },
      },
      data: { 'record.json': '{"corpId":"ww"}' },
    } as KubeObject);
    gone(tenant);
    days(1_000);
    expect(await look()).toEqual([]);
    expect(await remains(tenant)).toEqual({ ...EVERYTHING, records: 0 });
  });

  it('names differ for corpIds that differ by case alone, and fit Kubernetes', () => {
    expect(recordName('wwAb')).not.toBe(recordName('wwaB'));
    for (const corpId of ['wwAb', `ww${'Z'.repeat(32)}`])
      expect(recordName(corpId)).toMatch(/^[a-z0-9-]{1,63}$/);
  });
});
