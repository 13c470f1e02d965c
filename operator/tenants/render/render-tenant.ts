// WeComTenant → every Kubernetes object that runs it. Pure: the operator applies the result, local mode runs it as processes.
import type { SettledTenant } from '../settled-tenant.ts';
import { objectMetadata, ownerReference, selectorLabels } from './label-objects.ts';
import type { RenderedObject } from './manifest-types.ts';
import { planWorkloads, type Workload } from './plan-workloads.ts';
import { renderConfigMap } from './render-config-map.ts';
import { containerPorts, renderDeployment } from './render-deployment.ts';
import { renderRoleConfig } from './render-role-config.ts';
import { renderService } from './render-service.ts';
import { renderServiceAccount } from './render-service-account.ts';

export interface RenderOptions {
  /** Image of the services, by digest where possible. */
  readonly image: string;
  /** resourceVersion, or a digest of the content, by name of the Secret; a change restarts the pods that use it. */
  readonly secretVersions?: Readonly<Record<string, string>>;
}

/** The objects of a tenant, in the order in which they can be applied. The same tenant and options give the same objects. */
export function renderTenant(tenant: SettledTenant, options: RenderOptions): RenderedObject[] {
  const owner = ownerReference(tenant);
  const account = renderServiceAccount(objectMetadata({ tenant, component: 'menshen', owner }));
  const rendered = planWorkloads(tenant.spec).map((workload) =>
    renderWorkload(workload, { tenant, options, serviceAccountName: account.metadata.name }),
  );
  return [account, ...rendered.flat()];
}

function renderWorkload(
  workload: Workload,
  of: {
    readonly tenant: SettledTenant;
    readonly options: RenderOptions;
    readonly serviceAccountName: string;
  },
): RenderedObject[] {
  const { tenant, options, serviceAccountName } = of;
  const metadata = objectMetadata({ tenant, component: workload.component, owner: ownerReference(tenant) });
  const { config, secrets } = renderRoleConfig(tenant, workload.roles);
  const configMap = renderConfigMap(metadata, config);
  const service = renderService(metadata, {
    selector: selectorLabels(tenant, workload.component),
    ports: containerPorts(tenant, workload),
  });
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
  return [configMap, service, deployment];
}
