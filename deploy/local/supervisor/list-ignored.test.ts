// What local mode leaves out is named; what it cannot do is refused.
import { renderTenant } from '@menshen/operator/tenants/render/render-tenant';
import { expect, test } from 'vitest';
import { listIgnored } from './list-ignored.ts';
import { listUnsupported } from './supported-fields.ts';
import { tenantExample } from './tenant-example.testkit.ts';

const rendered = (
  name: 'minimal' | 'scaled',
  change: (tenant: ReturnType<typeof tenantExample>) => void = () => {},
) => {
  const tenant = tenantExample(name);
  change(tenant);
  return renderTenant(tenant, { image: 'menshen:1' });
};
const names = (objects: ReturnType<typeof rendered>): string[] =>
  listIgnored(objects).map(({ what }) => what);

test.each([
  ['a small tenant', rendered('minimal'), ['NetworkPolicy']],
  ['a tenant with open doors', rendered('minimal', ({ spec }) => (spec.networkPolicy.mode = 'Open')), []],
  ['several scanners', rendered('scaled'), ['NetworkPolicy', 'PodDisruptionBudget']],
  [
    'a callback with a host',
    rendered('scaled', ({ spec }) => {
      if (spec.callback !== undefined) spec.callback.host = 'events.globex.example';
    }),
    ['NetworkPolicy', 'Ingress', 'PodDisruptionBudget'],
  ],
  [
    'chosen nodes',
    rendered('minimal', ({ spec }) => (spec.deployment.nodeSelector = { pool: 'fixed-egress' })),
    ['NetworkPolicy', 'nodeSelector of Deployments'],
  ],
])('of %s it leaves out %s', (_what, objects, expected) => {
  expect(names(objects)).toEqual(expected);
  expect(objects.flatMap(listUnsupported)).toEqual([]);
});

test.each<[string, (tenant: ReturnType<typeof tenantExample>) => void, string]>([
  [
    'an SDK that comes in an image',
    ({ spec }) => {
      spec.source.engine = 'FinanceSDK';
      spec.source.sdk.image = { reference: 'sdk:1', path: '/lib.so', by: 'Copy' };
    },
    'spec.template.spec.initContainers',
  ],
  ['scanners that KEDA scales', ({ spec }) => (spec.scanner.autoscaler = 'KEDA'), 'spec.replicas'],
])('%s are refused', (_what, change, field) => {
  const faults = rendered('scaled', change).flatMap(listUnsupported);
  expect(faults.map((fault) => fault.field)).toContain(field);
});
