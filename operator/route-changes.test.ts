// Which keys are looked at again after which change: a row for each rule of route-changes.ts.
import { expect, test } from 'vitest';
import type { KubeObject } from './kube/kube-object.ts';
import type { Change } from './kube/reflector.ts';
import { commonIndexes, createStore } from './kube/store.ts';
import type { TenantLink } from './messaging/tenant-link.ts';
import { listOwners, routeChanges } from './route-changes.ts';
import type { TenantObject } from './tenants/tenant-ports.ts';
import type { PolicyResource } from './watch-cluster.ts';

const tenantAt = (
  key: string,
  more: Partial<KubeObject['metadata']> & { from?: string; corpId?: string; admits?: object } = {},
) => {
  const [namespace = '', name = ''] = key.split('/');
  const { from = 'Same', corpId = `corp-${name}`, admits, ...metadata } = more;
  const policies = { from, ...(admits === undefined ? {} : { namespaceSelector: { matchLabels: admits } }) };
  return {
    metadata: { namespace, name, generation: 1, uid: key, ...metadata },
    spec: { corpId, policies, messaging: {} },
  } as unknown as TenantObject;
};
const policyAt = (key: string, generation = 1): PolicyResource => {
  const [namespace = '', name = ''] = key.split('/');
  return { metadata: { namespace, name, generation }, spec: {} } as PolicyResource;
};

function setUp() {
  const looked = { tenants: new Set<string>(), policies: new Set<string>() };
  const tenants = createStore<TenantObject>({ corpId: ({ spec }) => [spec.corpId] });
  const policies = createStore<PolicyResource>({ namespace: commonIndexes.namespace });
  for (const key of ['a/one', 'a/twin', 'b/two'])
    tenants.set(tenantAt(key, key === 'a/twin' ? { corpId: 'corp-one' } : {}));
  for (const key of ['a/p', 'b/q']) policies.set(policyAt(key));
  const add = (into: Set<string>) => (key: string) => void into.add(key);
  const routes = routeChanges(
    {
      tenants: { add: add(looked.tenants) },
      policies: { add: add(looked.policies), addAfter: add(looked.policies) },
      stores: {
        tenants,
        policies,
        namespaces: createStore<KubeObject>(),
        owned: () => createStore<KubeObject>(),
      },
    },
    () => undefined,
  );
  return { looked, tenants, policies, ...routes };
}

const updated = <T extends KubeObject>(previous: T, object: T): Change<T> => ({
  type: 'Updated',
  key: `${object.metadata.namespace}/${object.metadata.name}`,
  previous,
  object,
});
const link = (corpId: string, pointers: string[] = []) =>
  ({ corpId, pointers: new Map(pointers.map((key) => [key, undefined])) }) as unknown as TenantLink;
const namespaceAt = (name: string, labels: Record<string, string>) => ({ metadata: { name, labels } });
const one = tenantAt('a/one');

