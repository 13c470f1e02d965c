// Objects of kinds that not every cluster has: KEDA's, the Gateway API's. They are not watched, because a watch of a kind that may come and go
// with somebody else's chart is a trouble of its own; they are read when a tenant wants one.
import { isApiError } from '../kube/api-error.ts';
import { assertMayAct } from '../kube/assert-may-act.ts';
import { type KubeObject, keyOf, type ObjectName } from '../kube/kube-object.ts';
import { CHILD_SELECTOR, OPTIONAL_RESOURCES, type OptionalKind } from './child-resources.ts';
import type { RenderedObject } from './render/manifest-types.ts';
import type { StepContext, TenantPorts } from './tenant-ports.ts';

export type OptionalObject = Extract<RenderedObject, { kind: OptionalKind }>;

export interface OptionalObjects {
  /** False when the cluster does not have the kind. Rejects with ApiError. */
  apply(uid: string, object: OptionalObject, context: StepContext): Promise<boolean>;
  /** Removes what this tenant had and does not want any more. */
  removeOthers(uid: string, wanted: readonly RenderedObject[], signal: AbortSignal): Promise<void>;
  forget(uid: string): void;
}

export function createOptionalObjects(
  ports: Pick<TenantPorts, 'client' | 'applier' | 'clock' | 'mayAct'>,
): OptionalObjects {
  const { client, applier, clock } = ports;
  /** What each tenant has, by its uid and the kind. */
  const had = new Map<string, Map<OptionalKind, ObjectName>>();
  const looked = new Map<string, Map<OptionalKind, Look>>();
  const note = (uid: string, kind: OptionalKind, { name, namespace }: ObjectName): void => {
    const known = had.get(uid) ?? new Map<OptionalKind, ObjectName>();
    known.set(kind, namespace === undefined ? { name } : { name, namespace });
    had.set(uid, known);
  };
  const recall = recallOnce(async (signal) => {
    for (const kind of KINDS)
      for (const object of await listOurs(client, kind, signal)) {
        const owner = object.metadata.ownerReferences?.find(({ controller }) => controller === true);
        if (owner !== undefined) note(owner.uid, kind, object.metadata);
      }
  });

  return {
    apply: async (uid, object, { isForced, signal }) => {
      const resource = OPTIONAL_RESOURCES[object.kind];
      const wanted = JSON.stringify(object);
      const known = looked.get(uid)?.get(object.kind);
      const isRecent = known !== undefined && known.wanted === wanted && clock.nowMs() < known.dueMs;
      if (isRecent && !isForced) return known.isThere;
      const remember = (isThere: boolean): boolean => {
        const kinds = looked.get(uid) ?? new Map<OptionalKind, Look>();
        kinds.set(object.kind, { wanted, isThere, dueMs: clock.nowMs() + (isThere ? WELL_MS : MISSING_MS) });
        looked.set(uid, kinds);
        return isThere;
      };
      try {
        const live = await client.get<KubeObject>(resource, object.metadata, signal);
        assertMayAct(ports);
        await applier.apply<KubeObject>(resource, object, live, signal);
      } catch (error) {
        // Of an object that is not there a GET says `undefined`, and an apply makes it: what is not found is the kind.
        if (isApiError(error, 'NotFound')) return remember(false);
        throw error;
      }
      note(uid, object.kind, object.metadata);
      return remember(true);
    },
    removeOthers: async (uid, wanted, signal) => {
      await recall(signal);
      for (const [kind, name] of had.get(uid) ?? []) {
        const isWanted = wanted.some(
          (object) => object.kind === kind && keyOf(object.metadata) === keyOf(name),
        );
        if (isWanted) continue;
        assertMayAct(ports);
        await client.delete(OPTIONAL_RESOURCES[kind], name, { signal });
        had.get(uid)?.delete(kind);
        looked.get(uid)?.delete(kind);
      }
    },
    forget: (uid) => {
      had.delete(uid);
      looked.delete(uid);
    },
  };
}

const KINDS = Object.keys(OPTIONAL_RESOURCES) as OptionalKind[];
const MOST_LISTED = 500;
/** Nobody tells when such an object changes, or its kind comes: looked at again after so long, ms. */
const WELL_MS = 5 * 60_000;
const MISSING_MS = 60_000;

interface Look {
  readonly wanted: string;
  readonly isThere: boolean;
  readonly dueMs: number;
}

/** After a restart nothing is known: one list of each kind says what is there. None where the cluster does not have the kind. */
async function listOurs(
  client: TenantPorts['client'],
  kind: OptionalKind,
  signal: AbortSignal,
): Promise<readonly KubeObject[]> {
  try {
    const selection = { labelSelector: CHILD_SELECTOR, limit: MOST_LISTED, signal };
    return (await client.listPage<KubeObject>(OPTIONAL_RESOURCES[kind], selection)).items;
  } catch (error) {
    if (isApiError(error, 'NotFound')) return [];
    throw error;
  }
}

/** Runs once; a failure is the caller's, and the next call tries again. */
function recallOnce(recall: (signal: AbortSignal) => Promise<void>): (signal: AbortSignal) => Promise<void> {
  let recalled: Promise<void> | undefined;
  return async (signal) => {
    recalled ??= recall(signal);
    try {
      await recalled;
    } catch (error) {
      recalled = undefined;
      throw error;
    }
  };
}
