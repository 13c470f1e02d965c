// One tenant, its reconciliation, and an API server in memory: a pass at a time, so that a test says what happens in between. Stores are
// filled before each pass, and pods are always up.
import type { StatusReport } from '@menshen/contracts/status-report';
import { createApiClient } from '../kube/api-client.ts';
import { createApplier } from '../kube/apply.ts';
import { fakeClock, noJitter } from '../kube/clock.testkit.ts';
import { FakeApiServer } from '../kube/fake-api-server.testkit.ts';
import { type KubeObject, keyOf } from '../kube/kube-object.ts';
import { apiVersionOf, listPath, type Resource } from '../kube/resource.ts';
import { commonIndexes, createStore, type Store } from '../kube/store.ts';
import { CHILD_RESOURCES, SECRETS, TENANTS } from './child-resources.ts';
import { healthy } from './healthy-reports.testkit.ts';
import { createTenantReconcile } from './reconcile-tenant.ts';
import type { StepResult } from './step.ts';
import type { TenantObject } from './tenant-ports.ts';
import { tenantExample } from './tenants.testkit.ts';

const MANAGER = 'menshen-operator';
const NAME = 'acme';
const NAMESPACE = 'menshen-demo';

export interface OneTenant {
  readonly server: FakeApiServer;
  /** What the step of provisioning says. */
  provisioned: StepResult;
  /** What its processes report; healthy to begin with. */
  reports: readonly StatusReport[] | undefined;
  /** Whether this operator leads; it does to begin with. */
  mayAct: () => boolean;
  /** Resolves with what it failed with. */
  pass(): Promise<unknown>;
  /** A change of the spec is a new generation; one of annotations is not. */
  edit(change: (spec: Record<string, unknown>) => void): void;
  annotate(annotations: Readonly<Record<string, string>>): void;
  read(): TenantObject;
  /** `True/Running`. */
  says(type: string): string | undefined;
  /** The Deployment as it is; throws when there is none. */
  deployment(): { spec: { template: { spec: { containers: { image: string }[] } } } };
  /** As `kind name`. */
  children(): string[];
  createSecrets(): void;
  /** Another tenant's pods are being replaced. */
  rollAnother(): void;
  /** What was asked of the API server other than to read, since the last call: `PATCH deployments`. */
  writes(): string[];
  advance(ms: number): Promise<void>;
  /** A new operator, which remembers nothing. */
  restart(image: string): void;
}

