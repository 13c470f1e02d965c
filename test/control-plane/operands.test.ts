// A tenant for real, but for the nodes: the operator writes to a real API server, and what it wrote runs as processes of this machine, with a
// real nats-server, the real ClickHouse engine and the WeCom simulator. From `kubectl apply` to Ready, and through a change of profile.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EngineProcess } from '@menshen/engines/engine-process';
import { LOCAL_CLICKHOUSE_USER, startClickHouse } from '@menshen/engines/start-clickhouse';
import { startNats } from '@menshen/engines/start-nats';
import { makeSecrets } from '@menshen/local/run/make-secrets';
import { type Simulator, startSimulator } from '@menshen/local/run/start-simulator';
import type { Resource } from '@menshen/operator/kube/resource';
import { provisionTenants } from '@menshen/operator/provision-tenants';
import { SECRETS, TENANTS } from '@menshen/operator/tenants/child-resources';
import type { TenantObject } from '@menshen/operator/tenants/tenant-ports';
import { silentLogger } from '@menshen/telemetry/logger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { installCrds } from './install-crds.ts';
import { openControlPlane, speakAs } from './open-control-plane.testkit.ts';
import { NAMESPACES } from './resources.ts';
import { runMenshen } from './run-menshen.testkit.ts';
import { type PodRunner, runPods } from './run-pods.testkit.ts';
import { until } from './wait-until.ts';

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));
const IMAGE = 'menshen:of-this-repository';
const NAMESPACE = 'menshen-demo';
const AT = { namespace: NAMESPACE, name: 'acme' };
const MESSAGES = 6000;
const CLAIMS: Resource = {
  group: '',
  version: 'v1',
  plural: 'persistentvolumeclaims',
  kind: 'PersistentVolumeClaim',
  isNamespaced: true,
};

const plane = await openControlPlane();

