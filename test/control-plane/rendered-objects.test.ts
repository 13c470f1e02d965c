// What the operator renders for a tenant, at a real API server: accepted as it is, owned field by field, and then left alone. One value
// that the API server spells differently would make every pass a request, and a GitOps tool show a difference for ever.
import { readdir, readFile } from 'node:fs/promises';
import { createApplier } from '@menshen/operator/kube/apply';
import type { KubeObject } from '@menshen/operator/kube/kube-object';
import { differingFields } from '@menshen/operator/kube/owned-fields';
import type { Resource } from '@menshen/operator/kube/resource';
import { CHILD_RESOURCES, TENANTS } from '@menshen/operator/tenants/child-resources';
import { renderTenant } from '@menshen/operator/tenants/render/render-tenant';
import { settleTenant } from '@menshen/operator/tenants/settled-tenant';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { installCrds } from './install-crds.ts';
import { openControlPlane, speakAs } from './open-control-plane.testkit.ts';
import { NAMESPACES } from './resources.ts';

const EXAMPLES = new URL('../../crds/examples/', import.meta.url);
const RESOURCES: Readonly<Partial<Record<string, Resource>>> = CHILD_RESOURCES;

const examples = (await readdir(EXAMPLES)).filter((file) => file.startsWith('wecomtenant-'));
const plane = await openControlPlane();

describe.skipIf(plane === undefined)('the objects of a tenant', async () => {
  if (plane === undefined) return;
  const { client } = await speakAs(plane.kubeconfigFile);
  beforeAll(async () => {
    await installCrds(client);
  });
  afterAll(() => plane.stop());

  it.each(examples)('of %s are accepted, owned, and as wanted at once', async (file) => {
    const namespace = file.replace('.yaml', '');
    await client.create(NAMESPACES, { metadata: { name: namespace } });
    const manifest = parse(await readFile(new URL(file, EXAMPLES), 'utf8')) as KubeObject;
    const accepted = await client.create(TENANTS, {
      ...manifest,
      metadata: { ...manifest.metadata, namespace },
    });
    const tenant = settleTenant(accepted as unknown as Parameters<typeof settleTenant>[0]);
    const rendered = renderTenant(tenant, { image: 'menshen:1' });
    expect(rendered.length).toBeGreaterThan(3);
    for (const object of rendered) {
      const resource = RESOURCES[object.kind];
      if (resource === undefined) throw new Error(`no path for a ${object.kind}`);
      const { object: made, outcome } = await createApplier(client, 'menshen').apply<KubeObject>(
        resource,
        object,
        undefined,
      );
      expect(outcome).toBe('Created');
      const differing = differingFields(object, made, { resource, fieldManager: 'menshen' });
      expect(differing, `${object.kind} ${object.metadata.name}`).toEqual([]);
    }
  });
});
