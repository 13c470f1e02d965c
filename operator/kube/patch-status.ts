// Writes the status of an object, only what differs, and nothing at all when nothing does.
import { isDeepStrictEqual } from 'node:util';
import type { ApiClient } from './api-client.ts';
import type { KubeObject } from './kube-object.ts';
import type { Resource } from './resource.ts';

export type WithStatus<S> = KubeObject & { readonly status?: S };

export interface StatusPatch<S> {
  readonly resource: Resource;
  /** The object as it was read for this pass. */
  readonly object: WithStatus<S>;
  /** All of the status, except observedGeneration. */
  readonly status: Omit<S, 'observedGeneration'>;
  /** Of which generation it speaks. Default: that of `object`. */
  readonly observedGeneration?: number;
  readonly fieldManager: string;
  readonly signal?: AbortSignal;
}

/**
 * True when something was written. Rejects with ApiError: Conflict when the object has changed since it was read; the pass was then about
 * something older, and the next one says it again.
 */
export async function patchStatus<S>(
  client: ApiClient,
  { resource, object, status, observedGeneration, fieldManager, signal }: StatusPatch<S>,
): Promise<boolean> {
  const { name, namespace, uid, resourceVersion, generation } = object.metadata;
  const wanted = { ...status, observedGeneration: observedGeneration ?? generation ?? 0 };
  const change = mergePatchBetween(object.status ?? {}, wanted);
  if (change === undefined) return false;
  await client.patch(resource, namespace === undefined ? { name } : { name, namespace }, {
    type: 'Merge',
    // Exactly this object in exactly this version: an object of the same name that came later has its own status.
    body: { metadata: { uid, resourceVersion }, status: change },
    subresource: 'status',
    fieldManager,
    ...(signal === undefined ? {} : { signal }),
  });
  return true;
}

/** The merge patch (RFC 7386) that turns `from` into `to`; `undefined` when they are equal. Lists are replaced as wholes. */
export function mergePatchBetween(from: object, to: object): Record<string, unknown> | undefined {
  const patch: Record<string, unknown> = {};
  const before = from as Readonly<Record<string, unknown>>;
  const after = to as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(before)) if (after[name] === undefined) patch[name] = null;
  for (const [name, value] of Object.entries(after)) {
    if (value === undefined || isDeepStrictEqual(before[name], value)) continue;
    patch[name] = isMap(before[name]) && isMap(value) ? mergePatchBetween(before[name], value) : value;
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}

function isMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
