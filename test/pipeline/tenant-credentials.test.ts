// Each role at its real work with the rights that the operator gives it and no more: a NATS user that is limited to its tenant and its role,
// by a server in operator mode, and a ClickHouse user that is granted what its role needs. Nothing may be refused, and everything must arrive.
import { EventEmitter } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClickHouse, openClickHouse } from '@menshen/clickhouse/client';
import { ensureSchema } from '@menshen/clickhouse/ensure-schema';
import type { RoleConfig } from '@menshen/contracts/role-config';
import type { EngineProcess } from '@menshen/engines/engine-process';
import { LOCAL_CLICKHOUSE_USER, startClickHouse } from '@menshen/engines/start-clickhouse';
import { openPolicyBucket } from '@menshen/jetstream/ensure-streams';
import { openObjectStore } from '@menshen/objects/open-object-store';
import { kvPointers } from '@menshen/operator/policies/kv-pointers';
import { publishPolicies } from '@menshen/operator/policies/publish-policies';
import { listUsers, spellGrant } from '@menshen/operator/tenants/provision/clickhouse-access';
import { clickHouseUser, componentOf } from '@menshen/operator/tenants/provision/name-credentials';
import { permissionsOf } from '@menshen/operator/tenants/provision/nats-permissions';
import {
  type OperatorModeNats,
  startOperatorModeNats,
} from '@menshen/operator/tenants/provision/operator-mode.testkit';
import { provisionStreams } from '@menshen/operator/tenants/provision/provision-streams';
import { planWorkloads } from '@menshen/operator/tenants/render/plan-workloads';
import { tenantExample } from '@menshen/operator/tenants/tenants.testkit';
import { runRoles } from '@menshen/roles/run-roles';
import { createLogger } from '@menshen/telemetry/logger';
import { jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLibrary } from './read-library.ts';
import { ROLE_NAMES, type RoleName, startSimulatorProcess } from './stack.ts';
import { askProgress } from './truth-of-run.ts';
import { startWebhookReceiver, type WebhookReceiver } from './webhook-receiver.ts';
import { databaseOf, writeRoleConfig } from './write-role-config.ts';

const MESSAGES = 400;
const PASSWORD = 'password-of-a-test';
const SIGNING_KEY = 'key-of-the-test-webhook';
const PATIENCE_MS = 60_000;

let folder: string;
let nats: OperatorModeNats;
let clickhouse: EngineProcess;
let simulator: Awaited<ReturnType<typeof startSimulatorProcess>>;
let webhook: WebhookReceiver;
let store: ClickHouse;
const running: { readonly name: string; readonly signals: EventEmitter; readonly ended: Promise<unknown> }[] =
  [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'menshen-credentials-'));
  const state = join(folder, 'simulator');
  await mkdir(state);
  [nats, simulator, webhook] = await Promise.all([
    startOperatorModeNats(),
    startSimulatorProcess(['--messages', String(MESSAGES), '--state', state]),
    startWebhookReceiver(SIGNING_KEY),
  ]);
  const { corpId } = simulator;
  const tenant = tenantExample('minimal', (spec) => {
    spec.corpId = corpId;
    spec.messaging.url = nats.server.url;
    spec.messaging.maxStreamBytes = '256Mi';
    spec.deployment = { ...spec.deployment, profile: 'Scaled' };
  });
  const compact = { component: 'compact', roles: ROLE_NAMES, replicas: 1, mayOverlap: false };
  const users = listUsers(corpId, [...planWorkloads(tenant.spec), compact]).map(({ name, grants }) => ({
    name,
    password: PASSWORD,
    grants: grants.map((grant) => `GRANT ${spellGrant(grant)}`),
  }));
  clickhouse = await startClickHouse({ dataDir: join(folder, 'clickhouse'), users });
  store = openClickHouse({ url: clickhouse.url, ...LOCAL_CLICKHOUSE_USER, database: databaseOf(corpId) });
  // As the operator does, before it renders a Deployment.
  await ensureSchema(store, 'single');
  const provisioned = await provisionStreams(tenant, {
    borrowNats: async () => ({ nats: nats.admin, release: () => {} }),
    readArchivedSequences: async () => ({ capture: 0, outcome: 0 }),
  });
  expect(provisioned.conditions[0]).toMatchObject({ status: 'True' });
  const objects = join(folder, 'objects');
  await publishPolicies(corpId, readLibrary(), {
    bundles: await openObjectStore({ kind: 'Folder', path: objects }),
    pointers: kvPointers(await openPolicyBucket(nats.admin, 1)),
    readLexicon: async () => undefined,
  });
});

