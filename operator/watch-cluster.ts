// What the operator knows of the cluster: a store for each kind, kept equal to the API server, and who is told of changes.
import type { CompliancePolicy } from '@menshen/crds/types/compliancepolicies';
import type { ApiClient, Selection } from './kube/api-client.ts';
import type { Clock, Random } from './kube/clock.ts';
import type { KubeObject } from './kube/kube-object.ts';
import { objectSource } from './kube/object-source.ts';
import { type Change, type Reflector, type ReflectorObserver, startReflector } from './kube/reflector.ts';
import type { Resource } from './kube/resource.ts';
import { commonIndexes, createStore, type IndexValues, type ReadStore } from './kube/store.ts';
import { NAMESPACES, POLICIES } from './resources.ts';
import { CHILD_RESOURCES, CHILD_SELECTOR, TENANTS } from './tenants/child-resources.ts';
import type { TenantObject } from './tenants/tenant-ports.ts';

export type PolicyResource = CompliancePolicy & KubeObject;

export interface Stores {
  /** Indexes: namespace, corpId. */
  readonly tenants: ReadStore<TenantObject>;
  /** Index: namespace. */
  readonly policies: ReadStore<PolicyResource>;
  readonly namespaces: ReadStore<KubeObject>;
  /** What tenants are made of, by plural; index: controller (uid of the owner). Throws for a kind that is not watched. */
  owned(plural: string): ReadStore<KubeObject>;
}

/** Called after the store has changed; must not throw. */
export interface ClusterListener {
  tenantChanged(change: Change<TenantObject>): void;
  policyChanged(change: Change<PolicyResource>): void;
  namespaceChanged(change: Change<KubeObject>): void;
  ownedChanged(change: Change<KubeObject>): void;
}

export interface WatchOptions {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly observe: (plural: string) => ReflectorObserver;
}

export interface ClusterWatch {
  readonly stores: Stores;
  /** May be called once, before anything has changed: at once after `watchCluster`. */
  listen(listener: ClusterListener): void;
  /** Names of kinds that have not been listed yet; empty when all stores are filled. */
  missing(): string[];
  readonly synced: Promise<unknown>;
  readonly ended: Promise<unknown>;
}

export function watchCluster(options: WatchOptions): ClusterWatch {
  let listener: ClusterListener | undefined;
  const reflectors = new Map<string, Reflector>();

  const watch = <T extends KubeObject>(
    resource: Resource,
    of: {
      readonly indexes: Readonly<Record<string, IndexValues<T>>>;
      readonly selection?: Selection;
      readonly tell: (to: ClusterListener, change: Change<T>) => void;
    },
  ): ReadStore<T> => {
    const { client, clock, random, signal, observe } = options;
    const store = createStore<T>(of.indexes);
    const reflector = startReflector<T>({
      source: objectSource<T>(client, resource, of.selection),
      store,
      clock,
      random,
      signal,
      observer: observe(resource.plural),
      onChange: (change) => {
        if (listener !== undefined) of.tell(listener, change);
      },
    });
    reflectors.set(resource.plural, reflector);
    return store;
  };

  const { namespace, controller } = commonIndexes;
  const corpId = ({ spec }: TenantObject): readonly string[] => [spec.corpId];
  const tenants = watch<TenantObject>(TENANTS, {
    indexes: { namespace, corpId },
    tell: (to, change) => to.tenantChanged(change),
  });
  const policies = watch<PolicyResource>(POLICIES, {
    indexes: { namespace },
    tell: (to, change) => to.policyChanged(change),
  });
  const namespaces = watch<KubeObject>(NAMESPACES, {
    indexes: {},
    tell: (to, change) => to.namespaceChanged(change),
  });
  const owned = new Map(
    Object.values(CHILD_RESOURCES).map((resource) => [
      resource.plural,
      watch<KubeObject>(resource, {
        indexes: { controller },
        selection: { labelSelector: CHILD_SELECTOR },
        tell: (to, change) => to.ownedChanged(change),
      }),
    ]),
  );
  const all = [...reflectors.values()];
  return {
    stores: {
      tenants,
      policies,
      namespaces,
      owned: (plural) => {
        const store = owned.get(plural);
        if (store === undefined) throw new Error(`${plural} are not watched`);
        return store;
      },
    },
    listen: (to) => {
      listener = to;
    },
    missing: () =>
      [...reflectors].filter(([, reflector]) => !reflector.hasSynced()).map(([plural]) => plural),
    synced: Promise.all(all.map((reflector) => reflector.synced)),
    ended: Promise.all(all.map((reflector) => reflector.ended)),
  };
}
