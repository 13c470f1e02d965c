// What the one operator that leads does beside watching: lines to the tenants' NATS, and the two controllers.
import type { Logger } from '@menshen/telemetry/logger';
import type { ApiClient } from './kube/api-client.ts';
import { createApplier } from './kube/apply.ts';
import type { Clock, Random, WallClock } from './kube/clock.ts';
import { keyOf } from './kube/kube-object.ts';
import type { Recorder } from './kube/recorder.ts';
import type { WorkQueue } from './kube/work-queue.ts';
import { createLinks, type Links } from './messaging/keep-links.ts';
import { type ConnectionPool, createConnectionPool } from './messaging/pool-connections.ts';
import { readAccess } from './messaging/read-access.ts';
import type { LinkListener } from './messaging/tenant-link.ts';
import type { OperatorMetrics } from './operator-metrics.ts';
import { createLexiconReader } from './policies/read-lexicon.ts';
import { createPolicyReconcile } from './policies/reconcile-policy.ts';
import type { TenantArguments } from './read-arguments.ts';
import { FIELD_MANAGER } from './resources.ts';
import { listOwners } from './route-changes.ts';
import { type ControllerTools, runController } from './run-controller.ts';
import type { BorrowNats } from './tenants/provision/provision-ports.ts';
import { createTenantReconcile } from './tenants/reconcile-tenant.ts';
import type { SettledTenant } from './tenants/settled-tenant.ts';
import type { ProvisionStep, TenantPorts } from './tenants/tenant-ports.ts';
import type { Stores } from './watch-cluster.ts';

/** What provisioning is made with. */
export interface Outside {
  readonly client: ApiClient;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly wallClock: WallClock;
  readonly random: Random;
  /** Connections that are shared with the lines to tenants. */
  readonly pool: ConnectionPool;
  readonly borrowNats: BorrowNats;
}

export interface Provisioning {
  readonly steps: readonly ProvisionStep[];
  readonly withMadeCredentials?: TenantPorts['withMadeCredentials'];
  /** Credentials of the operator's own user; absent: it has no key to make one. */
  readonly ownCredentials?: () => Promise<Uint8Array>;
  /** Removes what gone tenants have left, until the signal. Never rejects. */
  readonly sweep?: (signal: AbortSignal) => Promise<void>;
}

export interface Leading {
  readonly client: ApiClient;
  readonly stores: Stores;
  readonly recorder: Recorder;
  readonly tools: ControllerTools;
  readonly wallClock: WallClock;
  readonly logger: Logger;
  readonly queues: { readonly tenants: WorkQueue; readonly policies: WorkQueue };
  readonly listener: LinkListener;
  readonly image: string;
  readonly tenants: TenantArguments;
  /** Streams, database, objects, as far as the operator is given keys to make them. */
  readonly provision: (outside: Outside) => Provisioning;
  readonly mayAct: () => boolean;
  /** Aborted when the Lease is lost. */
  readonly over: AbortSignal;
  readonly metrics: OperatorMetrics;
}

export interface Leader {
  readonly links: Links;
  /** Finishes the passes in work and closes all lines. */
  stop(): Promise<void>;
}

export const TENANT_WORKERS = 4;
export const POLICY_WORKERS = 8;
const TENANT_RESYNC_MS = 10 * 60_000;
const POLICY_RESYNC_MS = 10 * 60_000;

/** Stores must be filled: what is not in them counts as gone. */
export function serveAsLeader(leading: Leading): Leader {
  const { client, stores, queues, tools, over, listener } = leading;
  const { clock, random } = tools;
  const pool = createConnectionPool('menshen operator');
  const access = (tenant: SettledTenant) => readAccess(client, tenant, provisioning.ownCredentials);
  const provisioning = leading.provision({
    client,
    clock,
    random,
    pool,
    recorder: leading.recorder,
    wallClock: leading.wallClock,
    borrowNats: async (tenant) => await pool.borrow(await access(tenant)),
  });
  const links = createLinks({
    clock,
    random,
    listener,
    pool,
    readAccess: access,
  });
  links.follow(listOwners(stores));
  leading.metrics.watchLinks(links);
  const tenants = runController(
    {
      name: 'wecomtenant',
      workers: TENANT_WORKERS,
      reconcile: createTenantReconcile(tenantPorts(leading, links, provisioning)),
      resync: { everyMs: TENANT_RESYNC_MS, keys: () => stores.tenants.keys() },
      generationOf: (key) => stores.tenants.get(key)?.metadata.generation,
    },
    queues.tenants,
    { ...tools, signal: over },
  );
  const policies = runController(
    {
      name: 'compliancepolicy',
      workers: POLICY_WORKERS,
      reconcile: createPolicyReconcile({
        ...leading,
        clock,
        links,
        lexicons: createLexiconReader((tenant) => links.of(tenant.spec.corpId)),
        onChecked: leading.metrics.policyChecked,
      }),
      resync: { everyMs: POLICY_RESYNC_MS, keys: () => listPolicyKeys(stores, links) },
      generationOf: (key) => stores.policies.get(key)?.metadata.generation,
    },
    queues.policies,
    { ...tools, signal: over },
  );
  const stopping = new AbortController();
  const sweeping = provisioning.sweep?.(AbortSignal.any([over, stopping.signal]));
  return {
    links,
    stop: async () => {
      stopping.abort();
      await Promise.all([tenants.stop(), policies.stop(), sweeping]);
      await links.stop();
    },
  };
}

/** Also of policies that are gone, as long as a tenant has a pointer to one: that is how they are withdrawn without a finalizer. */
function listPolicyKeys(stores: Stores, links: Links): string[] {
  const keys = new Set(stores.policies.list().map(({ metadata }) => keyOf(metadata)));
  for (const link of links.all()) for (const policy of link.pointers.keys()) keys.add(policy);
  return [...keys];
}

function tenantPorts(
  leading: Leading,
  links: Links,
  { steps, withMadeCredentials }: Provisioning,
): TenantPorts {
  const { client, recorder, tools, wallClock, stores, image } = leading;
  return {
    client,
    recorder,
    wallClock,
    stores,
    provision: steps,
    clock: tools.clock,
    random: tools.random,
    applier: createApplier(client, FIELD_MANAGER),
    fieldManager: FIELD_MANAGER,
    mayAct: leading.mayAct,
    ...(withMadeCredentials === undefined ? {} : { withMadeCredentials }),
    reportsOf: (tenant) => {
      const link = links.of(tenant.spec.corpId);
      return link?.state.kind === 'Open' ? [...link.reports.values()] : undefined;
    },
    settings: { image, ...leading.tenants },
  };
}
