// Whether a role runs, from what is known of its pods: what says most is told, and once.
import { expect, test } from 'vitest';
import { condition } from './conditions.ts';
import { observeWorkloads } from './observe-workloads.ts';
import type { LiveDeployment } from './rolling-tenants.ts';

const compact = (availableReplicas: number): LiveDeployment => ({
  metadata: { name: 'acme-compact', generation: 1, labels: { 'app.kubernetes.io/component': 'compact' } },
  status: { observedGeneration: 1, availableReplicas },
});
const observe = (
  live: LiveDeployment | undefined,
  more: Partial<Parameters<typeof observeWorkloads>[0]> = {},
) =>
  observeWorkloads({
    workloads: [{ roles: ['ingest', 'archiver', 'scanner', 'notifier'], live }],
    reports: [],
    isSuspended: false,
    ...more,
  });

test.each([
  [undefined, 'False/NotCreated'],
  [compact(0), 'False/NotReady'],
  [compact(1), 'True/Available'],
])('%# says so for each role', (live, expected) => {
  expect(observe(live).map(({ type, status, reason }) => `${type}=${status}/${reason}`)).toEqual(
    ['Ingest', 'Archiver', 'Scanner', 'Notifier'].map((role) => `${role}Available=${expected}`),
  );
});

test('why pods do not start is part of the message', () => {
  const waiting = new Map([['acme-compact', 'container ingest waits with ImagePullBackOff: check it']]);
  expect(observe(compact(0), { waiting })[0]?.message).toBe(
    'no pod of Deployment acme-compact is ready: container ingest waits with ImagePullBackOff: check it; kubectl describe pods -l app.kubernetes.io/component=compact says why',
  );
});

test('what a step has found out about a role is not said again in other words', () => {
  const told = [condition('IngestAvailable', 'False', { reason: 'SdkUnusable', message: 'no claim' })];
  expect(observe(compact(0), { told }).map(({ type }) => type)).toEqual([
    'ArchiverAvailable',
    'ScannerAvailable',
    'NotifierAvailable',
  ]);
});
