// The command itself; what is in the schema is tested beside crds/editor-schema.ts.
import { expect, test } from 'vitest';
import { menshen } from '../run-from-source.testkit.ts';

test('prints the schema of a kind, and names those there are', async () => {
  const { code, out } = await menshen(['policy', 'schema']);
  const schema = JSON.parse(out) as { title: string; properties: { spec: { properties: object } } };
  expect({ code, title: schema.title }).toEqual({
    code: 0,
    title: 'CompliancePolicy (menshen.dev/v1alpha1)',
  });
  expect(Object.keys(schema.properties.spec.properties)).toContain('rules');
  const wrong = await menshen(['policy', 'schema', '--kind', 'Policy']);
  expect(wrong.err).toContain('--kind is "Policy": it must be CompliancePolicy or WeComTenant');
  expect(wrong.code).toBe(2);
});
