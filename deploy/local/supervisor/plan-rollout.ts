// What a Deployment does next, as Kubernetes' own controller would: one pod more, one pod less, or wait. Pure.
import type { DeploymentStrategy } from '@menshen/operator/tenants/render/manifest-types';

export interface PodSummary {
  readonly name: string;
  /** Which pod template it was made from. */
  readonly template: string;
  readonly ready: boolean;
}

export interface WantedPods {
  readonly template: string;
  readonly replicas: number;
  readonly strategy: DeploymentStrategy;
}

export type RolloutStep =
  | { readonly kind: 'Start' }
  | { readonly kind: 'Stop'; readonly pod: string }
  /** Nothing can be done until a pod becomes ready. */
  | { readonly kind: 'Wait' }
  | { readonly kind: 'Done' };

/** The next step towards `wanted`. Called again after each step, with what is then there. */
export function planRollout(pods: readonly PodSummary[], wanted: WantedPods): RolloutStep {
  const old = pods.filter((pod) => pod.template !== wanted.template);
  const fresh = pods.filter((pod) => pod.template === wanted.template);
  const surplus =
    fresh.length > wanted.replicas ? (fresh.find((pod) => !pod.ready) ?? fresh.at(-1)) : undefined;
  if (surplus !== undefined) return { kind: 'Stop', pod: surplus.name };
  if (wanted.strategy.type === 'Recreate') {
    const [first] = old;
    if (first !== undefined) return { kind: 'Stop', pod: first.name };
    return fresh.length < wanted.replicas ? { kind: 'Start' } : { kind: 'Done' };
  }
  return planRolling({ old, fresh }, wanted.replicas, wanted.strategy.rollingUpdate);
}

function planRolling(
  pods: { readonly old: readonly PodSummary[]; readonly fresh: readonly PodSummary[] },
  replicas: number,
  limits: { readonly maxSurge: number; readonly maxUnavailable: number },
): RolloutStep {
  const { old, fresh } = pods;
  const unready = old.find((pod) => !pod.ready);
  if (unready !== undefined) return { kind: 'Stop', pod: unready.name };
  if (fresh.length < replicas && old.length + fresh.length < replicas + limits.maxSurge)
    return { kind: 'Start' };
  const [first] = old;
  if (first === undefined) return { kind: 'Done' };
  const ready = [...old, ...fresh].filter((pod) => pod.ready).length;
  return ready > replicas - limits.maxUnavailable ? { kind: 'Stop', pod: first.name } : { kind: 'Wait' };
}
