// The policy library is what its README says: every rule tested and needed by its tests, with severity and reason, and of no particular tenant.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readDocuments } from '@menshen/crds/read-documents';
import { describe, expect, it, test } from 'vitest';
import { type LoadedPolicy, loadPolicies } from './load-policies.ts';
import { testPolicy } from './test-policies.ts';

const folder = fileURLToPath(new URL('../../deploy/policies', import.meta.url));
const read = (name: string): string => readFileSync(`${folder}/${name}`, 'utf8');
const loaded = loadPolicies('DIR', folder);
const policies = loaded.policies.map((policy) => [policy.name, policy] as const);
const labelsOf = ({ file }: LoadedPolicy): Readonly<Record<string, string>> => {
  const [read] = readDocuments(readFileSync(file, 'utf8'));
  if (read?.ok !== true) throw new Error(`${file} is not YAML`);
  return (read.document.value as { metadata: { labels: Record<string, string> } }).metadata.labels;
};

/** Parts that no test can miss, because the policy does the same without them: `name path`. None at present. */
const EQUIVALENT: readonly string[] = [];

it('is valid', () => {
  expect(loaded.problems).toEqual([]);
  expect(policies.length).toBeGreaterThanOrEqual(15);
});

describe.each(policies)('%s', (name, policy) => {
  const report = testPolicy(policy, loaded);

  it('passes its tests, and each part of it is needed by one', () => {
    expect(report.tests.filter(({ passed }) => !passed)).toEqual([]);
    expect(report.rulesWithoutTest).toEqual([]);
    expect(report.survivors.map(({ path }) => `${name} ${path}`)).toEqual(
      EQUIVALENT.filter((one) => one.startsWith(`${name} `)),
    );
    expect(report.mutants).toBeGreaterThan(0);
  });

  it('gives each rule a severity and a reason', () => {
    const { description = '', severity, rules = [] } = policy.spec;
    expect(description.length).toBeGreaterThan(30);
    expect(severity).toBeDefined();
    for (const rule of rules) expect(rule.description?.length, rule.name).toBeGreaterThan(30);
  });

  it('has tests in Chinese and in English that find something, and some that find nothing', () => {
    const found = (policy.spec.tests ?? []).filter(({ expect: { rule } }) => rule !== undefined);
    const texts = found.map(({ message: { text = '' } }) => text).join('\n');
    // A language of its own: no-guaranteed-return and cantonese-promise have guaranteed-return-en beside them.
    if (name !== 'guaranteed-return-en') expect(texts).toMatch(/[一-龥]/);
    if (!['no-guaranteed-return', 'cantonese-promise'].includes(name)) expect(texts).toMatch(/[a-z]{3}/i);
    expect(found.length).toBeLessThan(policy.spec.tests?.length ?? 0);
  });

  it('belongs to no tenant, and is short enough to be read', () => {
    const text = readFileSync(policy.file, 'utf8');
    expect(text).not.toMatch(/departments|namespace:|channels|Acme/);
    expect(text.split('\n').length).toBeLessThan(200);
    expect(policy.file).toBe(`${folder}/${name}.yaml`);
  });

  it('stands in the table of the README and, with its pack and version, in the log of changes', () => {
    expect(read('README.md')).toContain(`| [${name}](${name}.yaml) |`);
    const { 'menshen.dev/pack': pack, 'menshen.dev/pack-version': version } = labelsOf(policy);
    expect(read('CHANGELOG.md')).toMatch(new RegExp(`^## ${pack} ${version}$`, 'm'));
  });
});

test('the policies of a pack have one version', () => {
  const versions = new Map<string, Set<string>>();
  for (const [, policy] of policies) {
    const { 'menshen.dev/pack': pack = '', 'menshen.dev/pack-version': version = '' } = labelsOf(policy);
    versions.set(pack, (versions.get(pack) ?? new Set()).add(version));
  }
  expect([...versions].filter(([, found]) => found.size > 1)).toEqual([]);
});

test('Cantonese is tested wherever people say it', () => {
  const CANTONESE = /[唔冇咗哋嘅啲畀佢嚟俾係]|瞓|搵|隻|派片|閪/;
  const without = policies
    .filter(([, { spec }]) => !CANTONESE.test(JSON.stringify(spec.tests)))
    .map(([name]) => name);
  // Numbers, files and keys have no dialect.
  expect(without).toEqual(['credentials', 'file-control', 'guaranteed-return-en', 'personal-data-bulk']);
});
