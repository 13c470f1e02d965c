// Why a pod that is not ready does not even start, where its own status says so: an image that cannot be pulled, a container that cannot be
// made. Nothing of ours runs there that could report it. Pods are not watched: a tenant's are read while one of its Deployments has none ready.
import type { ApiClient } from '../kube/api-client.ts';
import { ApiError } from '../kube/api-error.ts';
import type { Clock } from '../kube/clock.ts';
import type { KubeObject } from '../kube/kube-object.ts';
import { PODS } from './child-resources.ts';
import { isAvailable } from './observe-workloads.ts';
import { tenantPrefix } from './render/name-objects.ts';
import type { LiveDeployment } from './rolling-tenants.ts';
import type { SettledTenant } from './settled-tenant.ts';

interface ContainerStatus {
  readonly name: string;
  readonly state?: { readonly waiting?: { readonly reason?: string } };
}

export type LivePod = KubeObject & {
  readonly status?: {
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
};

const IMAGE =
  'check that the image is there, that the node may pull it, and its name: --image of the operator, or spec.source.sdk.image.reference';
/** Reasons of the kubelet that do not pass by themselves in a moment. The first two take turns, and are told as one. */
const WAITING: Readonly<Record<string, readonly [said: string, remedy: string]>> = {
  ErrImagePull: ['ImagePullBackOff', IMAGE],
  ImagePullBackOff: ['ImagePullBackOff', IMAGE],
  ErrImageNeverPull: ['ErrImageNeverPull', IMAGE],
  InvalidImageName: ['InvalidImageName', IMAGE],
  CreateContainerConfigError: ['CreateContainerConfigError', 'look at the Events of the pod'],
  CreateContainerError: ['CreateContainerError', 'look at the Events of the pod'],
};

/** Pure. What is told of the first container that waits, by name of the pod so that it is the same from pass to pass. */
export function describeWaiting(pods: readonly LivePod[]): string | undefined {
  const containers = pods
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    .flatMap(({ status }) => [
      ...(status?.initContainerStatuses ?? []),
      ...(status?.containerStatuses ?? []),
    ]);
  for (const { name, state } of containers) {
    const known = WAITING[state?.waiting?.reason ?? ''];
    if (known !== undefined) return `container ${name} waits with ${known[0]}: ${known[1]}`;
  }
  return undefined;
}

export interface Waiting {
  /** By name of the Deployment. */
  readonly why: ReadonlyMap<string, string>;
  /** While something is not ready: nobody tells when its pods change, ms. */
  readonly lookAgainMs?: number;
}

export interface WaitingMemory {
  find(tenant: SettledTenant, live: readonly LiveDeployment[], signal: AbortSignal): Promise<Waiting>;
  forget(uid: string): void;
}

const LOOK_AGAIN_MS = 15_000;
const NOTHING: Waiting = { why: new Map() };

export function rememberWaiting(client: Pick<ApiClient, 'listPage'>, clock: Clock): WaitingMemory {
  const memory = new Map<string, { readonly dueMs: number; readonly why: Waiting['why'] }>();
  return {
    find: async (tenant, live, signal) => {
      const uid = tenant.metadata.uid ?? '';
      const isWaitedFor = live.some((each) => each.spec?.replicas !== 0 && !isAvailable(each));
      if (!isWaitedFor || tenant.spec.suspend) {
        memory.delete(uid);
        return NOTHING;
      }
      const known = memory.get(uid);
      const nowMs = clock.nowMs();
      if (known !== undefined && nowMs < known.dueMs)
        return { why: known.why, lookAgainMs: known.dueMs - nowMs };
      const why = await look(client, tenant, signal);
      memory.set(uid, { dueMs: clock.nowMs() + LOOK_AGAIN_MS, why });
      return { why, lookAgainMs: LOOK_AGAIN_MS };
    },
    forget: (uid) => {
      memory.delete(uid);
    },
  };
}

async function look(
  client: Pick<ApiClient, 'listPage'>,
  { metadata }: SettledTenant,
  signal: AbortSignal,
): Promise<Waiting['why']> {
  const prefix = tenantPrefix(metadata.name);
  const labelSelector = `app.kubernetes.io/name=menshen,app.kubernetes.io/instance=${prefix}`;
  try {
    const { namespace } = metadata;
    const { items } = await client.listPage<LivePod>(PODS, { namespace, labelSelector, signal });
    const byDeployment = Map.groupBy(
      items,
      (pod) => `${prefix}-${pod.metadata.labels?.['app.kubernetes.io/component'] ?? ''}`,
    );
    return new Map(
      [...byDeployment].flatMap(([name, pods]) => {
        const why = describeWaiting(pods);
        return why === undefined ? [] : [[name, why] as const];
      }),
    );
  } catch (error) {
    // It only makes a message better: without the right to it, or an answer, the pass goes on.
    if (error instanceof ApiError) return NOTHING.why;
    throw error;
  }
}
