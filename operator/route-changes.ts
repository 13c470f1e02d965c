// What changed where, and which keys are therefore looked at again. Too much here makes hot loops, too little leaves things as they were
// until the next resync; a row of route-changes.test.ts stands for each rule.
import { isDeepStrictEqual } from 'node:util';
import type { PolicySpec } from '@menshen/policy-engine/policy-spec';
import { type KubeObject, keyOf } from './kube/kube-object.ts';
import type { Change } from './kube/reflector.ts';
import type { WorkQueue } from './kube/work-queue.ts';
import type { Links } from './messaging/keep-links.ts';
import type { LinkListener, TenantLink } from './messaging/tenant-link.ts';
import { judges } from './policies/select-policies.ts';
import { tenantKeyOfChild } from './tenants/child-resources.ts';
import { ownerOfCorp } from './tenants/own-corp.ts';
import { type SettledTenant, settleTenant } from './tenants/settled-tenant.ts';
import type { TenantObject } from './tenants/tenant-ports.ts';
import type { ClusterListener, PolicyResource, Stores } from './watch-cluster.ts';

export interface Routes {
  readonly tenants: Pick<WorkQueue, 'add'>;
  readonly policies: Pick<WorkQueue, 'add' | 'addAfter'>;
  readonly stores: Stores;
}

/** News of scanners come in bursts: all of a tenant take a revision within this time, and one pass says so, ms. */
const GATHER_MS = 200;

/** `links`: asked late, because it is made with what this gives. It is `undefined` while this process only stands by. */
export function routeChanges(
  { tenants, policies, stores }: Routes,
  links: () => Links | undefined,
): { readonly cluster: ClusterListener; readonly messaging: LinkListener } {
  const lookAtPolicies = (concerns: (policy: PolicyResource) => boolean): void => {
    for (const policy of stores.policies.list())
      if (concerns(policy)) policies.add(keyOf(policy.metadata), 'Resync');
  };
  const lookAtCorp = (corpId: string): void => {
    for (const { metadata } of stores.tenants.byIndex('corpId', corpId))
      tenants.add(keyOf(metadata), 'Resync');
  };
  return {
    cluster: {
      tenantChanged: (change) => {
        tenants.add(change.key);
        if (!isNewSpec(change)) return;
        // Whoever had the corpId before, or waits for it, is somebody else's business from now on.
        lookAtCorp(change.object.spec.corpId);
        links()?.follow(listOwners(stores));
        const states = change.type === 'Updated' ? [change.object, change.previous] : [change.object];
        const sameCorp = stores.tenants.byIndex('corpId', change.object.spec.corpId);
        lookAtPolicies(concernOf([...states, ...sameCorp], stores));
      },
      policyChanged: (change) => {
        if (isNewSpec(change)) policies.add(change.key);
      },
      namespaceChanged: (change) => {
        if (hasOtherLabels(change)) lookAtPolicies(({ metadata }) => metadata.namespace === change.key);
      },
      ownedChanged: ({ object }) => {
        const tenant = tenantKeyOfChild(object);
        if (tenant !== undefined) tenants.add(tenant, 'Resync');
      },
    },
    messaging: {
      linkChanged: (link) => {
        const isTheirs = concernOf(stores.tenants.byIndex('corpId', link.corpId), stores);
        const keys = stores.policies
          .list()
          .filter(isTheirs)
          .map(({ metadata }) => keyOf(metadata));
        // Also pointers to policies that went while the link was closed. When an operator comes to lead, all links open at about the same
        // time: one look at each policy will do.
        for (const policy of new Set([...keys, ...link.pointers.keys()]))
          policies.addAfter(policy, GATHER_MS, 'Resync');
        lookAtCorp(link.corpId);
      },
      policiesChanged: (_link: TenantLink, changed) => {
        for (const policy of changed) policies.addAfter(policy, GATHER_MS, 'Resync');
      },
      reportChanged: ({ corpId }) => lookAtCorp(corpId),
    },
  };
}

/** One tenant for each corpId. */
export function listOwners({ tenants }: Pick<Stores, 'tenants'>): SettledTenant[] {
  const byCorp = Map.groupBy(tenants.list(), ({ spec }) => spec.corpId);
  return [...byCorp.values()].flatMap((sameCorp) => {
    const owner = ownerOfCorp(sameCorp);
    return owner === undefined ? [] : [settleTenant(owner)];
  });
}

/** Status is written by us, and is no reason to look again. */
function isNewSpec(change: Change<KubeObject>): boolean {
  if (change.type !== 'Updated') return true;
  const [was, is] = [change.previous.metadata, change.object.metadata];
  return (
    was.generation !== is.generation ||
    was.deletionTimestamp !== is.deletionTimestamp ||
    !isDeepStrictEqual(was.labels, is.labels) ||
    !isDeepStrictEqual(was.annotations, is.annotations)
  );
}

function hasOtherLabels(change: Change<KubeObject>): boolean {
  return (
    change.type !== 'Updated' ||
    !isDeepStrictEqual(change.previous.metadata.labels, change.object.metadata.labels)
  );
}

/**
 * Which policies judge one of these tenants, of which one may be a state that is over: whoever judged it then has something to withdraw. With
 * hundreds of policies this is what keeps an edit of a tenant from being a look at each of them.
 */
function concernOf(
  tenants: readonly TenantObject[],
  { namespaces }: Pick<Stores, 'namespaces'>,
): (policy: PolicyResource) => boolean {
  const labelsOf = (namespace: string) => namespaces.get(namespace)?.metadata.labels ?? {};
  const settled = tenants.map((tenant) => settleTenant(tenant));
  return ({ metadata, spec }) => {
    const policy = { namespace: metadata.namespace ?? '', spec: spec as PolicySpec };
    return settled.some((tenant) => judges(policy, tenant, labelsOf));
  };
}
