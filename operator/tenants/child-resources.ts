// Where the objects of a tenant are found at the API server, and which tenant an object belongs to.
import { type KubeObject, keyOf } from '../kube/kube-object.ts';
import type { Resource } from '../kube/resource.ts';
import type { RenderedObject } from './render/manifest-types.ts';

export const TENANTS: Resource = {
  group: 'menshen.dev',
  version: 'v1alpha1',
  plural: 'wecomtenants',
  kind: 'WeComTenant',
  isNamespaced: true,
};

export const SECRETS: Resource = resource('', 'v1', 'Secret', 'secrets');
export const PODS: Resource = resource('', 'v1', 'Pod', 'pods');

/** Kinds that every cluster has; the operator watches ours among them. */
export const CHILD_RESOURCES = {
  ServiceAccount: resource('', 'v1', 'ServiceAccount', 'serviceaccounts'),
  ConfigMap: resource('', 'v1', 'ConfigMap', 'configmaps'),
  Service: resource('', 'v1', 'Service', 'services'),
  NetworkPolicy: resource('networking.k8s.io', 'v1', 'NetworkPolicy', 'networkpolicies'),
  Deployment: resource('apps', 'v1', 'Deployment', 'deployments'),
  PodDisruptionBudget: resource('policy', 'v1', 'PodDisruptionBudget', 'poddisruptionbudgets'),
  Ingress: resource('networking.k8s.io', 'v1', 'Ingress', 'ingresses'),
} as const satisfies Partial<Record<RenderedObject['kind'], Resource>>;
export type ChildKind = keyof typeof CHILD_RESOURCES;

/** Kinds of others, there only where they are installed: asked for when a tenant wants one, not watched. */
export const OPTIONAL_RESOURCES = {
  HTTPRoute: resource('gateway.networking.k8s.io', 'v1', 'HTTPRoute', 'httproutes'),
  ScaledObject: resource('keda.sh', 'v1alpha1', 'ScaledObject', 'scaledobjects'),
} as const satisfies Record<Exclude<RenderedObject['kind'], ChildKind>, Resource>;
export type OptionalKind = keyof typeof OPTIONAL_RESOURCES;

/** Every object that a tenant is made of carries this; watches ask for nothing else. */
export const CHILD_SELECTOR = 'app.kubernetes.io/managed-by=menshen-operator';

/** Key of the tenant that owns the object; `undefined` for an object that no tenant owns. */
export function tenantKeyOfChild({ metadata }: KubeObject): string | undefined {
  const owner = metadata.ownerReferences?.find(
    ({ kind, controller, apiVersion }) =>
      kind === TENANTS.kind && controller === true && apiVersion.startsWith(`${TENANTS.group}/`),
  );
  if (owner === undefined) return undefined;
  return keyOf(
    metadata.namespace === undefined
      ? { name: owner.name }
      : { namespace: metadata.namespace, name: owner.name },
  );
}

function resource(group: string, version: string, kind: string, plural: string): Resource {
  return { group, version, kind, plural, isNamespaced: true };
}
