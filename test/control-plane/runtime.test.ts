// The controller runtime at a real API server: what its parts rest on is what a real one does, not what ours in memory pretends.
import { createApplier } from '@menshen/operator/kube/apply';
import type { KubeObject } from '@menshen/operator/kube/kube-object';
import { contendForLease, LEASES, type Leadership } from '@menshen/operator/kube/lease';
import { differingFields } from '@menshen/operator/kube/owned-fields';
import { createRecorder, EVENTS } from '@menshen/operator/kube/recorder';
import type { Resource } from '@menshen/operator/kube/resource';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openControlPlane, speakAs } from './open-control-plane.testkit.ts';
import { CONFIG_MAPS, NAMESPACES } from './resources.ts';
import { until } from './wait-until.ts';

const DEPLOYMENTS: Resource = {
  group: 'apps',
  version: 'v1',
  plural: 'deployments',
  kind: 'Deployment',
  isNamespaced: true,
};
const SERVICES: Resource = {
  group: '',
  version: 'v1',
  plural: 'services',
  kind: 'Service',
  isNamespaced: true,
};

type Any = KubeObject & Readonly<Record<string, unknown>>;

const wallClock = { nowMs: () => Date.now() };

const plane = await openControlPlane();

describe.skipIf(plane === undefined)('the controller runtime', async () => {
  if (plane === undefined) return;
  const { client, clock } = await speakAs(plane.kubeconfigFile);
  const namespace = 'runtime';
  const at = (name: string) => ({ namespace, name });
  beforeAll(async () => {
    await client.create(NAMESPACES, { metadata: { name: namespace } });
  });
  afterAll(() => plane.stop());

  const deployment = (name: string, replicas: number): Any => ({
    metadata: { ...at(name), labels: { app: name } },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          securityContext: { runAsNonRoot: true },
          containers: [
            {
              name: 'main',
              image: 'menshen:1',
              env: [{ name: 'A', value: '1' }],
              ports: [{ containerPort: 8080 }],
              resources: { limits: { memory: '128Mi' } },
              volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
            },
          ],
          volumes: [{ name: 'tmp', emptyDir: {} }],
        },
      },
    },
  });
  const service = (name: string): Any => ({
    metadata: at(name),
    spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
  });

  describe('apply', () => {
    it.each<[string, Resource, Any]>([
      ['a Deployment', DEPLOYMENTS, deployment('unchanged', 2)],
      ['a Service', SERVICES, service('unchanged')],
    ])(
      'owns exactly what it names of %s, and knows without memory that nothing would change',
      async (_what, resource, desired) => {
        const made = await createApplier(client, 'menshen').apply(resource, desired, undefined);
        expect(made.outcome).toBe('Created');
        expect(differingFields(desired, made.object, { resource, fieldManager: 'menshen' })).toEqual([]);
        // A new process, without memory.
        const again = await createApplier(client, 'menshen').apply(resource, desired, made.object);
        expect(again).toMatchObject({
          outcome: 'Unchanged',
          object: { metadata: { resourceVersion: made.object.metadata.resourceVersion } },
        });
      },
    );

    it('asks the API server once where values are spelt differently, and writes nothing', async () => {
      const spelt = deployment('spelling', 1);
      const desired = JSON.parse(JSON.stringify(spelt).replace('128Mi', '0.125Gi')) as Any;
      const applier = createApplier(client, 'menshen');
      const made = await applier.apply(DEPLOYMENTS, desired, undefined);
      expect(
        differingFields(desired, made.object, { resource: DEPLOYMENTS, fieldManager: 'menshen' }),
      ).not.toEqual([]);
      expect((await applier.apply(DEPLOYMENTS, desired, made.object)).outcome).toBe('Unchanged');
      const afterRestart = await createApplier(client, 'menshen').apply(DEPLOYMENTS, desired, made.object);
      expect([afterRestart.outcome, afterRestart.object.metadata.resourceVersion]).toEqual([
        'Unchanged',
        made.object.metadata.resourceVersion,
      ]);
    });

    it('takes back what somebody else has changed, says whom it overruled, and leaves the rest of theirs alone', async () => {
      const applier = createApplier(client, 'menshen');
      const desired = deployment('drift', 2);
      const made = await applier.apply(DEPLOYMENTS, desired, undefined);
      const edited = await client.patch<Any>(DEPLOYMENTS, at('drift'), {
        type: 'Merge',
        body: { metadata: { annotations: { 'example.com/note': 'theirs' } }, spec: { replicas: 5 } },
        fieldManager: 'kubectl-edit',
      });
      expect(differingFields(desired, edited, { resource: DEPLOYMENTS, fieldManager: 'menshen' })).toEqual([
        '.spec.replicas',
      ]);
      const back = await applier.apply(DEPLOYMENTS, desired, edited);
      expect(back).toMatchObject({ outcome: 'Changed', isDrift: true, object: { spec: { replicas: 2 } } });
      expect(back.conflicts).toMatchObject([
        { field: '.spec.replicas', message: expect.stringContaining('kubectl-edit') },
      ]);
      expect(back.object.metadata.annotations).toEqual({ 'example.com/note': 'theirs' });
      expect(back.object.metadata.uid).toBe(made.object.metadata.uid);
    });

    it('removes what it owned and no longer names', async () => {
      const applier = createApplier(client, 'menshen');
      const { replicas: _replicas, ...spec } = deployment('removal', 3)['spec'] as Record<string, unknown>;
      const made = await applier.apply(DEPLOYMENTS, deployment('removal', 3), undefined);
      const desired: Any = { ...deployment('removal', 3), spec };
      expect(
        differingFields(desired, made.object, { resource: DEPLOYMENTS, fieldManager: 'menshen' }),
      ).toEqual(['.spec.replicas']);
      expect(await applier.apply(DEPLOYMENTS, desired, made.object)).toMatchObject({
        outcome: 'Changed',
        object: { spec: { replicas: 1 } },
      });
    });
  });

  it('deletes only the object it means', async () => {
    const made = await client.create<KubeObject>(CONFIG_MAPS, { metadata: at('deleted') });
    await expect(client.delete(CONFIG_MAPS, at('deleted'), { uid: 'another' })).rejects.toMatchObject({
      kind: 'Conflict',
    });
    expect(await client.delete(CONFIG_MAPS, at('deleted'), { uid: made.metadata.uid ?? '' })).toBe(true);
    expect(await client.get(CONFIG_MAPS, at('deleted'))).toBeUndefined();
  });

  it('lets one of two candidates act, and the other when the first gives back', async () => {
    const terms = { leaseMs: 3000, renewDeadlineMs: 2000, retryMs: 300 };
    const contend = (identity: string): Leadership =>
      contendForLease({
        client,
        clock,
        wallClock,
        random: Math.random,
        name: at('leader'),
        identity,
        ...terms,
      });
    const first = contend('first');
    expect(await first.acquired).toBe(true);
    const second = contend('second');
    await until('several renewals', async () => {
      const lease = await client.get<Any>(LEASES, at('leader'));
      const { acquireTime = '', renewTime = '' } = (lease?.['spec'] ?? {}) as Record<string, string>;
      return Date.parse(renewTime) - Date.parse(acquireTime) > 1000;
    });
    expect([first.isHeld(), second.isHeld()]).toEqual([true, false]);
    await first.release();
    expect(await second.acquired).toBe(true);
    expect(await client.get(LEASES, at('leader'))).toMatchObject({
      spec: { holderIdentity: 'second', leaseTransitions: 1 },
    });
    await second.release();
  });

  it('stops acting when the API server is gone, before anybody else could begin', async () => {
    const terms = { leaseMs: 3000, renewDeadlineMs: 1500, retryMs: 200 };
    const holder = contendForLease({
      client,
      clock,
      wallClock,
      random: Math.random,
      name: at('cut-off'),
      identity: 'holder',
      ...terms,
    });
    expect(await holder.acquired).toBe(true);
    const goneAtMs = clock.nowMs();
    await plane.apiServer.stop('SIGKILL');
    await new Promise((resolve) => holder.over.addEventListener('abort', resolve, { once: true }));
    expect(holder.isHeld()).toBe(false);
    expect(clock.nowMs() - goneAtMs).toBeLessThan(3000);
    await plane.apiServer.start();
  });

  it('tells events that kubectl and the old events API show, counted', async () => {
    const recorder = createRecorder({
      client,
      clock,
      wallClock,
      random: Math.random,
      controller: 'menshen.dev/operator',
      instance: 'pod-1',
    });
    const object = await client.create(CONFIG_MAPS, { metadata: at('told') });
    const happening = {
      resource: CONFIG_MAPS,
      object,
      type: 'Warning',
      reason: 'DriftCorrected',
      action: 'Reconcile',
      note: '门神 put it back',
    } as const;
    for (let times = 0; times < 3; times += 1) recorder.record(happening);
    await recorder.flush();
    const events = await client.listPage<Any>(EVENTS, { namespace, fieldSelector: 'reason=DriftCorrected' });
    expect(events.items).toMatchObject([
      {
        note: '门神 put it back',
        reportingController: 'menshen.dev/operator',
        series: { count: 3 },
        regarding: { kind: 'ConfigMap', name: 'told' },
      },
    ]);
  });
});
