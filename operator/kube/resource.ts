// Which kind of object is meant, and the path under which the API server keeps it.
import type { ObjectName } from './kube-object.ts';

export interface Resource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** Lower-case plural, as in the path: `deployments`. */
  readonly plural: string;
  readonly kind: string;
  readonly isNamespaced: boolean;
}

/** `v1` or `group/version`, as objects say it. */
export function apiVersionOf({ group, version }: Resource): string {
  return group === '' ? version : `${group}/${version}`;
}

/** Path of all objects of the kind, in one namespace or, without one, everywhere. */
export function listPath(resource: Resource, namespace?: string): string {
  const root = resource.group === '' ? '/api' : '/apis';
  const inside = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}/${apiVersionOf(resource)}${inside}/${resource.plural}`;
}

/** Path of one object. Throws when a namespace is missing or too many: that is a bug of the caller. */
export function objectPath(
  resource: Resource,
  { namespace, name }: ObjectName,
  subresource?: string,
): string {
  if (resource.isNamespaced !== (namespace !== undefined))
    throw new Error(
      `${resource.kind} ${name} ${resource.isNamespaced ? 'needs a' : 'is not in any'} namespace`,
    );
  const below = subresource === undefined ? '' : `/${subresource}`;
  return `${listPath(resource, namespace)}/${encodeURIComponent(name)}${below}`;
}