afterAll(async () => {
  for (const { signals } of running) signals.emit('SIGTERM');
  await Promise.all(running.map(({ ended }) => ended));
  await store?.close();
  await webhook?.close();
  await simulator?.stop();
  await nats?.close();
  await clickhouse?.stop('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** Runs a role as its pod would, with its own credentials. */
async function start(
  roles: readonly RoleName[],
  name: string,
  change: (config: RoleConfig) => RoleConfig = (config) => config,
) {
  const { corpId } = simulator;
  const own = join(folder, name);
  await mkdir(own);
  const credentialsFile = join(own, 'nats.creds');
  await writeFile(credentialsFile, await nats.credentialsFor(permissionsOf(corpId, roles)));
  const passwordFile = join(own, 'password');
  await writeFile(passwordFile, PASSWORD);
  const addresses = {
    natsUrl: nats.server.url,
    clickhouseUrl: clickhouse.url,
    objectsDir: join(folder, 'objects'),
    simulator,
    webhook: { url: webhook.url, signingKey: SIGNING_KEY },
  };
  let config: RoleConfig | undefined;
  writeRoleConfig(own, addresses, (rendered) => {
    config = change({
      ...rendered,
      nats: { ...rendered.nats, credentialsFile, maxStreamBytes: 256 * 1024 ** 2 },
      clickhouse: {
        ...rendered.clickhouse,
        username: clickHouseUser(corpId, componentOf(roles)),
        passwordFile,
      },
      ...(rendered.archiver === undefined ? {} : { archiver: { ...rendered.archiver, purgeAfterMs: 0 } }),
    });
    return config;
  });
  if (config === undefined) throw new Error('no configuration was written');
  const signals = new EventEmitter();
  const ended = runRoles({
    args: { roles, configFile: '', port: 0, host: '127.0.0.1', logLevel: 'error' },
    config,
    logger: createLogger({ role: name, corpId, level: 'error' }),
    instance: `${name}-1`,
    clock: { nowMs: () => Date.now() },
    chance: () => Math.random(),
    signals: signals as unknown as NodeJS.Process,
  });
  const process = { name, signals, ended };
  running.push(process);
  return process;
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (Date.now() > deadline)
      throw new Error(`waited in vain until ${what}: ${JSON.stringify(await describeState())}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** For whoever has to find out why it did not come to that. */
async function describeState(): Promise<object> {
  return {
    progress: await askProgress(store),
    reported: await statusKeys(),
    refused: (await nats.violations()).slice(0, 5),
    notices: webhook.notices().length,
  };
}

/** Roles that have a report, of the processes whose name contains `instance`. */
async function statusKeys(instance = ''): Promise<string[]> {
  const bucket = await new Kvm(nats.admin).open('STATUS', { allow_direct: true });
  const keys: string[] = [];
  for await (const key of await bucket.keys(`${simulator.corpId}.>`))
    if (key.includes(instance)) keys.push(key.split('.')[1] ?? '');
  return keys;
}

describe('with credentials of their own', () => {
  it(
    'the roles capture, archive, judge and tell everything, and the server refuses none of them anything',
    async () => {
      for (const role of ROLE_NAMES) await start([role], role);
      await until('everything is archived, judged and told', async () => {
        const { archived, judged, unjudged, owed } = await askProgress(store);
        return (
          archived >= MESSAGES &&
          judged >= MESSAGES &&
          unjudged === 0 &&
          owed === 0 &&
          webhook.notices().length > 0
        );
      });
      await until(
        'every role has reported',
        async () => new Set(await statusKeys()).size >= ROLE_NAMES.length,
      );
      expect(await nats.violations()).toEqual([]);
    },
    PATIENCE_MS * 2,
  );

  it(
    'scanners that share the work take over from the one that did it alone',
    async () => {
      const alone = running.find(({ name }) => name === 'scanner');
      alone?.signals.emit('SIGTERM');
      await alone?.ended;
      const share = (config: RoleConfig): RoleConfig => ({
        ...config,
        scanner: { ...config.scanner, partitioned: true } as never,
      });
      for (const name of ['scanner-one', 'scanner-two']) await start(['scanner'], name, share);
      const jsm = await jetstreamManager(nats.admin);
      await until('there is a consumer for each partition, and none for all', async () => {
        const names: string[] = [];
        for await (const { name } of jsm.consumers.list(`COMM_${simulator.corpId}`)) names.push(name);
        return names.includes('scanner-15') && !names.includes('scanner');
      });
      await until(
        'both have reported',
        async () => (await statusKeys()).filter((role) => role === 'scanner').length >= 2,
      );
      expect(await nats.violations()).toEqual([]);
    },
    PATIENCE_MS * 2,
  );

  it(
    'the archiver purges what every role has read',
    async () => {
      const jsm = await jetstreamManager(nats.admin);
      await until('the outcome stream has been purged', async () => {
        const { state } = await jsm.streams.info(`OUT_${simulator.corpId}`);
        return state.first_seq > 1;
      });
      expect(await nats.violations()).toEqual([]);
    },
    PATIENCE_MS * 2,
  );

  it(
    'one process does the work of all roles',
    async () => {
      const before = running.splice(0);
      for (const { signals } of before) signals.emit('SIGTERM');
      await Promise.all(before.map(({ ended }) => ended));
      await start(ROLE_NAMES, 'compact');
      await until('each of its roles has reported', async () => {
        const reports = await statusKeys('compact-1');
        return ROLE_NAMES.every((role) => reports.includes(role));
      });
      const jsm = await jetstreamManager(nats.admin);
      await until('its scanner reads alone again', async () => {
        const names: string[] = [];
        for await (const { name } of jsm.consumers.list(`COMM_${simulator.corpId}`)) names.push(name);
        return names.includes('scanner') && !names.includes('scanner-0');
      });
      expect(await nats.violations()).toEqual([]);
    },
    PATIENCE_MS * 2,
  );
});
