// The reflector at a real API server that is killed, forgets its history and cuts connections: nothing is missed.
import type { KubeObject } from '@menshen/operator/kube/kube-object';
import { afterAll, describe, expect, it } from 'vitest';
import { forgetHistory } from './make-trouble.ts';
import { installNotes, NOTES } from './notes.ts';
import { openControlPlane, speakAs } from './open-control-plane.testkit.ts';
import { NAMESPACES } from './resources.ts';
import { seededRandom } from './seeded-random.ts';
import { soakWatch, type Trouble } from './soak-watch.ts';
import { until } from './wait-until.ts';

const plane = await openControlPlane();

describe.skipIf(plane === undefined)('a reflector at a real API server', async () => {
  if (plane === undefined) return;
  afterAll(() => plane.stop());
  const { client, transport, clock } = await speakAs(plane.kubeconfigFile);

  it('has versions that become too old: what the soak calls forgetting history is a real 410', async () => {
    await installNotes(client, 'gone');
    const old = await client.create<KubeObject>(NOTES, { metadata: { namespace: 'gone', name: 'a' } });
    await forgetHistory(plane, client, NOTES);
    await until('an old version is refused', async () => {
      const signal = AbortSignal.timeout(1000);
      const resourceVersion = String(Number(old.metadata.resourceVersion) - 1);
      try {
        for await (const _event of client.watch(NOTES, {
          namespace: 'gone',
          resourceVersion,
          timeoutSeconds: 1,
          signal,
        }))
          break;
        return false;
      } catch (error) {
        return error instanceof Error && 'kind' in error && error.kind === 'Gone';
      }
    });
  });

  it('misses nothing while API servers are killed, history is forgotten and connections are cut', async () => {
    await client.create(NAMESPACES, { metadata: { name: 'soak' } });
    const troubles: Trouble[] = ['Cut', 'ForgetHistory', 'Kill', 'Cut', 'Kill', 'ForgetHistory'];
    const result = await soakWatch({
      plane,
      resource: NOTES,
      namespace: 'soak',
      transport,
      clock,
      troubles,
      objects: 60,
      editsPerTrouble: 150,
      random: seededRandom(7),
      say: (line) => process.stderr.write(`${line}\n`),
    });
    expect(result).toMatchObject({ missed: 0, edits: 900, troubles: { Kill: 2, ForgetHistory: 2, Cut: 2 } });
    // Lost history costs one list each, a kill one at most (a new API server serves nothing older than itself), a cut none.
    expect(result.relists).toBeGreaterThanOrEqual(2);
    expect(result.relists).toBeLessThanOrEqual(4);
    // A hot loop of watches would show here.
    expect(result.watches).toBeLessThan(60);
  }, 180_000);
});
