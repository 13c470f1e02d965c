// Folders of YAML: what is good is used, what is bad is named, and while it is bad its last good version stays.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contentDigest } from '@menshen/contracts/digest';
import { loadCrds } from '@menshen/crds/load-crds';
import { formatProblem } from '@menshen/crds/manifest-problem';
import { createManifestValidator } from '@menshen/crds/validate-manifest';
import { matchesRe2 } from '@menshen/policy-engine/patterns/matches-re2';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type LoadedManifests, ManifestLoader } from './load-manifests.ts';
import { listManifestFiles, watchFiles } from './watch-files.ts';

const validate = createManifestValidator({ kinds: loadCrds(), matches: matchesRe2 });
let folder: string;
let loader: ManifestLoader;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'menshen-manifests-'));
  loader = new ManifestLoader(validate);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
const load = async (): Promise<LoadedManifests> => loader.load(await listManifestFiles(folder));
const problems = async (): Promise<string[]> => (await load()).problems.map(formatProblem);

const policy = (name: string, terms = '[保本]'): string =>
  `apiVersion: menshen.dev/v1alpha1\nkind: CompliancePolicy\nmetadata: {name: ${name}, namespace: demo}\n` +
  `spec:\n  rules:\n    - name: r\n      any: [{keywords: {terms: ${terms}}}]\n`;
const tenant = (corpId = 'ww1234567890abcdef', more = ''): string => `
apiVersion: menshen.dev/v1alpha1
kind: WeComTenant
metadata: {name: acme, namespace: demo}
spec:
  corpId: ${corpId}
  archive: {secretRef: {name: s, key: k}, privateKeys: [{version: 1, secretRef: {name: s, key: p}}]}
  source: {engine: Simulator, apiUrl: 'http://wecom-simulator'}
  messaging: {url: 'nats://nats'}
  storage: {objects: {folder: {volumeClaimName: record}}, clickhouse: {url: 'http://clickhouse'}}
${more}`;
const secret = 'apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: demo}\n';
const termsOf = (loaded: LoadedManifests) =>
  loaded.policies.map(({ name, spec }) => [name, spec.rules?.[0]?.any?.[0]?.keywords?.terms?.join()]);

describe('a folder', () => {
  test.each([undefined, 'menshen-demo'])('policies without a namespace go into %s', async (namespace) => {
    await write('a.yaml', `${policy('one')}---\n${policy('two').replace(', namespace: demo', '')}`);
    const { policies } = await new ManifestLoader(validate, namespace).load(await listManifestFiles(folder));
    expect(policies.map((one) => `${one.namespace}/${one.name}`)).toEqual([
      'demo/one',
      `${namespace ?? 'default'}/two`,
    ]);
  });

  test('is read into tenants, policies, secrets, namespaces and lexicons', async () => {
    await write('a.yaml', `${policy('one')}---\n${policy('two')}`);
    await write('b.yml', tenant());
    await write('c.yaml', `${secret}data: {k: c2VjcmV0}\nstringData: {p: plain}\n`);
    await write(
      'd.yaml',
      'apiVersion: v1\nkind: Namespace\nmetadata: {name: group, labels: {shared: "yes"}}\n',
    );
    await write('words.txt', '稳赚\n');
    const loaded = await load();
    expect(loaded.problems).toEqual([]);
    expect(termsOf(loaded)).toEqual([
      ['one', '保本'],
      ['two', '保本'],
    ]);
    expect(loaded.tenants).toMatchObject([
      { metadata: { name: 'acme' }, spec: { timeZone: 'Asia/Shanghai' } },
    ]);
    expect(
      Object.entries(loaded.secrets[0]?.data ?? {}).map(([k, v]) => [k, Buffer.from(v).toString()]),
    ).toEqual([
      ['k', 'secret'],
      ['p', 'plain'],
    ]);
    expect(loaded.namespaces.get('group')).toEqual({ shared: 'yes' });
    expect([...loaded.lexicons.keys()]).toEqual([contentDigest('稳赚\n')]);
  });

  test('that does not exist has nothing', async () => {
    expect(await listManifestFiles(join(folder, 'nowhere'))).toEqual([]);
  });

  test('leaves out hidden and other files', async () => {
    await write('.a.yaml.swp', 'x');
    await write('.hidden.yaml', 'x');
    await write('README.md', 'x');
    expect(await listManifestFiles(folder)).toEqual([]);
  });
});

