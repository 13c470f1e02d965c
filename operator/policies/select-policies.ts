// Which policies judge a tenant: those of its own namespace, and of namespaces it admits, whose selector fits its labels.

import type { PolicySpec } from '@menshen/policy-engine/policy-spec';
import { selectsTenant } from '@menshen/policy-engine/select-tenants';
import type { SettledTenant } from '../tenants/settled-tenant.ts';

/** A CompliancePolicy as far as publishing needs it. */
export interface PolicyObject {
  readonly namespace: string;
  readonly name: string;
  /** metadata.generation; absent for a policy from a file. */
  readonly generation?: number;
  readonly spec: PolicySpec;
}

export type Labels = Readonly<Record<string, string>>;

/** `labelsOf` gives the labels of a namespace; its name is added here, as Kubernetes does. Order is kept. */
export function selectPolicies<P extends PolicyObject>(
  policies: readonly P[],
  tenant: SettledTenant,
  labelsOf: (namespace: string) => Labels,
): P[] {
  return policies.filter((policy) => judges(policy, tenant, labelsOf));
}

/** Whether the tenant admits the policy, and the policy means the tenant. */
export function judges(
  { namespace, spec }: Pick<PolicyObject, 'namespace' | 'spec'>,
  tenant: SettledTenant,
  labelsOf: (namespace: string) => Labels,
): boolean {
  return admits(tenant, namespace, labelsOf) && selectsTenant(spec.tenants, tenant.metadata.labels ?? {});
}

function admits(tenant: SettledTenant, namespace: string, labelsOf: (namespace: string) => Labels): boolean {
  if (namespace === tenant.metadata.namespace) return true;
  const { from, namespaceSelector } = tenant.spec.policies;
  if (from === 'Same') return false;
  const labels = { ...labelsOf(namespace), 'kubernetes.io/metadata.name': namespace };
  // The same selector semantics as of a policy's tenants.
  return selectsTenant(namespaceSelector, labels);
}