test.each<[string, (of: ReturnType<typeof setUp>) => void, string[], string[]]>([
  [
    'a tenant appears',
    ({ cluster }) => cluster.tenantChanged({ type: 'Added', key: 'a/one', object: one }),
    ['a/one', 'a/twin'],
    ['a/p'],
  ],
  [
    'its spec changes',
    ({ cluster }) => cluster.tenantChanged(updated(one, tenantAt('a/one', { generation: 2 }))),
    ['a/one', 'a/twin'],
    ['a/p'],
  ],
  [
    'its labels change',
    ({ cluster }) => cluster.tenantChanged(updated(one, tenantAt('a/one', { labels: { x: 'y' } }))),
    ['a/one', 'a/twin'],
    ['a/p'],
  ],
  [
    'it ceases to admit others',
    ({ cluster }) =>
      cluster.tenantChanged(
        updated(tenantAt('a/one', { from: 'Selector' }), tenantAt('a/one', { generation: 2 })),
      ),
    ['a/one', 'a/twin'],
    ['a/p', 'b/q'],
  ],
  [
    'it admits others, but not this namespace',
    ({ cluster }) =>
      cluster.tenantChanged(
        updated(one, tenantAt('a/one', { from: 'Selector', admits: { for: 'all' }, generation: 2 })),
      ),
    ['a/one', 'a/twin'],
    ['a/p'],
  ],
  [
    'a policy that means others only is none of its business',
    ({ cluster, policies }) => {
      const elsewhere = { tenants: { matchLabels: { region: 'south' } } };
      policies.set({ ...policyAt('a/p'), spec: elsewhere } as PolicyResource);
      cluster.tenantChanged(updated(one, tenantAt('a/one', { generation: 2 })));
    },
    ['a/one', 'a/twin'],
    [],
  ],
  [
    'but one that meant it before is',
    ({ cluster, policies }) => {
      const elsewhere = { tenants: { matchLabels: { region: 'south' } } };
      policies.set({ ...policyAt('a/p'), spec: elsewhere } as PolicyResource);
      cluster.tenantChanged(updated(tenantAt('a/one', { labels: { region: 'south' } }), one));
    },
    ['a/one', 'a/twin'],
    ['a/p'],
  ],
  [
    'only its status changes',
    ({ cluster }) => cluster.tenantChanged(updated(one, tenantAt('a/one', { resourceVersion: '2' }))),
    ['a/one'],
    [],
  ],
  [
    'a policy is edited',
    ({ cluster }) => cluster.policyChanged(updated(policyAt('a/p'), policyAt('a/p', 2))),
    [],
    ['a/p'],
  ],
  [
    'only its status changes',
    ({ cluster }) => cluster.policyChanged(updated(policyAt('a/p'), policyAt('a/p'))),
    [],
    [],
  ],
  [
    'a policy goes',
    ({ cluster }) =>
      cluster.policyChanged({
        type: 'Deleted',
        key: 'a/p',
        object: policyAt('a/p'),
        isFinalStateUnknown: true,
      }),
    [],
    ['a/p'],
  ],
  [
    'a namespace gets a label',
    ({ cluster }) =>
      cluster.namespaceChanged({
        type: 'Updated',
        key: 'b',
        previous: namespaceAt('b', {}),
        object: namespaceAt('b', { x: 'y' }),
      }),
    [],
    ['b/q'],
  ],
  [
    'a namespace changes otherwise',
    ({ cluster }) =>
      cluster.namespaceChanged({
        type: 'Updated',
        key: 'b',
        previous: namespaceAt('b', {}),
        object: namespaceAt('b', {}),
      }),
    [],
    [],
  ],
  [
    'a line opens',
    ({ messaging }) => messaging.linkChanged(link('corp-two', ['a/p', 'b/gone'])),
    ['b/two'],
    ['a/p', 'b/gone', 'b/q'],
  ],
  ['scanners report', ({ messaging }) => messaging.policiesChanged(link('corp-two'), ['b/q']), [], ['b/q']],
  [
    'a service does badly',
    ({ messaging }) => messaging.reportChanged(link('corp-one')),
    ['a/one', 'a/twin'],
    [],
  ],
])('%s', (_what, happens, tenants, policies) => {
  const world = setUp();
  happens(world);
  expect([[...world.looked.tenants].sort(), [...world.looked.policies].sort()]).toEqual([tenants, policies]);
});

test('an object of a tenant is its tenant’s business', () => {
  const { cluster, looked } = setUp();
  const owner = {
    apiVersion: 'menshen.dev/v1alpha1',
    kind: 'WeComTenant',
    name: 'one',
    uid: 'u',
    controller: true,
  };
  const object = { metadata: { namespace: 'a', name: 'one-scanner', ownerReferences: [owner] } };
  cluster.ownedChanged({ type: 'Deleted', key: 'a/one-scanner', object, isFinalStateUnknown: false });
  expect([...looked.tenants]).toEqual(['a/one']);
});

test('of two tenants with one corpId the older one has the line', () => {
  const { tenants } = setUp();
  tenants.set(tenantAt('a/one', { creationTimestamp: '2026-02-01T00:00:00Z' }));
  tenants.set(tenantAt('a/twin', { corpId: 'corp-one', creationTimestamp: '2026-01-01T00:00:00Z' }));
  expect(
    listOwners({ tenants })
      .map(({ metadata }) => metadata.name)
      .sort(),
  ).toEqual(['twin', 'two']);
});
