// An object as one writer wrote it: of what the API server holds, the fields that managedFields say are that writer's. What Kubernetes adds
// by itself falls away, so that what is left is exactly what the operator asked for.
import type { KubeObject } from '@menshen/operator/kube/kube-object';

type Fields = Readonly<Record<string, unknown>>;

/** Throws when the writer owns nothing there. */
export function readOwned(object: KubeObject & { readonly kind?: string }, manager: string): KubeObject {
  const entry = object.metadata.managedFields?.find(
    (each) => each.manager === manager && each.operation === 'Apply' && (each.subresource ?? '') === '',
  );
  if (entry?.fieldsV1 === undefined) throw new Error(`${manager} wrote nothing of ${object.metadata.name}`);
  const { apiVersion, kind } = object;
  const owned = pick(object, entry.fieldsV1) as { metadata: object };
  const { name, namespace } = object.metadata;
  return { apiVersion, kind, ...owned, metadata: { name, namespace, ...owned.metadata } } as KubeObject;
}

function pick(live: unknown, fields: Fields): unknown {
  const names = Object.keys(fields).filter((name) => name !== '.');
  if (names.length === 0) return live;
  if (Array.isArray(live)) return live.flatMap((item) => pickItem(item, fields, names));
  const from = live as Fields;
  return Object.fromEntries(
    names.map((name) => name.slice(2)).map((name) => [name, pick(from[name], fields[`f:${name}`] as Fields)]),
  );
}

/** The item of a list that goes by keys (`k:`) or by value (`v:`); nothing where it is somebody else's. */
function pickItem(item: unknown, fields: Fields, names: readonly string[]): unknown[] {
  for (const name of names) {
    const key: unknown = JSON.parse(name.slice(2));
    if (name.startsWith('v:') ? key === item : hasKeys(item as Fields, key as Fields))
      return [pick(item, fields[name] as Fields)];
  }
  return [];
}

function hasKeys(item: Fields, key: Fields): boolean {
  return Object.entries(key).every(([name, value]) => item[name] === value);
}
