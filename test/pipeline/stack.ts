// The whole of Menshen for one corporation on this machine, each part a process of its own: real engines, the simulator, the roles.
// What the demo runs, but every part can be killed, stopped, dropped and looked at one by one.
import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type ClickHouse, openClickHouse } from '@menshen/clickhouse/client';
import type { EngineProcess } from '@menshen/engines/engine-process';
import { freePort } from '@menshen/engines/engine-process';
import { LOCAL_CLICKHOUSE_USER, startClickHouse } from '@menshen/engines/start-clickhouse';
import { startNats } from '@menshen/engines/start-nats';
import { connectNats } from '@menshen/jetstream/connect-nats';
import { openPolicyBucket } from '@menshen/jetstream/ensure-streams';
import { openObjectStore } from '@menshen/objects/open-object-store';
import { kvPointers } from '@menshen/operator/policies/kv-pointers';
import { type Publication, publishPolicies } from '@menshen/operator/policies/publish-policies';
import type { PolicyObject } from '@menshen/operator/policies/select-policies';
import type { NatsConnection } from '@nats-io/transport-node';
import { readLibrary } from './read-library.ts';
import { type RoleProcess, startRole } from './role-process.ts';
import { startWebhookReceiver, type WebhookReceiver } from './webhook-receiver.ts';
import { type ConfigChange, databaseOf, type StackAddresses, writeRoleConfig } from './write-role-config.ts';

export const ROLE_NAMES = ['ingest', 'archiver', 'scanner', 'notifier'] as const;
export type RoleName = (typeof ROLE_NAMES)[number];

export interface StackOptions {
  /** An empty folder. */
  readonly dataDir: string;
  /** Arguments of the simulator, e.g. `--messages 1000`. */
  readonly simulator: readonly string[];
  /** Roles to start; default all. */
  readonly roles?: readonly RoleName[];
  readonly config?: ConfigChange;
  /** Folder of policies; default the demo's. */
  readonly policies?: readonly PolicyObject[];
  /** See `NatsOptions.maxFileStoreBytes`. */
  readonly maxFileStoreBytes?: number;
}

export interface SimulatorProcess {
  readonly url: string;
  readonly corpId: string;
  readonly truthFile: string;
  pid(): number | undefined;
  stop(): Promise<void>;
  /** POST to a control endpoint; the JSON answer. */
  control(path: string, body: string): Promise<unknown>;
  get(path: string): Promise<unknown>;
}

export interface Stack {
  readonly nats: EngineProcess;
  readonly clickhouse: EngineProcess;
  readonly simulator: SimulatorProcess;
  readonly webhook: WebhookReceiver;
  readonly roles: ReadonlyMap<RoleName, RoleProcess>;
  /** Health and metrics of a role, `http://127.0.0.1:<port>`. */
  urlOf(role: RoleName): string;
  /** For questions; its connection outlives the engine's restarts. */
  readonly store: ClickHouse;
  readonly connection: NatsConnection;
  readonly addresses: StackAddresses;
  publish(policies: readonly PolicyObject[]): Promise<Publication[]>;
  startRole(role: RoleName): void;
  close(): Promise<void>;
}

const SIGNING_KEY = 'key-of-the-test-webhook';

export async function startStack(options: StackOptions): Promise<Stack> {
  const { dataDir } = options;
  const folder = async (name: string): Promise<string> => {
    const path = join(dataDir, name);
    await mkdir(path, { recursive: true });
    return path;
  };
  const [nats, clickhouse, simulator, webhook] = await Promise.all([
    folder('nats').then((path) =>
      startNats({
        dataDir: path,
        ...(options.maxFileStoreBytes === undefined ? {} : { maxFileStoreBytes: options.maxFileStoreBytes }),
      }),
    ),
    folder('clickhouse').then((path) => startClickHouse({ dataDir: path })),
    folder('simulator').then((path) => startSimulatorProcess([...options.simulator, '--state', path])),
    startWebhookReceiver(SIGNING_KEY),
  ]);
  const objectsDir = await folder('objects');
  const addresses: StackAddresses = {
    natsUrl: nats.url,
    clickhouseUrl: clickhouse.url,
    objectsDir,
    simulator,
    webhook: { url: webhook.url, signingKey: SIGNING_KEY },
  };
  const connection = await connectNats({ url: nats.url, clientName: 'test' });
  const bucket = await openPolicyBucket(connection, 1);
  const bundles = await openObjectStore({ kind: 'Folder', path: objectsDir });
  const publish = (policies: readonly PolicyObject[]): Promise<Publication[]> =>
    publishPolicies(simulator.corpId, policies, {
      bundles,
      pointers: kvPointers(bucket),
      readLexicon: async () => undefined,
    });
  await publish(options.policies ?? readLibrary());

  const configFile = writeRoleConfig(await folder('config'), addresses, options.config);
  const logs = await folder('logs');
  const ports = new Map<RoleName, number>();
  for (const role of ROLE_NAMES) ports.set(role, await freePort());
  const roles = new Map<RoleName, RoleProcess>();
  const start = (role: RoleName): void => {
    roles.set(
      role,
      startRole({
        name: role,
        roles: [role],
        configFile,
        logFile: join(logs, `${role}.log`),
        port: ports.get(role) ?? 0,
      }),
    );
  };
  for (const role of options.roles ?? ROLE_NAMES) start(role);

  const store = openClickHouse({
    url: clickhouse.url,
    ...LOCAL_CLICKHOUSE_USER,
    database: databaseOf(simulator.corpId),
  });
  return {
    nats,
    clickhouse,
    simulator,
    webhook,
    roles,
    urlOf: (role) => `http://127.0.0.1:${ports.get(role)}`,
    store,
    connection,
    addresses,
    publish,
    startRole: start,
    async close() {
      await Promise.all([...roles.values()].map((role) => role.stop()));
      await connection.close();
      await store.close();
      await webhook.close();
      await simulator.stop();
      await Promise.all([nats.stop('SIGKILL'), clickhouse.stop('SIGKILL')]);
    },
  };
}

interface SimulatorLine {
  readonly url: string;
  readonly corpId: string;
  readonly secret: string;
  readonly directorySecret: string;
  readonly privateKeyFiles: Readonly<Record<string, string>>;
  readonly truthFile: string;
}

/** The simulator as `npm run simulator` starts it. */
export async function startSimulatorProcess(
  args: readonly string[],
): Promise<SimulatorProcess & SimulatorLine> {
  const entry = fileURLToPath(new URL('../wecom-simulator/main.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=source', entry, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const killAtExit = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', killAtExit);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const line = await new Promise<SimulatorLine>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', (text) =>
      resolve(JSON.parse(text) as SimulatorLine),
    );
    child.once('exit', (code) => reject(new Error(`the simulator ended with ${code} before it was ready`)));
  });
  return {
    ...line,
    pid: () => child.pid,
    async stop() {
      child.kill('SIGTERM');
      await ended;
      process.off('exit', killAtExit);
    },
    async control(path, body) {
      const answer = await fetch(`${line.url}/_simulator/${path}`, { method: 'POST', body });
      if (!answer.ok) throw new Error(`the simulator refused ${path}: ${await answer.text()}`);
      return await answer.json();
    },
    async get(path) {
      return await (await fetch(`${line.url}/_simulator/${path}`)).json();
    },
  };
}
