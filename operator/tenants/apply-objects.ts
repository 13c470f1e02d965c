// Brings the objects of a tenant in line with what is rendered: writes what differs, removes what is not wanted any more, and says what it
// met. Two orders matter: pods are not replaced out of turn, and a workload of another profile has gone before its successor starts.

import type { FieldConflict } from '../kube/apply.ts';
import { assertMayAct } from '../kube/assert-may-act.ts';
import { type KubeObject, keyOf } from '../kube/kube-object.ts';
import { differingFields } from '../kube/owned-fields.ts';
import type { Resource } from '../kube/resource.ts';
import { CHILD_RESOURCES, type ChildKind, OPTIONAL_RESOURCES, type OptionalKind } from './child-resources.ts';
import type { OptionalObject, OptionalObjects } from './optional-objects.ts';
import type { Deployment, RenderedObject } from './render/manifest-types.ts';
import { SECRETS_CHECKSUM } from './render/render-deployment.ts';
import type { TenantPorts } from './tenant-ports.ts';

export interface Wish {
  readonly uid: string;
  readonly objects: readonly RenderedObject[];
  /** Whether pods may be replaced now; asked only when they would be. */
  mayRoll(): boolean;
  /** Secrets are missing: pods that run stay as they are, and none are started that could only wait. */
  readonly lacksSecrets: boolean;
  /** Somebody asked: nothing remembered counts. */
  readonly isForced: boolean;
  readonly signal: AbortSignal;
}

export interface AppliedObjects {
  /** Somebody else's change that was put back, for an event each. */
  readonly corrected: readonly Correction[];
  /** Kinds that a tenant asks for and the cluster does not have. */
  readonly missingApis: readonly OptionalKind[];
  /** Pods are left as they are until others have been replaced. */
  readonly waitsForTurn: boolean;
  /** Workloads of another profile are still ending; theirs are not started yet. */
  readonly waitsForOldPods: boolean;
}

export interface Correction {
  /** `Deployment acme-compact`. */
  readonly object: string;
  readonly conflicts: readonly FieldConflict[];
}

type Ports = Pick<TenantPorts, 'client' | 'applier' | 'stores' | 'fieldManager' | 'mayAct'>;

/** Rejects with ApiError, or NotLeading. */
export async function applyObjects(
  ports: Ports,
  optional: OptionalObjects,
  wish: Wish,
): Promise<AppliedObjects> {
  const obsolete = listObsolete(ports, wish);
  const endingWorkloads = obsolete.filter(({ resource }) => resource === CHILD_RESOURCES.Deployment);
  // While old pods live, what they use stays.
  for (const { resource, object } of endingWorkloads.length > 0 ? endingWorkloads : obsolete)
    await remove(ports, { resource, object, signal: wish.signal });

  const pass: Pass = {
    ports,
    optional,
    wish: { ...wish, mayRoll: once(wish.mayRoll) },
    isFollowing: endingWorkloads.length > 0,
    corrected: [],
    missingApis: [],
    waitsForTurn: false,
  };
  for (const rendered of wish.objects) {
    if (isOptional(rendered)) await applyOptional(rendered, pass);
    else await applyWatched(rendered, pass);
  }
  await optional.removeOthers(wish.uid, wish.objects, wish.signal);
  const { corrected, missingApis, waitsForTurn, isFollowing } = pass;
  return { corrected, missingApis, waitsForTurn, waitsForOldPods: isFollowing };
}

interface Pass {
  readonly ports: Ports;
  readonly optional: OptionalObjects;
  readonly wish: Wish;
  /** Workloads of another profile are still there. */
  readonly isFollowing: boolean;
  readonly corrected: Correction[];
  readonly missingApis: OptionalKind[];
  waitsForTurn: boolean;
}

async function applyOptional(object: OptionalObject, { optional, wish, missingApis }: Pass): Promise<void> {
  if (!(await optional.apply(wish.uid, object, wish))) missingApis.push(object.kind);
}

