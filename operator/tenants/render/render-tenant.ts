// WeComTenant → every Kubernetes object that runs it. Pure: the operator applies the result, local mode runs it as processes.
import type { SettledTenant } from '../settled-tenant.ts';
import { objectMetadata, ownerReference, selectorLabels } from './label-objects.ts';
import type { RenderedObject } from './manifest-types.ts';
import { planWorkloads, type Role, type Workload } from './plan-workloads.ts';
import { renderCallback } from './render-callback.ts';
import { renderConfigMap } from './render-config-map.ts';
import { containerPorts, renderDeployment } from './render-deployment.ts';
import { renderDisruptionBudget } from './render-disruption-budget.ts';
import { renderNetworkPolicy } from './render-network-policy.ts';
import { renderRoleConfig } from './render-role-config.ts';
import { renderScaledObject } from './render-scaled-object.ts';
import { renderService } from './render-service.ts';
import { renderServiceAccount } from './render-service-account.ts';

export interface RenderOptions {
  /** Image of the services, by digest where possible. */
  readonly image: string;
  /** resourceVersion, or a digest of the content, by name of the Secret; a change restarts the pods that use it. */
  readonly secretVersions?: Readonly<Record<string, string>>;
  /** Scanners wanted at the moment; without it the fewest the tenant allows. */
  readonly scanners?: number;
  /** The tenant with the credentials that a process of these roles is to use, where the tenant names none. */
  readonly withCredentials?: (tenant: SettledTenant, roles: readonly Role[]) => SettledTenant;
  /** For networkPolicy.mode Strict: where WeCom, or the proxy on the way to it, is. */
  readonly wecomBlocks?: readonly string[];
}

/** The objects of a tenant, in the order in which they can be applied. The same tenant and options give the same objects. */
export function renderTenant(tenant: SettledTenant, options: RenderOptions): RenderedObject[] {
  const owner = ownerReference(tenant);
  const account = renderServiceAccount(objectMetadata({ tenant, component: 'menshen', owner }));
  const rendered = planWorkloads(tenant.spec, options.scanners).map((workload) =>
    renderWorkload(workload, { tenant, options, serviceAccountName: account.metadata.name }),
  );
  return [account, ...rendered.flat()];
}

interface Rendering {
  readonly tenant: SettledTenant;
  readonly options: RenderOptions;
  readonly serviceAccountName: string;
}

function renderWorkload(workload: Workload, of: Rendering): RenderedObject[] {
  const { tenant, options, serviceAccountName } = of;
  const metadata = objectMetadata({ tenant, component: workload.component, owner: ownerReference(tenant) });
  const credited = options.withCredentials?.(tenant, workload.roles) ?? tenant;
  const { config, secrets } = renderRoleConfig(credited, workload.roles);
  const configMap = renderConfigMap(metadata, config);
  const service = renderService(metadata, {
    selector: selectorLabels(tenant, workload.component),
    ports: containerPorts(tenant, workload),
  });
  const { wecomBlocks = [] } = options;
  // The walls stand before anybody moves in.
  const policy = renderNetworkPolicy(metadata, { tenant, workload, wecomBlocks });
  const deployment = renderDeployment({
    metadata,
    tenant,
    workload,
    configMap,
    secrets,
    serviceAccountName,
    image: options.image,
    secretVersions: options.secretVersions ?? {},
  });
  return [
    configMap,
    service,
    ...(policy === undefined ? [] : [policy]),
    deployment,
    ...renderAround(workload, tenant, metadata),
  ];
}

/** What stands beside a Deployment: the way in for WeCom, and what keeps or changes the number of pods. */
function renderAround(
  workload: Workload,
  tenant: SettledTenant,
  metadata: RenderedObject['metadata'],
): RenderedObject[] {
  const { callback, scanner } = tenant.spec;
  const around: RenderedObject[] = [];
  if (workload.mayOverlap && scanner.maxReplicas > 1)
    around.push(renderDisruptionBudget(metadata, selectorLabels(tenant, workload.component)));
  if (workload.replicas === 'Elsewhere')
    around.push(renderScaledObject(metadata, { tenant, deploymentName: metadata.name }));
  const wayIn =
    callback !== undefined && workload.roles.includes('ingest')
      ? renderCallback(metadata, { callback, serviceName: metadata.name })
      : undefined;
  if (wayIn !== undefined) around.push(wayIn);
  return around;
}
