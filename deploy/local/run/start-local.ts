// Everything of the demo as running processes: engines, simulator, alert receiver, the tenant's Deployments; and the policies, kept in
// line with their files. This is the page to read first: it says what local mode is, in the order in which it comes to life.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@menshen/contracts/clock';
import { loadCrds } from '@menshen/crds/load-crds';
import { createManifestValidator } from '@menshen/crds/validate-manifest';
import type { EngineProcess } from '@menshen/engines/engine-process';
import { LOCAL_CLICKHOUSE_USER, startClickHouse } from '@menshen/engines/start-clickhouse';
import { startNats } from '@menshen/engines/start-nats';
import { connectNats } from '@menshen/jetstream/connect-nats';
import { openPolicyBucket, openStatusBucket } from '@menshen/jetstream/ensure-streams';
import { kvPointers } from '@menshen/operator/policies/kv-pointers';
import type { SettledTenant } from '@menshen/operator/tenants/settled-tenant';
import { matchesRe2 } from '@menshen/policy-engine/patterns/matches-re2';
import { type LoadedManifests, ManifestLoader } from '../manifests/load-manifests.ts';
import { listManifestFiles, watchFiles } from '../manifests/watch-files.ts';
import type { LocalSecret } from '../supervisor/local-cluster.ts';
import { createSupervisor, type Supervisor } from '../supervisor/supervisor.ts';
import { type AppliedEvent, applyManifests, type ManifestTarget } from './apply-manifests.ts';
import type { Nats } from './count-stream.ts';
import { followStatus, type StatusFollower } from './follow-status.ts';
import { makeSecrets, newSigningKey } from './make-secrets.ts';
import { openTenantStore } from './open-tenant-store.ts';
import { type AlertReceiver, receiveAlerts } from './receive-alerts.ts';
import { type Simulator, startSimulator } from './start-simulator.ts';

export interface LocalOptions {
  /** Root of the repository, where the compiled services lie. */
  readonly repository: string;
  readonly dataFolder: string;
  /** Folders and files of manifests; watched while it runs. */
  readonly manifests: readonly string[];
  readonly namespace: string;
  /** Absent where a real corporation is captured. */
  readonly simulatorArguments?: readonly string[];
  readonly path: string;
  readonly clock: Clock;
  readonly onEvents: (events: readonly AppliedEvent[]) => void;
}

export interface Local {
  readonly tenant: SettledTenant;
  readonly nats: Nats;
  readonly clickhouseUrl: string;
  readonly engines: Readonly<Record<string, EngineProcess>>;
  readonly simulator: Simulator | undefined;
  readonly receiver: AlertReceiver;
  readonly supervisor: Supervisor;
  /** What the services say of themselves. */
  readonly status: StatusFollower;
  /** Drains and ends everything, in the order in which nothing is lost. */
  stop(): Promise<void>;
}

/** Image under which the rendered Deployments name the services of this repository. */
const IMAGE = 'menshen:local';

