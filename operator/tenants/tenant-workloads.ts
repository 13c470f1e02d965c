// The Deployments that a tenant's spec asks for, as they are at the moment.
import { keyOf } from '../kube/kube-object.ts';
import { CHILD_RESOURCES } from './child-resources.ts';
import type { ObservedWorkload } from './observe-workloads.ts';
import { tenantPrefix } from './render/name-objects.ts';
import { planWorkloads } from './render/plan-workloads.ts';
import type { LiveDeployment } from './rolling-tenants.ts';
import type { SettledTenant } from './settled-tenant.ts';
import type { TenantStores } from './tenant-ports.ts';

export function listWorkloads(stores: TenantStores, tenant: SettledTenant): ObservedWorkload[] {
  return planWorkloads(tenant.spec).map(({ component, roles }) => ({
    roles,
    live: findDeployment(stores, tenant, component),
  }));
}

export function findDeployment(
  stores: TenantStores,
  { metadata }: SettledTenant,
  component: string,
): LiveDeployment | undefined {
  const name = `${tenantPrefix(metadata.name)}-${component}`;
  const found = stores
    .owned(CHILD_RESOURCES.Deployment.plural)
    .get(keyOf({ namespace: metadata.namespace, name }));
  return found as LiveDeployment | undefined;
}
