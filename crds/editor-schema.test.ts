// What an editor shows: every example is right by the schema, and mistakes that are commonly made are not.
import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import addFormatsModule from 'ajv-formats';
import { describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { toEditorSchema } from './editor-schema.ts';
import { loadCrds } from './load-crds.ts';

const addFormats = addFormatsModule as unknown as (ajv: Ajv) => void;
const checks = new Map(
  loadCrds().map((kind) => {
    const ajv = new Ajv({ strict: false });
    addFormats(ajv);
    return [kind.kind, ajv.compile(toEditorSchema(kind))];
  }),
);
const examples = new URL('examples/', import.meta.url);
const read = (name: string) =>
  parse(readFileSync(new URL(name, examples), 'utf8')) as { kind: string; spec: object };

describe('the schema for editors', () => {
  test.each(readdirSync(examples))('takes %s', (name) => {
    const object = read(name);
    const check = checks.get(object.kind);
    expect(check?.(object), JSON.stringify(check?.errors)).toBe(true);
  });

  test.each<[string, object]>([
    ['a field that does not exist', { spec: { severty: 'High' } }],
    ['a value that does not exist', { spec: { severity: 'Urgent' } }],
    ['a list entry twice', { spec: { scope: { direction: ['Outbound', 'Outbound'] } } }],
    ['another kind', { kind: 'CompliancePolicies' }],
    ['no name', { metadata: undefined }],
  ])('refuses %s', (_what, change) => {
    const object = JSON.parse(
      JSON.stringify({ ...read('compliancepolicy-minimal.yaml'), ...change }),
    ) as object;
    expect(checks.get('CompliancePolicy')?.(object)).toBe(false);
  });

  it('explains every field of a rule', () => {
    const text = JSON.stringify(loadCrds().map(toEditorSchema));
    expect(text).toContain('Words or phrases, in any language');
    expect(text).not.toContain('x-kubernetes');
  });
});
