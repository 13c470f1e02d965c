import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type KubeObject, keyOf, nameOf } from './kube-object.ts';
import { commonIndexes, createStore } from './store.ts';

const pod = (name: string, labels: Record<string, string> = {}, owner?: string): KubeObject => ({
  metadata: {
    name,
    namespace: 'acme',
    labels,
    ...(owner === undefined
      ? {}
      : {
          ownerReferences: [{ apiVersion: 'v1', kind: 'Thing', name: owner, uid: owner, controller: true }],
        }),
  },
});
const names = (objects: readonly KubeObject[]): string[] =>
  objects.map(({ metadata }) => metadata.name).sort();

describe('a key', () => {
  it.each([
    [{ namespace: 'acme', name: 'web' }, 'acme/web'],
    [{ name: 'node-1' }, 'node-1'],
  ])('goes there and back: %o', (name, key) => {
    expect(keyOf(name)).toBe(key);
    expect(nameOf(key)).toEqual(name);
  });
});

describe('a store', () => {
  it('finds objects by key, label, namespace and controller', () => {
    const store = createStore(commonIndexes);
    store.set(pod('a', { app: 'web' }, 'owner-1'));
    store.set(pod('b', { app: 'web', tier: 'front' }));
    store.set({ metadata: { name: 'cluster-wide' } });
    expect(store.get('acme/a')?.metadata.name).toBe('a');
    expect(names(store.byIndex('label', 'app=web'))).toEqual(['a', 'b']);
    expect(names(store.byIndex('label', 'tier=front'))).toEqual(['b']);
    expect(names(store.byIndex('namespace', 'acme'))).toEqual(['a', 'b']);
    expect(names(store.byIndex('controller', 'owner-1'))).toEqual(['a']);
    expect(store.byIndex('label', 'app=none')).toEqual([]);
  });

  it('forgets what an object was found by before', () => {
    const store = createStore(commonIndexes);
    store.set(pod('a', { app: 'old' }));
    expect(store.set(pod('a', { app: 'new' }))?.metadata.labels).toEqual({ app: 'old' });
    expect(store.byIndex('label', 'app=old')).toEqual([]);
    expect(names(store.byIndex('label', 'app=new'))).toEqual(['a']);
    expect(store.remove('acme/a')?.metadata.name).toBe('a');
    expect(store.byIndex('label', 'app=new')).toEqual([]);
    expect(store.remove('acme/a')).toBeUndefined();
  });

  it('says which indexes there are when asked for another', () => {
    expect(() => createStore(commonIndexes).byIndex('colour', 'red')).toThrow('namespace, label, controller');
  });

  it('agrees with a search through everything, after any changes', () => {
    const name = fc.constantFrom('a', 'b', 'c');
    const label = fc.constantFrom('x', 'y');
    const change = fc.record({ name, label, isRemoval: fc.boolean() });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
        const store = createStore(commonIndexes);
        const truth = new Map<string, string>();
        for (const each of changes) {
          if (each.isRemoval) store.remove(`acme/${each.name}`);
          else store.set(pod(each.name, { l: each.label }));
          if (each.isRemoval) truth.delete(each.name);
          else truth.set(each.name, each.label);
        }
        for (const value of ['x', 'y'])
          expect(names(store.byIndex('label', `l=${value}`))).toEqual(
            [...truth]
              .filter(([, has]) => has === value)
              .map(([found]) => found)
              .sort(),
          );
        expect(store.size).toBe(truth.size);
      }),
    );
  });
});