async function applyWatched(rendered: Watched, pass: Pass): Promise<void> {
  const { ports, wish, isFollowing, corrected } = pass;
  const live = findLive(ports, rendered);
  const object = keepSecrets(rendered, live, wish);
  if (isWithheld(object, live, { wish, isFollowing })) return;
  if (wouldRoll(object, live, ports.fieldManager) && !wish.mayRoll()) {
    pass.waitsForTurn = true;
    return;
  }
  const resource = CHILD_RESOURCES[object.kind];
  assertMayAct(ports);
  const { isDrift, conflicts } = await ports.applier.apply<KubeObject>(resource, object, live, wish.signal);
  if (isDrift || conflicts.length > 0)
    corrected.push({ object: `${object.kind} ${object.metadata.name}`, conflicts });
}

type Watched = Extract<RenderedObject, { kind: ChildKind }>;

function isOptional(object: RenderedObject): object is OptionalObject {
  return Object.hasOwn(OPTIONAL_RESOURCES, object.kind);
}

interface Owned {
  readonly resource: Resource;
  readonly object: KubeObject;
}

/** Ours by owner and label, and not rendered any more. */
function listObsolete({ stores }: Ports, { uid, objects }: Wish): Owned[] {
  const wanted = new Set(objects.map(({ kind, metadata }) => `${kind} ${keyOf(metadata)}`));
  return Object.values(CHILD_RESOURCES).flatMap((resource) =>
    stores
      .owned(resource.plural)
      .byIndex('controller', uid)
      .filter(({ metadata }) => !wanted.has(`${resource.kind} ${keyOf(metadata)}`))
      .map((object) => ({ resource, object })),
  );
}

async function remove(
  ports: Ports,
  { resource, object, signal }: Owned & { signal: AbortSignal },
): Promise<void> {
  if (object.metadata.deletionTimestamp !== undefined) return;
  const { uid } = object.metadata;
  assertMayAct(ports);
  await ports.client.delete(resource, object.metadata, {
    ...(uid === undefined ? {} : { uid }),
    // The Deployment stays visible until its pods have ended: that is what the next one waits for.
    propagation: resource === CHILD_RESOURCES.Deployment ? 'Foreground' : 'Background',
    signal,
  });
  ports.applier.forget(resource, object);
}

function findLive({ stores }: Ports, { kind, metadata }: Watched): KubeObject | undefined {
  return stores.owned(CHILD_RESOURCES[kind].plural).get(keyOf(metadata));
}

/** A Secret that is gone must not take down what still runs on what it was given: the pods keep the version they have. */
function keepSecrets(object: Watched, live: KubeObject | undefined, { lacksSecrets }: Wish): Watched {
  if (!lacksSecrets || object.kind !== 'Deployment' || live === undefined) return object;
  const { template } = object.spec;
  const known = (live as unknown as Deployment).spec.template.metadata.annotations?.[SECRETS_CHECKSUM];
  if (known === undefined) return object;
  const annotations = { ...template.metadata.annotations, [SECRETS_CHECKSUM]: known };
  const metadata = { ...template.metadata, annotations };
  return { ...object, spec: { ...object.spec, template: { ...template, metadata } } };
}

/** A Deployment that is not there yet, and not to be there yet. */
function isWithheld(
  { kind }: Watched,
  live: KubeObject | undefined,
  { wish, isFollowing }: { readonly wish: Wish; readonly isFollowing: boolean },
): boolean {
  return kind === 'Deployment' && live === undefined && (isFollowing || wish.lacksSecrets);
}

/** A ConfigMap goes with the pods that read it: those that start by chance meanwhile must find the old one. */
function wouldRoll(object: Watched, live: KubeObject | undefined, fieldManager: string): boolean {
  if (live === undefined || (object.kind !== 'Deployment' && object.kind !== 'ConfigMap')) return false;
  const resource = CHILD_RESOURCES[object.kind];
  const fields = differingFields(object, live, { resource, fieldManager });
  if (object.kind === 'ConfigMap') return fields.length > 0;
  return fields.some((field) => field.startsWith('.spec.template')) && !hasNewSecrets(object, live);
}

/** Somebody changed a Secret, and waits for it to be used: no matter of turns. */
function hasNewSecrets(object: Deployment, live: KubeObject): boolean {
  const annotations = (live as unknown as Deployment).spec.template.metadata.annotations;
  return object.spec.template.metadata.annotations[SECRETS_CHECKSUM] !== annotations?.[SECRETS_CHECKSUM];
}

function once(ask: () => boolean): () => boolean {
  let answer: boolean | undefined;
  return () => {
    answer ??= ask();
    return answer;
  };
}
