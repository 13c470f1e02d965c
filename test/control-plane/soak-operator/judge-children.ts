// Whether every tenant is made of exactly what would be rendered for it now: nothing missing, nothing left over, and a dry run of server-side
// apply would change nothing.
import { isDeepStrictEqual } from 'node:util';
import type { ApiClient } from '@menshen/operator/kube/api-client';
import { type KubeObject, keyOf } from '@menshen/operator/kube/kube-object';
import { FIELD_MANAGER } from '@menshen/operator/resources';
import { CHILD_RESOURCES, CHILD_SELECTOR, SECRETS, TENANTS } from '@menshen/operator/tenants/child-resources';
import type { RenderedObject } from '@menshen/operator/tenants/render/manifest-types';
import { renderTenant } from '@menshen/operator/tenants/render/render-tenant';
import { settleTenant } from '@menshen/operator/tenants/settled-tenant';
import type { TenantObject } from '@menshen/operator/tenants/tenant-ports';
import { listAll, type Wrong } from './judge-end.ts';
import { type Fleet, type FleetTenant, secretsOf } from './plan-fleet.ts';

const CHILDREN: Readonly<Partial<Record<string, (typeof CHILD_RESOURCES)[keyof typeof CHILD_RESOURCES]>>> =
  CHILD_RESOURCES;

export async function judgeChildren(of: {
  readonly client: ApiClient;
  readonly fleet: Fleet;
  readonly image: string;
}): Promise<Wrong[]> {
  const { client, fleet, image } = of;
  const live = await listChildren(client);
  const versions = await readSecretVersions(client, fleet);
  const tenants = new Map(
    (await listAll<TenantObject>(client, TENANTS)).map((tenant) => [keyOf(tenant.metadata), tenant]),
  );
  const wrong: Wrong[] = [];
  for (const one of fleet.tenants) {
    const object = tenants.get(keyOf(one));
    // Of a refused spec nothing is rendered; what ran before stays.
    if (object === undefined || one.ails !== undefined) continue;
    const secretVersions = Object.fromEntries(
      namesOf(one).map((name) => [name, versions.get(`${one.namespace}/${name}`) ?? '']),
    );
    const options = { image, secretVersions, ...(one.isSuspended ? { scanners: 0 } : {}) };
    for (const rendered of renderTenant(settleTenant(object), options)) {
      const name = `${rendered.kind} ${keyOf(rendered.metadata)}`;
      const found = live.get(name);
      live.delete(name);
      if (found === undefined) wrong.push(`${name} is missing`);
      else if (!(await isAsRendered(client, rendered, found))) wrong.push(`${name} differs`);
    }
  }
  const kept = new Set(fleet.tenants.filter(({ ails }) => ails !== undefined).map(keyOf));
  const leftOver = [...live].filter(
    ([, { metadata }]) => !kept.has(`${metadata.namespace}/${ownerOf(metadata)}`),
  );
  return [...wrong, ...leftOver.map(([name]) => `${name} is left over`)];
}

async function listChildren(client: ApiClient): Promise<Map<string, KubeObject>> {
  const found = new Map<string, KubeObject>();
  for (const resource of Object.values(CHILD_RESOURCES)) {
    const { items } = await client.listPage<KubeObject>(resource, { labelSelector: CHILD_SELECTOR });
    for (const item of items)
      if (ownerOf(item.metadata) !== undefined) found.set(`${resource.kind} ${keyOf(item.metadata)}`, item);
  }
  return found;
}

const namesOf = (tenant: FleetTenant): string[] => Object.values(secretsOf(tenant));

async function readSecretVersions(client: ApiClient, { namespaces }: Fleet): Promise<Map<string, string>> {
  const versions = new Map<string, string>();
  for (const { name: namespace } of namespaces)
    for (const { metadata } of (await client.listPage(SECRETS, { namespace })).items)
      versions.set(keyOf(metadata), metadata.resourceVersion ?? '');
  return versions;
}

async function isAsRendered(
  client: ApiClient,
  rendered: RenderedObject,
  found: KubeObject,
): Promise<boolean> {
  const resource = CHILDREN[rendered.kind];
  if (resource === undefined) return false;
  const patch = {
    type: 'Apply',
    body: rendered,
    fieldManager: FIELD_MANAGER,
    force: true,
    isDryRun: true,
  } as const;
  const {
    apiVersion: _,
    kind: __,
    ...would
  } = await client.patch<KubeObject>(resource, rendered.metadata, patch);
  const { apiVersion: ___, kind: ____, ...is } = found;
  return isDeepStrictEqual(comparable(would), comparable(is));
}

/** Times in managedFields move with a dry run. */
function comparable(object: KubeObject): unknown {
  return { ...object, metadata: { ...object.metadata, managedFields: undefined } };
}

function ownerOf({ ownerReferences }: KubeObject['metadata']): string | undefined {
  return ownerReferences?.find(({ controller }) => controller === true)?.name;
}