/** Starts it all. Rejects, after ending what had started, with what could not. */
export async function startLocal(options: LocalOptions): Promise<Local> {
  const undo: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const one of undo.splice(0).reverse()) await one();
  };
  try {
    return await start(options, undo, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  options: LocalOptions,
  undo: (() => Promise<unknown>)[],
  stop: () => Promise<void>,
): Promise<Local> {
  const { dataFolder, clock } = options;
  const logs = join(dataFolder, 'logs');
  await mkdir(logs, { recursive: true, mode: 0o700 });
  const signingKey = newSigningKey();
  const [natsServer, clickhouse, simulator, receiver] = await allOrNone([
    keep(startNats({ dataDir: join(dataFolder, 'nats') })),
    keep(startClickHouse({ dataDir: join(dataFolder, 'clickhouse') })),
    playWeCom(options, logs),
    keep(receiveAlerts({ signingKey, file: join(dataFolder, 'alerts.ndjson'), clock })),
  ]);
  const nats = await connectNats({ url: natsServer.url, clientName: 'menshen local mode' });
  undo.push(() => nats.close());

  const secrets = await makeSecrets({
    namespace: options.namespace,
    simulator,
    clickhousePassword: LOCAL_CLICKHOUSE_USER.password,
    signingKey,
  });
  const supervisor = await createSupervisor({
    clock,
    cluster: {
      services: servicesOf(options.namespace, {
        nats: natsServer.url,
        clickhouse: clickhouse.url,
        ...(simulator === undefined ? {} : { simulator: simulator.url }),
        receiver: `http://127.0.0.1:${receiver.port}`,
      }),
      images: new Map([[IMAGE, servicesCommand(options.repository)]]),
      baseEnvironment: { PATH: options.path },
      podsFolder: join(dataFolder, 'pods'),
      volumesFolder: join(dataFolder, 'volumes'),
      logsFolder: logs,
    },
  });
  undo.push(() => supervisor.stop());
  const tenant = await followManifests(options, undo, { supervisor, secrets, nats });
  if (simulator !== undefined && tenant.spec.corpId !== simulator.corpId)
    throw new Error(
      `the tenant ${tenant.metadata.name} is of the corporation ${tenant.spec.corpId}, but the simulator plays ${simulator.corpId}: give both the same corpId`,
    );
  const status = await followStatus(await openStatusBucket(nats, 1), tenant.spec.corpId, clock);
  undo.push(async () => status.stop());
  const engines = { 'nats-server': natsServer, ClickHouse: clickhouse };
  return {
    tenant,
    nats,
    clickhouseUrl: clickhouse.url,
    engines,
    simulator,
    receiver,
    supervisor,
    status,
    stop,
  };

  async function playWeCom(
    { simulatorArguments, repository, onEvents }: LocalOptions,
    logsFolder: string,
  ): Promise<Simulator | undefined> {
    if (simulatorArguments === undefined) return undefined;
    return await keep(
      startSimulator({
        repository,
        arguments: simulatorArguments,
        logFile: join(logsFolder, 'wecom-simulator.log'),
        onUnexpectedEnd: (why) => onEvents([{ good: false, text: `the WeCom simulator ended: ${why}` }]),
      }),
    );
  }

  /** Remembers how to end what comes up, also when something beside it does not. */
  async function keep<T extends { stop(): Promise<unknown> }>(starting: Promise<T>): Promise<T> {
    const running = await starting;
    undo.push(() => running.stop());
    return running;
  }
}

/** As `Promise.all`, but it waits for every one also when one fails: what still came up must be known before it is all ended. */
async function allOrNone<T extends readonly unknown[]>(
  starting: {
    [K in keyof T]: Promise<T[K]>;
  },
): Promise<T> {
  await Promise.allSettled(starting);
  return (await Promise.all(starting)) as unknown as T;
}

/** Which process of this machine answers for which Service of deploy/local/demo/tenant.yaml. */
function servicesOf(
  namespace: string,
  urls: {
    readonly nats: string;
    readonly clickhouse: string;
    readonly simulator?: string;
    readonly receiver: string;
  },
): Map<string, string> {
  const services = new Map([
    [`nats.${namespace}.svc:4222`, new URL(urls.nats).host],
    [`clickhouse.${namespace}.svc:8123`, new URL(urls.clickhouse).host],
    [`alert-receiver.${namespace}.svc:8080`, new URL(urls.receiver).host],
  ]);
  if (urls.simulator !== undefined)
    services.set(`wecom-simulator.${namespace}.svc:8080`, new URL(urls.simulator).host);
  return services;
}

/** What the image's entry point is in a cluster; on a laptop only this machine may ask for health and metrics. */
function servicesCommand(repository: string): string[] {
  return [process.execPath, join(repository, 'services/roles/dist/main.js'), '--host=127.0.0.1'];
}

/** Applies the manifests now, and again after every edit. Gives the first tenant; rejects when there is none. */
async function followManifests(
  options: LocalOptions,
  undo: (() => Promise<unknown>)[],
  around: {
    readonly supervisor: Supervisor;
    readonly secrets: readonly LocalSecret[];
    readonly nats: Nats;
  },
): Promise<SettledTenant> {
  const loader = new ManifestLoader(
    createManifestValidator({ kinds: loadCrds(), matches: matchesRe2 }),
    options.namespace,
  );
  const pointers = kvPointers(await openPolicyBucket(around.nats, 1));
  const target: ManifestTarget = {
    supervisor: around.supervisor,
    image: IMAGE,
    madeSecrets: around.secrets,
    async portsFor(tenant, lexicons) {
      const bundles = await openTenantStore(tenant, {
        volumesFolder: join(options.dataFolder, 'volumes'),
        secrets: around.secrets,
      });
      return { bundles, pointers, readLexicon: async (digest) => lexicons.get(digest) };
    },
  };
  let known = new Set<string>();
  const apply = async (): Promise<LoadedManifests> => {
    const files = (await Promise.all(options.manifests.map(listManifestFiles))).flat();
    const loaded = await loader.load(files);
    const events = await applyManifests(loaded, target);
    // What was wrong before this edit, and still is, was said then.
    const isStanding = (event: AppliedEvent): boolean => !event.good || event.isStanding === true;
    options.onEvents(events.filter((event) => !isStanding(event) || !known.has(event.text)));
    known = new Set(events.filter(isStanding).map((event) => event.text));
    return loaded;
  };
  const [tenant] = (await apply()).tenants;
  if (tenant === undefined)
    throw new Error(`there is no valid WeComTenant in ${options.manifests.join(', ')}`);
  const stopWatching = await watchFiles(options.manifests, async () => {
    try {
      await apply();
    } catch (error) {
      // A store that does not answer: the policies in force stay, and the next edit tries again.
      const why = error instanceof Error ? error.message : String(error);
      options.onEvents([{ good: false, text: `cannot apply the edit: ${why}` }]);
    }
  });
  undo.push(async () => stopWatching());
  return tenant;
}
