// What 200 tenants' pods would do, without them: one machine cannot run so many. Deployments get the status that the Deployment controller
// would write, and every pod that would run reports in the STATUS bucket as the services do. What this cannot show: that the pods would work.
// test/control-plane/operands.test.ts and test/cluster run them.
import { shortDigest } from '@menshen/contracts/digest';
import { statusKey } from '@menshen/contracts/status-report';
import { openStatusBucket } from '@menshen/jetstream/ensure-streams';
import type { ApiClient } from '@menshen/operator/kube/api-client';
import { isApiError } from '@menshen/operator/kube/api-error';
import type { Clock } from '@menshen/operator/kube/clock';
import { keyOf } from '@menshen/operator/kube/kube-object';
import { objectSource } from '@menshen/operator/kube/object-source';
import { startReflector } from '@menshen/operator/kube/reflector';
import { createStore, type ReadStore } from '@menshen/operator/kube/store';
import { CHILD_RESOURCES, CHILD_SELECTOR, tenantKeyOfChild } from '@menshen/operator/tenants/child-resources';
import type { LiveDeployment } from '@menshen/operator/tenants/rolling-tenants';
import type { TenantObject } from '@menshen/operator/tenants/tenant-ports';
import type { KV } from '@nats-io/kv';
import type { PointerFollower } from './follow-pointers.ts';
import { persist } from './persist.ts';

export interface Nodes {
  /** A tenant's pointers have changed: its scanners take them in a moment. */
  pointersChanged(corpId: string): void;
  stop(): Promise<void>;
}

const DEPLOYMENTS = CHILD_RESOURCES.Deployment;
const ROLES = ['ingest', 'archiver', 'scanner', 'notifier'] as const;
type Role = (typeof ROLES)[number];

/** Pods are there after a while, and report a while later; so do scanners that have taken policies, ms. */
const STARTING_MS = { least: 100, most: 500 };
const TAKING_MS = { least: 50, most: 300 };
/** As the services do. */
const REPORT_EVERY_MS = 20_000;

export async function playNodes(of: {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly random: () => number;
  readonly tenants: ReadStore<TenantObject>;
  readonly pointers: PointerFollower;
}): Promise<Nodes> {
  const { client, clock, random, tenants, pointers } = of;
  const stopping = new AbortController();
  const status = await openStatusBucket(pointers.nats, 1);
  const store = createStore<LiveDeployment>();
  const due = new Map<string, NodeJS.Timeout>();

  /** Once for all the reasons that come until then. */
  const soon = (what: string, { least, most }: typeof STARTING_MS, act: () => Promise<void>): void => {
    if (due.has(what) || stopping.signal.aborted) return;
    const run = (): void => {
      due.delete(what);
      // What fails here is seen by the end: a tenant that does not become ready.
      act().catch((error: unknown) => process.stderr.write(`nodes: ${what}: ${String(error)}\n`));
    };
    due.set(what, setTimeout(run, least + random() * (most - least)));
  };
  const reportOf = (deployment: LiveDeployment): void => {
    soon(`report ${keyOf(deployment.metadata)}`, STARTING_MS, () => reportAll(keyOf(deployment.metadata)));
  };
  const reportAll = async (key: string): Promise<void> => {
    const deployment = store.get(key);
    const corpId = tenants.get(tenantKeyOfChild(deployment ?? NOTHING) ?? '')?.spec.corpId;
    if (deployment === undefined || corpId === undefined) return;
    for (const role of rolesOf(deployment)) await report(status, { corpId, role, deployment, pointers });
  };
  const reflector = startReflector<LiveDeployment>({
    source: objectSource(client, DEPLOYMENTS, { labelSelector: CHILD_SELECTOR }),
    store,
    clock,
    random,
    signal: stopping.signal,
    onChange: (change) => {
      if (change.type === 'Deleted' || change.object.metadata.deletionTimestamp !== undefined) return;
      if (isAsWanted(change.object)) reportOf(change.object);
      else
        soon(`status ${change.key}`, STARTING_MS, async () => {
          const now = store.get(change.key);
          if (now !== undefined && !isAsWanted(now)) await settleStatus(client, now);
        });
    },
  });
  const renewing = setInterval(() => {
    for (const deployment of store.list()) reportOf(deployment);
  }, REPORT_EVERY_MS);
  await reflector.synced;
  return {
    pointersChanged: (corpId) => {
      for (const deployment of store.list())
        if (tenants.get(tenantKeyOfChild(deployment) ?? '')?.spec.corpId === corpId)
          soon(`take ${keyOf(deployment.metadata)}`, TAKING_MS, () => reportAll(keyOf(deployment.metadata)));
    },
    stop: async () => {
      stopping.abort();
      clearInterval(renewing);
      for (const timer of due.values()) clearTimeout(timer);
      await reflector.ended;
    },
  };
}

