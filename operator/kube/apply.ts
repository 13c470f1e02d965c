// Brings one object in line by server-side apply, owning only the fields it names, and leaves the API server alone when nothing would
// change. README.md says how that is decided and why there is no hash annotation.
import { createHash } from 'node:crypto';
import type { ApiClient, Patch } from './api-client.ts';
import { ApiError, isApiError } from './api-error.ts';
import { type KubeObject, keyOf } from './kube-object.ts';
import { differingFields } from './owned-fields.ts';
import { apiVersionOf, type Resource } from './resource.ts';

export interface FieldConflict {
  /** Such as `.spec.replicas`. */
  readonly field: string;
  /** In the API server's words: who owns it, `conflict with "kubectl-edit"`. */
  readonly message: string;
}

export interface Applied<T> {
  readonly object: T;
  /** Unchanged: it was so already, with or without asking the API server. */
  readonly outcome: 'Created' | 'Changed' | 'Unchanged';
  /** The same was applied before and somebody changed it since: worth an event, once. */
  readonly isDrift: boolean;
  /** Fields that somebody else owned with another value, and that are ours now. */
  readonly conflicts: readonly FieldConflict[];
}

export interface Applier {
  /**
   * `live`: the object as the store has it, `undefined` when it has none. A store that lags is harmless: its next event brings the key
   * here again. Rejects with ApiError.
   */
  apply<T extends KubeObject>(
    resource: Resource,
    desired: T,
    live: KubeObject | undefined,
    signal?: AbortSignal,
  ): Promise<Applied<T>>;
  /** What is known of an object that is not wanted any more. */
  forget(resource: Resource, object: KubeObject): void;
}

/** What was applied last and the version that came of it. Held in memory: after a restart the managedFields say as much. */
interface Memory {
  readonly digest: string;
  readonly resourceVersion: string | undefined;
}

export function createApplier(client: ApiClient, fieldManager: string): Applier {
  const memories = new Map<string, Memory>();
  const placeOf = (resource: Resource, { metadata }: KubeObject): string =>
    `${apiVersionOf(resource)}/${resource.plural}/${keyOf(metadata)}`;
  return {
    apply: async <T extends KubeObject>(
      resource: Resource,
      desired: T,
      live: KubeObject | undefined,
      signal?: AbortSignal,
    ): Promise<Applied<T>> => {
      const place = placeOf(resource, desired);
      const digest = digestOf(desired);
      const memory = memories.get(place);
      if (live !== undefined && isAsWanted(desired, live, { resource, fieldManager, memory, digest }))
        return { object: live as T, outcome: 'Unchanged', isDrift: false, conflicts: [] };
      const { object, conflicts } = await applyAndTakeOver<T>({
        client,
        fieldManager,
        resource,
        desired,
        signal,
      });
      const resourceVersion = object.metadata.resourceVersion;
      memories.set(place, { digest, resourceVersion });
      // Nothing came of it, or the store only lagged behind what we did before.
      const wasSoBefore = memory?.digest === digest && memory.resourceVersion === resourceVersion;
      const isSame = wasSoBefore || live?.metadata.resourceVersion === resourceVersion;
      return {
        object,
        outcome: isSame ? 'Unchanged' : live === undefined ? 'Created' : 'Changed',
        isDrift: !isSame && live !== undefined && memory?.digest === digest,
        conflicts,
      };
    },
    forget: (resource, object) => {
      memories.delete(placeOf(resource, object));
    },
  };
}

function isAsWanted(
  desired: KubeObject,
  live: KubeObject,
  {
    resource,
    fieldManager,
    memory,
    digest,
  }: { resource: Resource; fieldManager: string; memory: Memory | undefined; digest: string },
): boolean {
  // Nobody has touched it since we applied exactly this: true also where values are kept in another spelling than ours.
  if (memory?.digest === digest && memory.resourceVersion === live.metadata.resourceVersion) return true;
  return differingFields(desired, live, { resource, fieldManager }).length === 0;
}

/** Asks nicely first, only to learn whom we overrule: with `force` alone the API server does not say. */
async function applyAndTakeOver<T extends KubeObject>({
  client,
  fieldManager,
  resource,
  desired,
  signal,
}: {
  client: ApiClient;
  fieldManager: string;
  resource: Resource;
  desired: T;
  signal: AbortSignal | undefined;
}): Promise<{ object: T; conflicts: FieldConflict[] }> {
  const patch: Patch = {
    type: 'Apply',
    body: { ...desired, apiVersion: apiVersionOf(resource), kind: resource.kind },
    fieldManager,
    ...(signal === undefined ? {} : { signal }),
  };
  try {
    return {
      object: await client.patch<T>(resource, desired.metadata, { ...patch, force: false }),
      conflicts: [],
    };
  } catch (error) {
    const conflicts = isApiError(error, 'Conflict') ? conflictsOf(error) : [];
    // A Conflict without such causes is about the version of the object, not about its fields: the next pass reads again.
    if (conflicts.length === 0) throw error;
    return {
      object: await client.patch<T>(resource, desired.metadata, { ...patch, force: true }),
      conflicts,
    };
  }
}

function conflictsOf({ causes }: ApiError): FieldConflict[] {
  return causes
    .filter(({ reason }) => reason === 'FieldManagerConflict')
    .map(({ field, message }) => ({ field: field ?? '', message: message ?? '' }));
}

function digestOf(desired: KubeObject): string {
  return createHash('sha256').update(JSON.stringify(desired)).digest('base64');
}
