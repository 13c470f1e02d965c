// The objects of one kind as last heard of, found by key or by index. Only the reflector writes; everybody else reads.
import { type KubeObject, keyOf } from './kube-object.ts';

/** Values under which an object is found; none when the index does not apply to it. */
export type IndexValues<T> = (object: T) => readonly string[];

export interface ReadStore<T extends KubeObject> {
  get(key: string): T | undefined;
  /** In no particular order. */
  list(): T[];
  keys(): string[];
  /** Objects for which the index `name` names `value`, in no particular order. Throws when there is no such index. */
  byIndex(name: string, value: string): T[];
  readonly size: number;
}

export interface Store<T extends KubeObject> extends ReadStore<T> {
  /** Puts the object in place of the one with its key. Returns that one. */
  set(object: T): T | undefined;
  /** Returns what was removed. */
  remove(key: string): T | undefined;
}

/** What objects are found by: their namespace, their labels (`name=value`), the uid of the controller that owns them. */
export const commonIndexes = {
  namespace: ({ metadata }: KubeObject) => (metadata.namespace === undefined ? [] : [metadata.namespace]),
  label: ({ metadata }: KubeObject) =>
    Object.entries(metadata.labels ?? {}).map(([name, value]) => `${name}=${value}`),
  controller: ({ metadata }: KubeObject) =>
    (metadata.ownerReferences ?? []).filter((owner) => owner.controller === true).map((owner) => owner.uid),
} as const;

export function createStore<T extends KubeObject>(
  indexes: Readonly<Record<string, IndexValues<T>>> = {},
): Store<T> {
  const objects = new Map<string, T>();
  const tables = new Map(
    Object.entries(indexes).map(([name, valuesOf]) => [
      name,
      { valuesOf, keys: new Map<string, Set<string>>() },
    ]),
  );

  const unindex = (key: string, object: T): void => {
    for (const { valuesOf, keys } of tables.values())
      for (const value of valuesOf(object)) {
        const found = keys.get(value);
        found?.delete(key);
        if (found?.size === 0) keys.delete(value);
      }
  };
  const index = (key: string, object: T): void => {
    for (const { valuesOf, keys } of tables.values())
      for (const value of valuesOf(object)) keys.set(value, (keys.get(value) ?? new Set()).add(key));
  };
  const remove = (key: string): T | undefined => {
    const known = objects.get(key);
    if (known !== undefined) unindex(key, known);
    objects.delete(key);
    return known;
  };

  return {
    get: (key) => objects.get(key),
    list: () => [...objects.values()],
    keys: () => [...objects.keys()],
    byIndex: (name, value) => {
      const table = tables.get(name);
      if (table === undefined)
        throw new Error(`no index ${name}; there are: ${[...tables.keys()].join(', ') || 'none'}`);
      return [...(table.keys.get(value) ?? [])].flatMap((key) => objects.get(key) ?? []);
    },
    get size() {
      return objects.size;
    },
    set: (object) => {
      const key = keyOf(object.metadata);
      const known = remove(key);
      objects.set(key, object);
      index(key, object);
      return known;
    },
    remove,
  };
}
