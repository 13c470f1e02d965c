// What holds for every kind: examples are accepted, defaults filled in, problems say where they are and what to do.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { StructuralSchema } from './load-crds.ts';
import { readDocuments } from './read-documents.ts';
import * as kit from './validating.testkit.ts';

describe('examples', () => {
  test.each(readdirSync(kit.examples))('%s is accepted', (name) => {
    const read = readDocuments(readFileSync(new URL(name, kit.examples), 'utf8'));
    expect(read.length).toBeGreaterThan(0);
    for (const one of read)
      expect(one.ok && kit.validate(one.document, { file: name })).toMatchObject({ ok: true });
  });
});

describe('defaults', () => {
  test('what was read is not changed by filling defaults in', () => {
    const [read] = readDocuments(stringify(kit.example('wecomtenant-minimal')));
    if (!read?.ok) throw new Error('unreadable');
    kit.validate(read.document, { file: 'acme.yaml' });
    expect(read.document.value).toEqual(kit.example('wecomtenant-minimal'));
  });

  test('a field that is null counts as left out', () => {
    const result = kit.validateText(kit.changed('wecomtenant-minimal', 'spec.timeZone', null));
    expect(result).toMatchObject({ ok: true, object: { spec: { timeZone: 'Asia/Shanghai' } } });
  });

  test('the default of an object holds the defaults of its fields', () => {
    // The API server checks a default as it stands, without filling nested defaults in, and runs CEL rules on it.
    const objects = kit.kinds.flatMap((kind) => everySchema(kind.schema));
    const defaulted = objects.filter(
      (schema) => schema.properties !== undefined && schema.default !== undefined,
    );
    expect(defaulted.length).toBeGreaterThan(5);
    for (const schema of defaulted)
      for (const [name, field] of Object.entries(schema.properties ?? {}))
        if (field.default !== undefined) expect(schema.default).toHaveProperty(name, field.default);
  });
});

describe('every field', () => {
  test('has a description', () => {
    for (const kind of kit.kinds) {
      const spec = kind.schema.properties?.spec;
      expect(spec).toBeDefined();
      const silent = spec === undefined ? [] : fieldsWithoutDescription(spec, 'spec');
      expect(silent).toEqual([]);
    }
  });

  test('is bounded, as CEL cost and etcd need it', () => {
    const schemas = kit.kinds.flatMap((kind) => everySchema(kind.schema.properties?.spec ?? {}));
    const bounds = schemas as (StructuralSchema & Record<string, unknown>)[];
    const open = bounds.filter(
      (schema) =>
        (schema.type === 'array' && schema.maxItems === undefined) ||
        (schema.type === 'string' && schema.maxLength === undefined && schema.enum === undefined) ||
        (schema.additionalProperties !== undefined && schema.maxProperties === undefined),
    );
    expect(open).toEqual([]);
  });

  test('that is a list says how it is merged', () => {
    const lists = kit.kinds
      .flatMap((kind) => everySchema(kind.schema))
      .filter((schema) => schema.type === 'array');
    expect(lists.filter((schema) => schema['x-kubernetes-list-type'] === undefined)).toEqual([]);
  });
});

describe('CompliancePolicy', () => {
  const condition = 'spec.rules[0].any[0]';
  const pattern = (regex: string) => [{ pattern: { regex } }];
  const mistakes: [string, unknown, string, RegExp][] = [
    ['spec.rules[0].any', pattern('a(?=b)'), `${condition}.pattern.regex`, /not a valid RE2 pattern/],
    ['spec.rules[0].any', pattern('(unclosed'), `${condition}.pattern.regex`, /missing closing \)/],
    ['spec.rules[0].any', pattern('a*'), `${condition}.pattern.regex`, /matches the empty text/],
    ['spec.rules[0].any', [], 'spec.rules[0]', /looks for nothing/],
    [`${condition}.size`, { minBytes: 1 }, condition, /exactly one of keywords, pattern, .* and expr/],
    [
      'spec.rules[0].any',
      [{ size: { minBytes: 9, maxBytes: 1 } }],
      `${condition}.size`,
      /must not exceed maxBytes/,
    ],
    ['spec', {}, 'spec', /can never make a finding/],
    ['spec.severity', 'Severe', 'spec.severity', /Use Low, Medium, High, Critical/],
    [`${condition}.keywords.terms`, [true], `${condition}.keywords.terms[0]`, /Put it in quotes/],
  ];
  test.each(mistakes)('%s = %j is refused', (...[path, value, at, says]) => {
    const result = kit.validateText(kit.changed('compliancepolicy-minimal', path, value));
    expect(kit.problemPaths(result)).toContain(at);
    expect(kit.problemLines(result).join('\n')).toMatch(says);
  });
});

describe('problems', () => {
  test('name file, line, object, field, value and remedy', () => {
    const rules = '  rules: [{name: r, any: [{keywords: {terms: [x]}}]}]';
    const head =
      'apiVersion: menshen.dev/v1alpha1\nkind: CompliancePolicy\nmetadata: {name: a, namespace: demo}';
    expect(
      kit.problemLines(kit.validateText(`# one\n${head}\nspec:\n  severity: Severe\n${rules}\n`)),
    ).toEqual([
      'acme.yaml:6: CompliancePolicy demo/a: spec.severity: "Severe" is not supported. Use Low, Medium, High, Critical.',
    ]);
  });

  test('a missing field points at its parent', () => {
    const result = kit.validateText(
      'apiVersion: menshen.dev/v1alpha1\nkind: WeComTenant\nmetadata:\n  name: a\n',
    );
    expect(kit.problemLines(result)).toEqual([
      expect.stringMatching(/^acme\.yaml:1: WeComTenant a: spec: is required/),
    ]);
  });

  test('are all named, one a field', () => {
    const source = { engine: 'SDK', apiUrl: 'ftp://x', pageLimit: 0 };
    const result = kit.validateText(kit.changed('wecomtenant-scaled', 'spec.source', source));
    expect(kit.problemPaths(result)).toEqual([
      'spec.source.engine',
      'spec.source.apiUrl',
      'spec.source.pageLimit',
    ]);
  });

  test('show a long value in short', () => {
    const result = kit.validateText(kit.changed('wecomtenant-scaled', 'spec.corpId', 'x'.repeat(5000)));
    expect(kit.problemLines(result)[0]?.length).toBeLessThan(500);
  });

  test.each([
    [
      'kind: Secret\napiVersion: v1\n',
      /unknown kind v1 Secret\. Known kinds: menshen\.dev\/v1alpha1 CompliancePolicy/,
    ],
    ['spec: {}\n', /says neither apiVersion nor kind/],
    ['- a list\n', /says neither apiVersion nor kind/],
    ['just text\n', /says neither apiVersion nor kind/],
  ])('%j is not a manifest of ours', (text, words) => {
    expect(kit.problemLines(kit.validateText(text)).join()).toMatch(words);
  });
});

function everySchema(schema: StructuralSchema): StructuralSchema[] {
  const children = [...Object.values(schema.properties ?? {}), schema.items, schema.additionalProperties];
  return [schema, ...children.flatMap((child) => (child === undefined ? [] : everySchema(child)))];
}

function fieldsWithoutDescription(schema: StructuralSchema, path: string): string[] {
  const fields = Object.entries({ ...schema.properties, ...schema.items?.properties });
  return fields.flatMap(([name, field]) => [
    ...(field.description === undefined ? [`${path}.${name}`] : []),
    ...fieldsWithoutDescription(field, `${path}.${name}`),
  ]);
}
