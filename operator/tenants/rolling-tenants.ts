// Whose pods are being replaced at the moment, read from the Deployments themselves, so that a restart of the operator forgets nothing. What
// was just ordered and does not show yet counts too.
import type { Clock } from '../kube/clock.ts';
import type { KubeObject } from '../kube/kube-object.ts';
import type { ReadStore } from '../kube/store.ts';

export type LiveDeployment = KubeObject & {
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
    }[];
  };
};

/** A roll-out that has ended, well or badly: one that is stuck must not hold everybody else up for ever. */
const ENDED = ['NewReplicaSetAvailable', 'ProgressDeadlineExceeded'];

export function isRolling({ metadata, spec, status }: LiveDeployment): boolean {
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0)) return true;
  if (spec?.replicas === 0) return false;
  const progress = status?.conditions?.find(({ type }) => type === 'Progressing');
  return progress !== undefined && !ENDED.includes(progress.reason ?? '');
}

export interface RollingTenants {
  /** How many tenants other than this one are rolling. */
  countOthers(uid: string): number;
  /** This one is about to roll. */
  reserve(uid: string): void;
}

/** Until a change shows in the store, ms. */
const RESERVED_MS = 3000;

export function createRollingTenants(deployments: ReadStore<KubeObject>, clock: Clock): RollingTenants {
  const reserved = new Map<string, number>();
  return {
    countOthers: (uid) => {
      const nowMs = clock.nowMs();
      for (const [each, untilMs] of reserved) if (untilMs <= nowMs) reserved.delete(each);
      const rolling = new Set(reserved.keys());
      for (const deployment of deployments.list()) {
        const owner = deployment.metadata.ownerReferences?.find(({ controller }) => controller === true);
        if (owner !== undefined && isRolling(deployment)) rolling.add(owner.uid);
      }
      rolling.delete(uid);
      return rolling.size;
    },
    reserve: (uid) => {
      reserved.set(uid, clock.nowMs() + RESERVED_MS);
    },
  };
}
