// One kind of object at the API server, as a reflector reads it.
import type { ApiClient, Selection } from './api-client.ts';
import type { KubeObject } from './kube-object.ts';
import type { ObjectSource } from './list-everything.ts';
import type { Resource } from './resource.ts';

/** `selection`: from which namespace, with which labels or fields; everything when empty. */
export function objectSource<T extends KubeObject>(
  client: ApiClient,
  resource: Resource,
  selection: Selection = {},
): ObjectSource<T> {
  return {
    listPage: (options) => client.listPage<T>(resource, { ...selection, ...options }),
    watch: (options) => client.watch<T>(resource, { ...selection, ...options }),
  };
}
