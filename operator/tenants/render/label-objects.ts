// Labels and metadata that every rendered object carries.
import type { SettledTenant } from '../settled-tenant.ts';
import type { Metadata, OwnerReference } from './manifest-types.ts';
import { tenantPrefix } from './name-objects.ts';

/** What finds the pods of one workload; never changes, because a Deployment's selector cannot. */
export function selectorLabels(tenant: SettledTenant, component: string): Record<string, string> {
  return {
    'app.kubernetes.io/name': 'menshen',
    'app.kubernetes.io/instance': tenantPrefix(tenant.metadata.name),
    'app.kubernetes.io/component': component,
  };
}

export function objectLabels(tenant: SettledTenant, component: string): Record<string, string> {
  return {
    ...selectorLabels(tenant, component),
    'app.kubernetes.io/part-of': 'menshen',
    'app.kubernetes.io/managed-by': 'menshen-operator',
    'menshen.dev/corp-id': tenant.spec.corpId,
  };
}

/** Metadata of an object `<tenant>-<component>`, owned by the tenant when `owner` is given. */
export function objectMetadata(of: {
  readonly tenant: SettledTenant;
  readonly component: string;
  readonly owner: OwnerReference | undefined;
}): Metadata {
  return {
    name: `${tenantPrefix(of.tenant.metadata.name)}-${of.component}`,
    namespace: of.tenant.metadata.namespace,
    labels: objectLabels(of.tenant, of.component),
    ...(of.owner === undefined ? {} : { ownerReferences: [of.owner] }),
  };
}

/** The reference that makes a tenant's objects go with it; `undefined` for a tenant from a file, which has no uid. */
export function ownerReference(tenant: SettledTenant): OwnerReference | undefined {
  const { uid, name } = tenant.metadata;
  if (uid === undefined) return undefined;
  return {
    apiVersion: tenant.apiVersion,
    kind: tenant.kind,
    name,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}
