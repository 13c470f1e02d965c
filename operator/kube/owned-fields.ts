// Whether an object already says what we would apply: the fields we own there, and their values, are exactly the fields and values we want.
// Read from managedFields, where the API server writes down who owns what (structured-merge-diff's FieldsV1).
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject, ManagedFields } from './kube-object.ts';
import { apiVersionOf, type Resource } from './resource.ts';

type Json = unknown;
type Fields = Readonly<Record<string, unknown>>;

/**
 * Paths at which applying `desired` would change `live`, such as `.spec.replicas`; empty when nothing would change. A field we own and no
 * longer want counts. Where values are spelt differently from how the API server keeps them (`1000m`, `1`), a path too many is named.
 */
export function differingFields(
  desired: KubeObject,
  live: KubeObject,
  { resource, fieldManager }: { resource: Resource; fieldManager: string },
): string[] {
  const entry = (live.metadata.managedFields ?? []).find((each) => isOurs(each, resource, fieldManager));
  if (entry?.fieldsV1 === undefined) return ['.'];
  const differing: string[] = [];
  compare({ desired: appliedPart(desired), live, fields: entry.fieldsV1, path: '' }, differing);
  return differing;
}

function isOurs(entry: ManagedFields, resource: Resource, fieldManager: string): boolean {
  return (
    entry.manager === fieldManager &&
    entry.operation === 'Apply' &&
    entry.apiVersion === apiVersionOf(resource) &&
    (entry.subresource ?? '') === ''
  );
}

/** Without what nobody can own: what an object is and how it is called. */
function appliedPart({ apiVersion: _apiVersion, kind: _kind, metadata, ...rest }: KubeObject): Json {
  const { name: _name, namespace: _namespace, ...owned } = metadata;
  return Object.keys(owned).length === 0 ? rest : { ...rest, metadata: owned };
}

interface Spot {
  readonly desired: Json;
  readonly live: Json;
  readonly fields: Fields;
  readonly path: string;
}

function compare(spot: Spot, differing: string[]): void {
  const names = Object.keys(spot.fields).filter((name) => name !== '.');
  const first = names[0];
  if (first === undefined) compareLeaf(spot, differing);
  else if (first.startsWith('k:')) compareKeyed(spot, names, differing);
  else if (first.startsWith('v:')) compareSet(spot, names, differing);
  else compareMap(spot, names, differing);
}

/** A scalar, an atomic list or map, or an empty map of which only the existence is owned. */
function compareLeaf({ desired, live, path }: Spot, differing: string[]): void {
  const isOnlyThere = isMap(desired) && isMap(live) && Object.keys(desired).length === 0;
  if (!isOnlyThere && !isDeepStrictEqual(desired, live)) differing.push(path);
}

function compareMap(
  { desired, live, fields, path }: Spot,
  names: readonly string[],
  differing: string[],
): void {
  if (!isMap(desired)) {
    differing.push(path);
    return;
  }
  for (const name of names) if (!(name.slice(2) in desired)) differing.push(`${path}.${name.slice(2)}`);
  for (const [name, value] of Object.entries(desired)) {
    const owned = fields[`f:${name}`];
    const below = `${path}.${name}`;
    if (isMap(owned))
      compare(
        { desired: value, live: isMap(live) ? live[name] : undefined, fields: owned, path: below },
        differing,
      );
    else if (value !== undefined) differing.push(below);
  }
}

/** A list whose items go by keys. What is desired may leave out a key that has a default (`protocol: TCP`). */
function compareKeyed(
  { desired, live, fields, path }: Spot,
  names: readonly string[],
  differing: string[],
): void {
  const items = Array.isArray(desired) ? desired : [];
  const liveItems = Array.isArray(live) ? live : [];
  if (items.length !== names.length) {
    differing.push(path);
    return;
  }
  for (const name of names) {
    const key: unknown = JSON.parse(name.slice(2));
    const item = isMap(key) ? items.find((each) => hasKey(each, key, true)) : undefined;
    const owned = fields[name];
    const liveItem = isMap(key) ? liveItems.find((each) => hasKey(each, key, false)) : undefined;
    const below = `${path}[${name.slice(2)}]`;
    if (item === undefined || !isMap(owned)) differing.push(below);
    else
      compare({ desired: item, live: liveItem, fields: withKeys(owned, item, key), path: below }, differing);
  }
}

function hasKey(item: Json, key: Fields, mayLack: boolean): boolean {
  return (
    isMap(item) &&
    Object.entries(key).every(
      ([name, value]) => item[name] === value || (mayLack && item[name] === undefined),
    )
  );
}

/** The keys of an item are owned by their being in its path; a key that is left out of what is desired but owned is a default. */
function withKeys(owned: Fields, item: Json, key: Json): Fields {
  // An item that is owned as a whole (an ownerReference) has nothing below it.
  if (!isMap(key) || !isMap(item) || Object.keys(owned).length === 0) return owned;
  const kept = Object.entries(owned).filter(([name]) => !(name.slice(2) in key) || name.slice(2) in item);
  return Object.fromEntries([
    ...kept,
    ...Object.keys(key)
      .filter((name) => name in item)
      .map((name) => [`f:${name}`, {}] as const),
  ]);
}

/** A list that is a set of values: ours must be exactly those we want, others may have theirs. */
function compareSet({ desired, live, path }: Spot, names: readonly string[], differing: string[]): void {
  const wanted = new Set(Array.isArray(desired) ? desired : []);
  const there = new Set(Array.isArray(live) ? live : []);
  const owned = new Set(names.map((name): Json => JSON.parse(name.slice(2))));
  const isSame =
    wanted.size === owned.size && [...wanted].every((value) => owned.has(value) && there.has(value));
  if (!isSame) differing.push(path);
}

function isMap(value: Json): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
