// The kinds that the operator reads and writes.
import type { Resource } from './kube/resource.ts';

const ours = (plural: string, kind: string): Resource => ({
  group: 'menshen.dev',
  version: 'v1alpha1',
  plural,
  kind,
  isNamespaced: true,
});

export const TENANTS = ours('wecomtenants', 'WeComTenant');
export const POLICIES = ours('compliancepolicies', 'CompliancePolicy');

export const NAMESPACES: Resource = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  isNamespaced: false,
};

const namespaced = (group: string, plural: string, kind: string): Resource => ({
  group,
  version: 'v1',
  plural,
  kind,
  isNamespaced: true,
});

export const SECRETS = namespaced('', 'secrets', 'Secret');
export const DEPLOYMENTS = namespaced('apps', 'deployments', 'Deployment');

/** What tenants are made of and is watched, so that drift is seen at once. All of it is part of every Kubernetes. */
export const OWNED_KINDS: readonly Resource[] = [
  DEPLOYMENTS,
  namespaced('', 'services', 'Service'),
  namespaced('', 'configmaps', 'ConfigMap'),
  namespaced('', 'serviceaccounts', 'ServiceAccount'),
  namespaced('policy', 'poddisruptionbudgets', 'PodDisruptionBudget'),
  namespaced('networking.k8s.io', 'networkpolicies', 'NetworkPolicy'),
  namespaced('networking.k8s.io', 'ingresses', 'Ingress'),
];

/** On everything that the operator makes. */
export const MANAGED_BY = 'app.kubernetes.io/managed-by=menshen-operator';
/** Who owns the fields that the operator writes. */
export const FIELD_MANAGER = 'menshen-operator';
