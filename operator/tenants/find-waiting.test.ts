// What is told of pods that cannot start, and how often they are asked for.
import { expect, test } from 'vitest';
import { ApiError } from '../kube/api-error.ts';
import { fakeClock } from '../kube/clock.testkit.ts';
import { describeWaiting, type LivePod, rememberWaiting } from './find-waiting.ts';
import type { LiveDeployment } from './rolling-tenants.ts';
import { tenantExample } from './tenants.testkit.ts';

const pod = (reason: string, of: 'initContainerStatuses' | 'containerStatuses' = 'containerStatuses') =>
  ({
    metadata: { name: `pod-${reason}`, labels: { 'app.kubernetes.io/component': 'compact' } },
    status: { [of]: [{ name: 'copy-sdk', state: { waiting: { reason } } }] },
  }) as unknown as LivePod;
const deployment = (availableReplicas: number): LiveDeployment => ({
  metadata: { name: 'initech-compact', generation: 1 },
  status: { observedGeneration: 1, availableReplicas },
});
const tenant = tenantExample('finance-sdk', (_spec, { metadata }) => {
  metadata.uid = 'u';
});
const { signal } = new AbortController();

test.each([
  ['ImagePullBackOff', 'ImagePullBackOff'],
  ['ErrImagePull', 'ImagePullBackOff'],
  ['InvalidImageName', 'InvalidImageName'],
  ['CreateContainerConfigError', 'CreateContainerConfigError'],
])('%s is told as %s, of the containers that come first too', (reason, said) => {
  for (const of of ['initContainerStatuses', 'containerStatuses'] as const)
    expect(describeWaiting([pod('ContainerCreating'), pod(reason, of)])).toContain(
      `container copy-sdk waits with ${said}: `,
    );
});

test.each(['ContainerCreating', 'PodInitializing', 'CrashLoopBackOff'])('%s is not told', (reason) => {
  expect(describeWaiting([pod(reason)])).toBeUndefined();
});

test('pods are asked for while a Deployment has none ready, every 15 s, and not by their tenant alone', async () => {
  const clock = fakeClock();
  const asked: unknown[] = [];
  const memory = rememberWaiting(
    {
      listPage: async (_resource: unknown, options: { namespace?: string; labelSelector?: string } = {}) => {
        asked.push([options.namespace, options.labelSelector]);
        return { items: [pod('ErrImagePull')] } as never;
      },
    },
    clock,
  );
  expect(await memory.find(tenant, [deployment(1)], signal)).toEqual({ why: new Map() });
  expect(asked).toEqual([]);
  const found = await memory.find(tenant, [deployment(0)], signal);
  expect(found.why.get('initech-compact')).toContain('ImagePullBackOff');
  expect(found.lookAgainMs).toBe(15_000);
  clock.jump(14_000);
  expect((await memory.find(tenant, [deployment(0)], signal)).lookAgainMs).toBe(1000);
  expect(asked).toEqual([
    ['compliance', 'app.kubernetes.io/name=menshen,app.kubernetes.io/instance=initech'],
  ]);
  clock.jump(1000);
  await memory.find(tenant, [deployment(0)], signal);
  expect(asked).toHaveLength(2);
});

test('an API server that refuses does not end the pass', async () => {
  const refusal = Object.assign(Object.create(ApiError.prototype) as ApiError, { kind: 'Forbidden' });
  const memory = rememberWaiting({ listPage: () => Promise.reject(refusal) }, fakeClock());
  expect((await memory.find(tenant, [deployment(0)], signal)).why.size).toBe(0);
});