describe.skipIf(plane === undefined)('a tenant whose processes run', { timeout: 180_000 }, async () => {
  if (plane === undefined) return;
  const { client, transport, clock } = await speakAs(plane.kubeconfigFile);
  const undo: (() => Promise<unknown>)[] = [() => plane.stop()];
  let nats: EngineProcess;
  let clickhouse: EngineProcess;
  let simulator: Simulator;
  let pods: PodRunner;
  /** What the operator logged as an error. */
  const problems: string[] = [];
  const logger = Object.assign(Object.create(silentLogger) as typeof silentLogger, {
    error: (about: { error?: unknown }, line: string) => {
      problems.push(`${line}: ${String(about.error)}`);
    },
  });

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'menshen-operands-'));
    undo.push(() => rm(folder, { recursive: true, force: true }));
    await installCrds(client);
    await client.create(NAMESPACES, { metadata: { name: NAMESPACE } });
    [nats, clickhouse, simulator] = await Promise.all([
      keep(startNats({ dataDir: join(folder, 'nats') })),
      keep(startClickHouse({ dataDir: join(folder, 'clickhouse') })),
      keep(
        startSimulator({
          repository: REPOSITORY,
          arguments: ['--messages', String(MESSAGES), '--rate', '100', '--pre-encrypt'],
          logFile: join(folder, 'simulator.log'),
          onUnexpectedEnd: (why) => process.stderr.write(`the simulator ended: ${why}\n`),
        }),
      ),
    ]);
    // The volume itself is a folder of this machine; the operator looks whether there is a claim.
    await client.create(CLAIMS, {
      metadata: { namespace: NAMESPACE, name: 'acme-record' },
      ...{ spec: { accessModes: ['ReadWriteMany'], resources: { requests: { storage: '1Gi' } } } },
    });
    const secrets = await makeSecrets({
      namespace: NAMESPACE,
      simulator,
      clickhousePassword: LOCAL_CLICKHOUSE_USER.password,
      signingKey: 'of no worth',
    });
    for (const { name, data } of secrets) {
      const encoded = Object.entries(data).map(([key, value]) => [
        key,
        Buffer.from(value).toString('base64'),
      ]);
      await client.create(SECRETS, {
        metadata: { namespace: NAMESPACE, name },
        ...{ data: Object.fromEntries(encoded) },
      });
    }
    const command = [process.execPath, join(REPOSITORY, 'services/roles/dist/main.js'), '--host=127.0.0.1'];
    const wall = { nowMs: () => Date.now() };
    pods = await keep(
      runPods({ client, namespace: NAMESPACE, dataFolder: folder, image: IMAGE, command, clock: wall }),
    );
    const provision = provisionTenants({
      keys: {},
      namespace: NAMESPACE,
      identity: 'operator-of-a-test',
      makePassword: () => 'never asked for',
      logger: silentLogger,
    });
    const running = runMenshen(
      { transport, clock },
      { namespace: NAMESPACE, image: IMAGE, leaderElection: undefined, logger, provision },
    );
    await keep(running);
  }, 120_000);
  afterAll(async () => {
    // One that fails must not keep the others running.
    const failures: unknown[] = [];
    for (const one of undo.reverse()) await one().catch((error: unknown) => failures.push(error));
    expect(failures).toEqual([]);
  }, 120_000);

  async function keep<T extends { stop(): Promise<unknown> }>(starting: Promise<T>): Promise<T> {
    const running = await starting;
    undo.push(() => running.stop());
    return running;
  }
  const tenantOf = async (): Promise<TenantObject> => {
    const file = join(REPOSITORY, 'deploy/local/demo/tenant.yaml');
    const { spec, ...manifest } = parse(await readFile(file, 'utf8')) as TenantObject;
    const { alerting: _nobodyIsTold, ...rest } = spec;
    const { storage, source, messaging } = spec;
    return {
      ...manifest,
      metadata: AT,
      spec: {
        ...rest,
        source: { ...source, apiUrl: simulator.url },
        messaging: { ...messaging, url: nats.url },
        storage: { ...storage, clickhouse: { ...storage.clickhouse, url: clickhouse.url } },
        deployment: { profile: 'Compact' },
      },
    };
  };
  const read = async (): Promise<TenantObject> => {
    const found = await client.get<TenantObject>(TENANTS, AT);
    if (found === undefined) throw new Error('the tenant has gone');
    return found;
  };
  const isReady = ({ status, metadata }: TenantObject): boolean =>
    status?.observedGeneration === metadata.generation &&
    status?.conditions?.some(({ type, reason }) => type === 'Ready' && reason === 'Running') === true &&
    status?.conditions?.some(({ type, status: is }) => type === 'Reconciling' && is === 'False') === true;
  const becomesReady = async (): Promise<void> => {
    await until('it is ready', async () => isReady(await read())).catch(async (error: unknown) => {
      const said = (await read()).status?.conditions?.map(
        (each) => `${each.type} ${each.status} ${each.message}`,
      );
      throw new Error(
        `${String(error)}\n${said?.join('\n')}\n${problems.join('\n')}\n${JSON.stringify(pods.supervisor.status())}`,
      );
    });
  };
  const ask = async (query: string): Promise<number> => {
    const { username, password } = LOCAL_CLICKHOUSE_USER;
    const response = await fetch(clickhouse.url, {
      method: 'POST',
      headers: { 'X-ClickHouse-User': username, 'X-ClickHouse-Key': password },
      body: query,
    });
    return response.ok ? Number(await response.text()) : Number.NaN;
  };
  const messages = async (what: string): Promise<number> =>
    await ask(`SELECT ${what} FROM wecom_${simulator.corpId}.messages`);

  it('is ready within seconds of being applied', async () => {
    const appliedAtMs = performance.now();
    await client.create(TENANTS, await tenantOf());
    await becomesReady();
    const tookMs = performance.now() - appliedAtMs;
    process.stdout.write(`from apply to Ready: ${(tookMs / 1000).toFixed(1)} s\n`);
    const reasons = (await read()).status?.conditions?.map(({ type, reason }) => `${type}/${reason}`);
    expect(reasons).toEqual(
      expect.arrayContaining([
        'Ready/Running',
        'CredentialsValid/Verified',
        'StreamReady/Created',
        'DatabaseReady/Migrated',
        'IngestAvailable/Available',
        'ScannerAvailable/Available',
        'Stalled/NotStalled',
      ]),
    );
  });

  it('archives the messages that come', async () => {
    await until('messages are there', async () => (await messages('count()')) > 0);
    await until(
      'its status says how far it is',
      async () => Number((await read()).status?.ingest?.cursor ?? 0) > 0,
    );
  });

  it('loses and doubles nothing when its profile changes while messages come', async () => {
    const before = await messages('count()');
    await client.patch(TENANTS, AT, {
      type: 'Merge',
      fieldManager: 'somebody',
      body: { spec: { deployment: { profile: 'Scaled' } } },
    });
    await becomesReady();
    expect(pods.supervisor.status().map(({ name }) => name)).toEqual([
      'acme-archiver',
      'acme-ingest',
      'acme-notifier',
      'acme-scanner',
    ]);
    await until('everything is archived', async () => (await messages('uniqExact(msgid)')) >= MESSAGES);
    expect(before).toBeLessThan(MESSAGES);
    expect(await messages('uniqExact(msgid)')).toBe(MESSAGES);
    expect(await messages('count()')).toBe(MESSAGES);
  });

  it('ends with no error of a pass', () => {
    expect(problems).toEqual([]);
  });
});
