// The control plane itself: it starts, it keeps its data through kill -9, and it ends without leaving anything behind.
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { KubeObject } from '@menshen/operator/kube/kube-object';
import { afterAll, describe, expect, it } from 'vitest';
import { openControlPlane, speakAs } from './open-control-plane.testkit.ts';
import { CONFIG_MAPS, NAMESPACES } from './resources.ts';
import { until } from './wait-until.ts';

const plane = await openControlPlane({ users: ['nobody-special'], withControllerManager: true });

describe.skipIf(plane === undefined)('a control plane', () => {
  if (plane === undefined) return;
  afterAll(() => plane.stop());
  const name = { namespace: 'default', name: 'kept' };

  it('keeps what was written through kill -9 of the API server, on the same port', async () => {
    const { client } = await speakAs(plane.kubeconfigFile);
    await client.create(CONFIG_MAPS, { metadata: name, ...{ data: { a: '1' } } });
    await plane.apiServer.stop('SIGKILL');
    await expect(client.get(CONFIG_MAPS, name)).rejects.toMatchObject({ kind: 'Transport' });
    await plane.apiServer.start();
    expect(await client.get(CONFIG_MAPS, name)).toMatchObject({ data: { a: '1' } });
  });

  it('refuses a user without rights, by name', async () => {
    const { client } = await speakAs(await plane.userKubeconfig('nobody-special'));
    await expect(client.get(CONFIG_MAPS, name)).rejects.toMatchObject({
      kind: 'Forbidden',
      message: expect.stringContaining('User "nobody-special" cannot get resource "configmaps"'),
    });
  });

  it('deletes namespaces with all that is in them, and what belonged to something deleted', async () => {
    const { client } = await speakAs(plane.kubeconfigFile);
    await client.create(NAMESPACES, { metadata: { name: 'doomed' } });
    const owner = await client.create<KubeObject>(CONFIG_MAPS, {
      metadata: { namespace: 'doomed', name: 'owner' },
    });
    const { name: ownerName, uid = '' } = owner.metadata;
    const child = { namespace: 'doomed', name: 'child' };
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: ownerName, uid, controller: true }];
    await client.create(CONFIG_MAPS, { metadata: { ...child, ownerReferences } });
    await client.delete(CONFIG_MAPS, owner.metadata);
    await until('the child is collected', async () => (await client.get(CONFIG_MAPS, child)) === undefined);
    await client.delete(NAMESPACES, { name: 'doomed' });
    await until(
      'the namespace is gone',
      async () => (await client.get(NAMESPACES, { name: 'doomed' })) === undefined,
    );
  });

  it('leaves nothing behind', async () => {
    const pid = plane.apiServer.pid();
    await plane.stop();
    expect(existsSync(dirname(plane.kubeconfigFile))).toBe(false);
    await until('the API server has gone', () => !existsSync(`/proc/${pid}`));
  });
});