const NOTHING = { metadata: { name: '' } };

function replicasOf({ spec }: LiveDeployment): number {
  return spec?.replicas ?? 1;
}

function isAsWanted(deployment: LiveDeployment): boolean {
  const { metadata, status } = deployment;
  return (
    status?.observedGeneration === metadata.generation &&
    (status?.availableReplicas ?? 0) === replicasOf(deployment)
  );
}

/** Roles of the pods that run. */
function rolesOf(deployment: LiveDeployment): readonly Role[] {
  if (!isAsWanted(deployment) || replicasOf(deployment) === 0) return [];
  const component = deployment.metadata.labels?.['app.kubernetes.io/component'];
  return component === 'compact' ? ROLES : ROLES.filter((role) => role === component);
}

async function settleStatus(client: ApiClient, deployment: LiveDeployment): Promise<void> {
  const count = replicasOf(deployment);
  const now = new Date().toISOString();
  const progressing = { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' };
  const status = {
    observedGeneration: deployment.metadata.generation,
    replicas: count,
    updatedReplicas: count,
    readyReplicas: count,
    availableReplicas: count,
    conditions: [{ ...progressing, lastUpdateTime: now, lastTransitionTime: now }],
  };
  const patch = { type: 'Merge', subresource: 'status', fieldManager: 'nodes', body: { status } } as const;
  try {
    await persist(() => client.patch(DEPLOYMENTS, deployment.metadata, patch));
  } catch (error) {
    if (!isApiError(error, 'NotFound')) throw error;
  }
}

async function report(
  bucket: KV,
  of: {
    readonly corpId: string;
    readonly role: Role;
    readonly deployment: LiveDeployment;
    readonly pointers: PointerFollower;
  },
): Promise<void> {
  const { corpId, role, deployment, pointers } = of;
  const instance = `${deployment.metadata.namespace}-${deployment.metadata.name}-0`;
  const said = SAID[role];
  const facts = role === 'scanner' ? scannerFacts(pointers, corpId) : said.facts;
  const value = { role, instance, reportedAtMs: Date.now(), ...said, facts };
  await bucket.put(statusKey(corpId, role, instance), JSON.stringify(value)).catch(() => undefined);
}

/** Of pods that are well and have nothing to do, in the words of their services. */
const SAID = {
  ingest: { reason: 'CaughtUp', message: 'nothing is waiting', facts: { cursor: '1', openGaps: 0 } },
  archiver: { reason: 'Archiving', message: 'what is captured becomes segments and rows', facts: {} },
  scanner: { reason: 'CaughtUp', message: 'messages are judged as they are captured', facts: {} },
  notifier: { reason: 'Delivering', message: 'every notice that is due is delivered', facts: {} },
} as const satisfies Record<Role, unknown>;

function scannerFacts(pointers: PointerFollower, corpId: string): Record<string, string | number> {
  const mine = [...pointers.of(corpId)];
  return {
    policies: mine.length,
    rejected: 0,
    inForce: JSON.stringify(Object.fromEntries(mine.map(([policy, { generation }]) => [policy, generation]))),
    inForceDigests: JSON.stringify(
      Object.fromEntries(mine.map(([policy, { digest }]) => [policy, shortDigest(digest)])),
    ),
    rejectedPolicies: '{}',
    pendingMessages: 0,
    oldestPendingSeconds: 0,
  };
}
