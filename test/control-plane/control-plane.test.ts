// The control plane itself: it starts, it keeps its data through kill -9, and it ends without leaving anything behind.
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CONFIG_MAPS, openControlPlane, speakAs, until } from './open-control-plane.testkit.ts';

const plane = await openControlPlane({ users: ['nobody-special'] });

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

  it('leaves nothing behind', async () => {
    const pid = plane.apiServer.pid();
    await plane.stop();
    expect(existsSync(dirname(plane.kubeconfigFile))).toBe(false);
    await until('the API server has gone', () => !existsSync(`/proc/${pid}`));
  });
});
