// On which nodes a workload's pods may run, and who goes first.
import type { SettledTenant } from '../settled-tenant.ts';
import { selectorLabels } from './label-objects.ts';
import type { PodSpec } from './manifest-types.ts';
import type { Workload } from './plan-workloads.ts';

type Scheduling = Pick<
  PodSpec,
  'imagePullSecrets' | 'nodeSelector' | 'tolerations' | 'priorityClassName' | 'topologySpreadConstraints'
>;

/** Only what the tenant asks for: absent fields stay the cluster's. */
export function renderScheduling(tenant: SettledTenant, workload: Workload): Scheduling {
  const { imagePullSecrets, tolerations, priorityClassName } = tenant.spec.deployment;
  const nodeSelector = nodeSelectorOf(tenant, workload);
  const topologySpreadConstraints = spreadOf(tenant, workload);
  return {
    ...(isEmpty(imagePullSecrets) ? {} : { imagePullSecrets }),
    ...(isEmpty(Object.keys(nodeSelector)) ? {} : { nodeSelector }),
    ...(isEmpty(tolerations) ? {} : { tolerations }),
    ...(priorityClassName === undefined ? {} : { priorityClassName }),
    ...(isEmpty(topologySpreadConstraints) ? {} : { topologySpreadConstraints }),
  };
}

/** WeCom only answers addresses it was told of: the pod that calls it may be bound to the nodes that have one. */
function nodeSelectorOf({ spec }: SettledTenant, { roles }: Workload): Readonly<Record<string, string>> {
  const { deployment, source } = spec;
  return { ...deployment.nodeSelector, ...(roles.includes('ingest') ? source.nodeSelector : {}) };
}

/** Single pods have nothing to be spread. */
function spreadOf(tenant: SettledTenant, workload: Workload): Scheduling['topologySpreadConstraints'] {
  if (!workload.mayOverlap) return [];
  const labelSelector = { matchLabels: selectorLabels(tenant, workload.component) };
  return (tenant.spec.deployment.topologySpread ?? []).map((spread) => ({ ...spread, labelSelector }));
}

function isEmpty(list: readonly unknown[] | undefined): list is undefined {
  return list === undefined || list.length === 0;
}
