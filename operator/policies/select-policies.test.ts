// Which policies judge a tenant: a table over namespaces and labels.
import { expect, test } from 'vitest';
import { tenantExample } from '../tenants/tenants.testkit.ts';
import { type PolicyObject, selectPolicies } from './select-policies.ts';

// The scaled example: namespace compliance, label region cn-north, policies of namespaces labelled menshen.dev/policies=group-wide.
const admitting = tenantExample('scaled');
const closed = tenantExample('scaled', (spec) => (spec.policies = { from: 'Same' }));
const byName = tenantExample('scaled', (spec) => {
  const matchLabels = { 'kubernetes.io/metadata.name': 'elsewhere' };
  spec.policies = { from: 'Selector', namespaceSelector: { matchLabels } };
});
const labelsOf = (namespace: string) =>
  namespace === 'group' ? { 'menshen.dev/policies': 'group-wide' } : {};

const policy = (namespace: string, labels?: Record<string, string>): PolicyObject => ({
  namespace,
  name: 'p',
  spec: labels === undefined ? {} : { tenants: { matchLabels: labels } },
});

test.each([
  ['its own namespace', closed, policy('compliance'), true],
  ['its own namespace, other labels', closed, policy('compliance', { region: 'us-east' }), false],
  ['its own namespace, its labels', closed, policy('compliance', { region: 'cn-north' }), true],
  ['another namespace, not admitted', closed, policy('group'), false],
  ['an admitted namespace', admitting, policy('group'), true],
  ['an admitted namespace, other labels', admitting, policy('group', { region: 'us-east' }), false],
  ['a namespace that is not admitted', admitting, policy('elsewhere'), false],
  ['a namespace admitted by its name', byName, policy('elsewhere'), true],
  ['its own namespace, whatever is admitted besides', byName, policy('compliance'), true],
])('%s', (_what, tenant, candidate, judged) => {
  expect(selectPolicies([candidate], tenant, labelsOf)).toEqual(judged ? [candidate] : []);
});
