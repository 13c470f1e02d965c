// Kinds of other projects, as loosely as a test needs them: what the operator writes is kept as it is.
import type { Crd } from './install-crds.ts';

function crdOf(group: string, version: string, names: Crd['spec']['names']): Crd {
  const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const schema = { openAPIV3Schema: anything };
  // The API server refuses a group of Kubernetes' own project without word of its approval.
  const annotations = { 'api-approved.kubernetes.io': 'unapproved, for a test' };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${names.plural}.${group}`, annotations },
    spec: {
      group,
      scope: 'Namespaced',
      names,
      versions: [{ name: version, served: true, storage: true, schema }],
    },
  } as Crd;
}

export const SCALED_OBJECT_CRD = crdOf('keda.sh', 'v1alpha1', {
  plural: 'scaledobjects',
  kind: 'ScaledObject',
} as Crd['spec']['names']);

export const HTTP_ROUTE_CRD = crdOf('gateway.networking.k8s.io', 'v1', {
  plural: 'httproutes',
  kind: 'HTTPRoute',
} as Crd['spec']['names']);