export function openTenant({ image = 'menshen:1', maxRollingTenants = 1 } = {}): OneTenant {
  const server = new FakeApiServer();
  const clock = fakeClock();
  const client = createApiClient({ transport: server.transport, clock });
  const tenants = createStore<TenantObject>({ corpId: ({ spec }) => [spec.corpId] });
  const children = new Map(
    Object.values(CHILD_RESOURCES).map((resource) => [
      resource.plural,
      { resource, store: createStore<KubeObject>({ controller: commonIndexes.controller }) },
    ]),
  );
  const owned = (plural: string): Store<KubeObject> => {
    const found = children.get(plural);
    if (found === undefined) throw new Error(`${plural} are not watched`);
    return found.store;
  };
  const others: KubeObject[] = [];
  let told = 0;
  const collection = (resource: Resource): string => listPath(resource, undefined);
  const put = (tenant: TenantObject): void => void server.put(collection(TENANTS), tenant);
  const read = (): TenantObject =>
    server.objectsOf(collection(TENANTS)).get(`${NAMESPACE}/${NAME}`) as TenantObject;
  const { metadata: _metadata, ...example } = tenantExample('minimal') as unknown as TenantObject;
  put({ ...example, metadata: { name: NAME, namespace: NAMESPACE, generation: 1 } } as TenantObject);

  const fill = (): void => {
    tenants.set(read());
    for (const { resource, store } of children.values()) {
      for (const key of store.keys()) store.remove(key);
      for (const object of server.objectsOf(collection(resource)).values())
        store.set(asStored(object, resource));
    }
    for (const other of others) owned('deployments').set(other);
  };
  const start = (withImage: string) =>
    createTenantReconcile({
      client,
      applier: createApplier(client, MANAGER),
      recorder: { record: () => undefined, flush: () => Promise.resolve() },
      clock,
      wallClock: clock,
      random: noJitter,
      fieldManager: MANAGER,
      mayAct: () => tenant.mayAct(),
      stores: { tenants, owned },
      reportsOf: () => tenant.reports,
      provision: [() => Promise.resolve(tenant.provisioned)],
      settings: { image: withImage, maxRollingTenants, secretCheckMs: 60_000 },
    });

  let reconcile = start(image);
  const tenant: OneTenant = {
    server,
    provisioned: { conditions: [] },
    reports: healthy(),
    mayAct: () => true,
    pass: async () => {
      fill();
      return await reconcile(keyOf(read().metadata), { signal: new AbortController().signal }).then(
        () => undefined,
        (error: unknown) => error,
      );
    },
    edit: (change) => {
      const object = structuredClone(read());
      change(object.spec as unknown as Record<string, unknown>);
      put({ ...object, metadata: { ...object.metadata, generation: (object.metadata.generation ?? 0) + 1 } });
    },
    annotate: (annotations) => {
      const object = read();
      put({ ...object, metadata: { ...object.metadata, annotations } });
    },
    read,
    says: (type) => {
      const found = read().status?.conditions?.find((each) => each.type === type);
      return found === undefined ? undefined : `${found.status}/${found.reason}`;
    },
    deployment: () => {
      const found = server
        .objectsOf(collection(CHILD_RESOURCES.Deployment))
        .get(`${NAMESPACE}/${NAME}-compact`);
      if (found === undefined) throw new Error('there is no Deployment');
      return found as unknown as ReturnType<OneTenant['deployment']>;
    },
    children: () =>
      Object.values(CHILD_RESOURCES)
        .flatMap((resource) =>
          [...server.objectsOf(collection(resource)).values()].map(
            ({ metadata }) => `${resource.kind} ${metadata.name}`,
          ),
        )
        .sort(),
    createSecrets: () => {
      for (const [name, key] of [
        ['acme-wecom', 'archive'],
        ['acme-wecom-keys', 'v1.pem'],
      ] as const)
        server.put(collection(SECRETS), {
          metadata: { namespace: NAMESPACE, name },
          ...{ data: { [key]: 'YQ==' } },
        });
    },
    rollAnother: () => {
      const owner = { apiVersion: 'v', kind: 'WeComTenant', name: 'other', uid: 'other', controller: true };
      const metadata = { name: 'other', namespace: 'other', generation: 2, ownerReferences: [owner] };
      others.push({ metadata, ...{ status: { observedGeneration: 1 } } });
    },
    writes: () => {
      const since = server.requests.slice(told).filter(({ method }) => method !== 'GET');
      told = server.requests.length;
      return since.map(
        ({ method, path }) => `${method} ${/\/([a-z]+)\/[^/]+(\/status)?\??[^/]*$/.exec(path)?.[1]}`,
      );
    },
    advance: (ms) => clock.advance(ms),
    restart: (withImage) => {
      reconcile = start(withImage);
    },
  };
  return tenant;
}

/** As a watch would bring it: with who owns its fields, and a Deployment with pods. */
function asStored(object: KubeObject, resource: Resource): KubeObject {
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = object;
  const { name: _name, namespace: _namespace, uid: _uid, resourceVersion: _version, ...ours } = metadata;
  const managed = {
    manager: MANAGER,
    operation: 'Apply',
    apiVersion: apiVersionOf(resource),
    fieldsV1: fieldsOf({ ...rest, metadata: ours }),
  };
  const conditions = [{ type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' }];
  const status = { observedGeneration: 1, readyReplicas: 1, availableReplicas: 1, conditions };
  return {
    ...object,
    metadata: { ...metadata, managedFields: [managed] },
    ...(resource.kind === 'Deployment' ? { status } : {}),
  };
}

/** Every list as a whole. */
function fieldsOf(value: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([name, each]: [string, unknown]) => [
      `f:${name}`,
      typeof each === 'object' && each !== null && !Array.isArray(each) ? fieldsOf(each) : {},
    ]),
  );
}
