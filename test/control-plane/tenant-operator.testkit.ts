// The tenants' half of the operator as it is put together in a cluster, against a control plane of a test: stores, queue, links to NATS,
// reconcile. It counts what it asks of the API server.

import type { StatusReport } from '@menshen/contracts/status-report';
import { type ApiClient, createApiClient } from '@menshen/operator/kube/api-client';
import { createApplier } from '@menshen/operator/kube/apply';
import type { Clock } from '@menshen/operator/kube/clock';
import { type Controller, startController } from '@menshen/operator/kube/controller';
import { keyOf } from '@menshen/operator/kube/kube-object';
import { createRecorder } from '@menshen/operator/kube/recorder';
import { createRetryPace } from '@menshen/operator/kube/retry-pace';
import type { Transport } from '@menshen/operator/kube/transport';
import { createWorkQueue } from '@menshen/operator/kube/work-queue';
import { createLinks } from '@menshen/operator/messaging/keep-links';
import { createConnectionPool } from '@menshen/operator/messaging/pool-connections';
import { CHILD_RESOURCES, tenantKeyOfChild } from '@menshen/operator/tenants/child-resources';
import { createTenantReconcile } from '@menshen/operator/tenants/reconcile-tenant';
import { settleTenant } from '@menshen/operator/tenants/settled-tenant';
import type { ProvisionStep, TenantPorts } from '@menshen/operator/tenants/tenant-ports';
import { watchCluster } from '@menshen/operator/watch-cluster';

export interface TenantOperator {
  readonly client: ApiClient;
  /** Calls that changed something, or tried to: everything but GET. */
  writes(): number;
  /** Passes so far. */
  passes(): number;
  /** Errors that passes ended with. */
  readonly errors: readonly unknown[];
  stop(): Promise<void>;
}

export interface TenantOperatorOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly image: string;
  /** In place of what processes report by NATS. */
  readonly reports?: (corpId: string) => readonly StatusReport[] | undefined;
  readonly provision?: readonly ProvisionStep[];
  readonly maxRollingTenants?: number;
  readonly secretCheckMs?: number;
}

const nothing = (): void => undefined;
const OBSERVER = { listed: nothing, watched: nothing, eventReceived: nothing, failed: nothing };

export async function runTenantOperator(options: TenantOperatorOptions): Promise<TenantOperator> {
  const { transport, clock } = options;
  const random = Math.random;
  const wallClock = { nowMs: () => Date.now() };
  let writes = 0;
  let passes = 0;
  const errors: unknown[] = [];
  const client = createApiClient({
    transport,
    clock,
    onRequest: (method) => {
      if (method !== 'GET') writes += 1;
    },
  });
  const over = new AbortController();
  const queue = createWorkQueue({ clock, pace: createRetryPace(clock, random, { longestDelayMs: 1000 }) });
  const watch = watchCluster({ client, clock, random, signal: over.signal, observe: () => OBSERVER });
  const { stores } = watch;
  const tenantOf = (corpId: string) => stores.tenants.byIndex('corpId', corpId);
  const look = (corpId: string): void => {
    for (const { metadata } of tenantOf(corpId)) queue.add(keyOf(metadata));
  };
  const links = createLinks({
    pool: createConnectionPool('tenant operator of a test'),
    clock,
    random,
    readAccess: async (tenant) => ({ url: tenant.spec.messaging.url }),
    listener: {
      linkChanged: ({ corpId }) => look(corpId),
      policiesChanged: () => undefined,
      reportChanged: ({ corpId }) => look(corpId),
    },
  });
  const follow = (): void => {
    if (options.reports === undefined)
      links.follow(stores.tenants.list().map((tenant) => settleTenant(tenant)));
  };
  watch.listen({
    tenantChanged: ({ key, object }) => {
      queue.add(key);
      // Of one corporation only one works: whoever comes or goes is the others' business.
      look(object.spec.corpId);
      follow();
    },
    policyChanged: () => undefined,
    namespaceChanged: () => undefined,
    ownedChanged: ({ object }) => {
      const key = tenantKeyOfChild(object);
      if (key !== undefined) queue.add(key);
    },
  });
  const recorder = createRecorder({
    client,
    clock,
    wallClock,
    random,
    controller: 'menshen.dev/operator',
    instance: 'test',
  });
  const fieldManager = 'menshen-operator';
  const ports: TenantPorts = {
    client,
    applier: createApplier(client, fieldManager),
    recorder,
    clock,
    wallClock,
    random,
    fieldManager,
    mayAct: () => true,
    stores,
    reportsOf: ({ spec }) => {
      if (options.reports !== undefined) return options.reports(spec.corpId);
      const link = links.of(spec.corpId);
      return link?.state.kind === 'Open' ? [...link.reports.values()] : undefined;
    },
    provision: options.provision ?? [],
    settings: {
      image: options.image,
      maxRollingTenants: options.maxRollingTenants ?? 5,
      secretCheckMs: options.secretCheckMs ?? 60_000,
    },
  };
  await watch.synced;
  const controller: Controller = startController({
    reconcile: createTenantReconcile(ports),
    queue,
    clock,
    random,
    signal: over.signal,
    observer: {
      passStarted: () => {
        passes += 1;
      },
      passEnded: ({ outcome, error }) => {
        if (outcome === 'error') errors.push(error);
      },
    },
  });
  return {
    client,
    writes: () => writes,
    passes: () => passes,
    errors,
    stop: async () => {
      await controller.stop();
      await recorder.flush();
      over.abort();
      await links.stop();
      await watch.ended;
    },
  };
}

export const DEPLOYMENTS = CHILD_RESOURCES.Deployment;