describe('a bad document', () => {
  test.each([
    [
      'an unknown field',
      `${policy('bad')}  sevrity: High\n`,
      /a\.yaml:\d+: CompliancePolicy demo\/bad: spec\.sevrity: is an unknown field\. Did you mean severity\?/,
    ],
    [
      'a pattern RE2 refuses',
      policy('bad', '[x], lexiconRef: 1').replace(
        'keywords: {terms: [x], lexiconRef: 1}',
        "pattern: {regex: 'a(?=b)'}",
      ),
      /regex: "a\(\?=b\)" not a valid RE2 pattern/,
    ],
    ['malformed YAML', 'a: [1\n', /a\.yaml:\d+: document: is not YAML/],
    ['an unknown kind', 'apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n', /unknown kind v1 Pod/],
    [
      'a time zone that does not exist',
      tenant().replace('spec:', 'spec:\n  timeZone: Asia/Nowhere'),
      /spec\.timeZone: "Asia\/Nowhere" is not an IANA time zone/,
    ],
    [
      'a secret that is not base64',
      `${secret}data: {k: "not base64!"}\n`,
      /Secret demo\/s: data\.k: is not base64/,
    ],
    ['a secret of another form', `${secret}immutable: true\n`, /immutable: is not understood by local mode/],
    [
      'a namespace with a spec',
      'apiVersion: v1\nkind: Namespace\nmetadata: {name: group}\nspec: {}\n',
      /spec: is not understood/,
    ],
  ])('with %s is named, and the others are used', async (_what, text, words) => {
    await write('a.yaml', text);
    await write('b.yaml', policy('good'));
    const loaded = await load();
    expect(loaded.problems.map(formatProblem)).toEqual([expect.stringMatching(words)]);
    expect(termsOf(loaded)).toEqual([['good', '保本']]);
  });

  test('never shows a value of a secret', async () => {
    await write('a.yaml', `${secret}data: {k: "hunter2!"}\nstringData: {p: 12345678}\nhunter3: hunter4\n`);
    expect((await problems()).join('\n')).not.toMatch(/hunter2|hunter4|12345678/);
    expect(await problems()).toHaveLength(3);
  });

  test('does not stop the other documents of its file', async () => {
    await write('a.yaml', `${policy('one')}---\na: [1\n---\n${policy('two')}`);
    expect(termsOf(await load())).toEqual([
      ['one', '保本'],
      ['two', '保本'],
    ]);
  });
});

describe('an edit', () => {
  test.each([
    ['an invalid field', `${policy('one', '[稳赚]')}  sevrity: High\n`],
    ['malformed YAML', 'a: [1\n'],
  ])('with %s keeps the last good version', async (_what, text) => {
    await write('a.yaml', policy('one'));
    await load();
    await write('a.yaml', text);
    const bad = await load();
    expect(bad.problems).toHaveLength(1);
    expect(termsOf(bad)).toEqual([['one', '保本']]);
    await write('a.yaml', policy('one', '[稳赚]'));
    expect(termsOf(await load())).toEqual([['one', '稳赚']]);
  });

  test('that removes a document or a file removes what it said', async () => {
    await write('a.yaml', `${policy('one')}---\n${policy('two')}`);
    await write('b.yaml', policy('three'));
    await load();
    await write('a.yaml', policy('two'));
    await rm(join(folder, 'b.yaml'));
    expect(termsOf(await load())).toEqual([['two', '保本']]);
  });

  test('of corpId is refused, and the tenant stays as it was', async () => {
    await write('a.yaml', tenant());
    await load();
    await write('a.yaml', tenant('ww0000000000000000'));
    const loaded = await load();
    expect(loaded.problems.map(formatProblem)).toEqual([expect.stringMatching(/corpId is immutable/)]);
    expect(loaded.tenants[0]?.spec.corpId).toBe('ww1234567890abcdef');
  });
});

test('the same object in two files is named, and the first is used', async () => {
  await write('a.yaml', policy('one'));
  await write('b.yaml', policy('one', '[稳赚]'));
  const loaded = await load();
  expect(termsOf(loaded)).toEqual([['one', '保本']]);
  expect(loaded.problems.map(formatProblem)).toEqual([
    'b.yaml:1: CompliancePolicy demo/one: is also in a.yaml, which is used. Remove one of the two.',
  ]);
});

describe('watching', () => {
  test.each([
    ['a change', () => write('a.yaml', policy('one', '[稳赚]'))],
    ['a new file', () => write('b.yaml', policy('two'))],
    ['a removal', () => rm(join(folder, 'a.yaml'))],
  ])('notices %s', async (_what, edit) => {
    await write('a.yaml', policy('one'));
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = await watchFiles([folder], async () => resolve());
    await edit();
    await promise;
    stop();
  });
});
