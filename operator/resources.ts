// Kinds that the operator reads beside what tenants are made of (tenants/child-resources.ts), and as whom it writes.
import type { Resource } from './kube/resource.ts';

export const POLICIES: Resource = {
  group: 'menshen.dev',
  version: 'v1alpha1',
  plural: 'compliancepolicies',
  kind: 'CompliancePolicy',
  isNamespaced: true,
};

export const NAMESPACES: Resource = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  isNamespaced: false,
};

/** Who owns the fields that the operator writes. */
export const FIELD_MANAGER = 'menshen-operator';
