// Everything the charts hold of other folders is committed, and current.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readDocumentedValues } from '../../charts/generate/document-values.ts';
import { generateCharts } from '../../charts/generate-charts.ts';

const files = generateCharts();
const nameOf = (target: URL): string => fileURLToPath(target).replace(/.*\/(?=(charts|deploy)\/)/, '');

describe('generated files', () => {
  test('are current (else: node charts/generate-charts.ts)', () => {
    expect(files.length).toBeGreaterThan(3);
    expect(files.filter(({ stale }) => stale).map(({ target }) => nameOf(target))).toEqual([]);
  });

  test('are the only files in their folders: what is gone from the source is gone from the chart', () => {
    const made = files.map(({ target }) => nameOf(target));
    for (const folder of [
      'charts/menshen/templates/crds',
      'charts/menshen/files/alerts',
      'charts/menshen/files/dashboards',
      'charts/wecom-tenant/files/policies',
    ]) {
      const there = readdirSync(new URL(`../../${folder}`, import.meta.url)).map(
        (name) => `${folder}/${name}`,
      );
      expect(there.sort()).toEqual(made.filter((name) => name.startsWith(`${folder}/`)).sort());
    }
  });

  test.each(['wecomtenants', 'compliancepolicies'])(
    'the definition of %s is small, plain and whole',
    (name) => {
      const file = files.find(
        ({ target }) => nameOf(target) === `charts/menshen/templates/crds/${name}.yaml`,
      );
      const body = (file?.content ?? '').replace(/^.*\{\{.*\n/gm, '');
      // Client-side apply keeps a copy in an annotation, which may have 256 KiB.
      expect(body.length).toBeLessThan(256 * 1024);
      expect(body).not.toMatch(/: [&*][a-zA-Z]/);
      const source = parse(readFileSync(new URL(`../../crds/${name}.yaml`, import.meta.url), 'utf8'));
      expect(parse(body.slice(body.indexOf('\nspec:')))).toEqual({ spec: source.spec });
    },
  );
});

describe('what stands above a value', () => {
  const read = (text: string) => readDocumentedValues(text);

  test('is its description and its schema, at any depth', () => {
    expect(
      read('# @schema {"minimum": 1}\n# -- How many,\n# in all.\na: 1\nb:\n  # -- First.\n  c: {}\n'),
    ).toEqual([
      { path: 'a', fallback: 1, description: 'How many, in all.', schema: { minimum: 1 } },
      { path: 'b.c', fallback: {}, description: 'First.', schema: {} },
    ]);
  });

  test('must be there', () => {
    expect(() => read('# -- Yes.\na: 1\nb:\n  # No dashes.\n  c: 2\n')).toThrow('b.c has no "# --" line');
  });
});
