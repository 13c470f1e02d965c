// `helm install acme charts/wecom-tenant -f acme.yaml`: a tenant and its policies, as the API server would accept them.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { problemsOf } from './problems-of.testkit.ts';
import {
  ciValues,
  helm,
  ROOT,
  render,
  renderAgain,
  renderText,
  runHelm,
  withoutHelm,
} from './run-helm.testkit.ts';

const MINIMAL = 'charts/wecom-tenant/ci/minimal-values.yaml';
const library = readdirSync(`${ROOT}deploy/policies`, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.yaml'))
  .flatMap((path) => parseAllDocuments(readFileSync(`${ROOT}deploy/policies/${path}`, 'utf8')))
  .map((document) => document.toJS());
const policies = (args: readonly string[]) =>
  render('wecom-tenant', ['--values', MINIMAL, ...args], 'acme').filter(
    ({ kind }) => kind === 'CompliancePolicy',
  );

describe.skipIf(helm.path === undefined)(`chart wecom-tenant${withoutHelm}`, () => {
  test.each(ciValues('wecom-tenant'))('is lint-free, deterministic and valid with %s', (file) => {
    const lint = runHelm(['lint', '--strict', 'charts/wecom-tenant', '--values', file]);
    expect(lint.stdout + lint.stderr).toContain('0 chart(s) failed');
    const text = renderText('wecom-tenant', ['--values', file]);
    expect(renderAgain('wecom-tenant', ['--values', file])).toBe(text);
    expect(problemsOf(text)).toEqual([]);
  });

  test.each(['minimal', 'scaled', 'finance-sdk'])('takes the example %s as it is', (name) => {
    const example = parse(readFileSync(`${ROOT}crds/examples/wecomtenant-${name}.yaml`, 'utf8'));
    const run = runHelm(
      ['template', 'x', 'charts/wecom-tenant', '--values', '-', '--set', 'policies.include={}'],
      stringify({ spec: example.spec }),
    );
    expect(run.stderr).toBe('');
    expect(parse(run.stdout).spec).toEqual(example.spec);
  });

  test('brings every policy of the library unchanged, for this tenant only', () => {
    expect(
      policies([])
        .map(({ metadata }) => metadata.name)
        .sort(),
    ).toEqual(library.map(({ metadata }) => `acme-${metadata.name}`).sort());
    for (const policy of policies([])) {
      const source = library.find(({ metadata }) => `acme-${metadata.name}` === policy.metadata.name);
      const { tenants, ...spec } = policy['spec'];
      expect(spec).toEqual(source.spec);
      expect(tenants).toEqual({
        matchLabels: { 'app.kubernetes.io/name': 'wecom-tenant', 'app.kubernetes.io/instance': 'acme' },
      });
    }
    const [tenant] = render('wecom-tenant', ['--values', MINIMAL], 'acme');
    expect(tenant?.metadata.labels).toMatchObject(policies([])[0]?.['spec'].tenants.matchLabels);
  });

  test('chooses, changes and adds policies', () => {
    const rendered = render('wecom-tenant', ['--values', 'charts/wecom-tenant/ci/scaled-values.yaml'], 'g');
    const specs = Object.fromEntries(rendered.map(({ metadata, spec }) => [metadata.name, spec]));
    expect(Object.keys(specs).sort()).toEqual([
      'globex',
      'globex-no-guaranteed-return',
      'globex-off-channel',
      'globex-project-names',
    ]);
    expect(specs['globex-no-guaranteed-return']).toMatchObject({
      severity: 'Critical',
      mode: 'Shadow',
      scope: {
        direction: ['Outbound'],
        senders: { kinds: ['Staff', 'Robot'], except: { departments: ['Globex/Compliance'] } },
      },
    });
    // Its tests speak of the unchanged policy.
    expect(specs['globex-no-guaranteed-return']).not.toHaveProperty('tests');
    expect(specs['globex-off-channel'].tests.length).toBeGreaterThan(0);
    expect(specs['globex-project-names']).not.toHaveProperty('mode');
  });

  test('puts tenants before policies in sync waves', () => {
    const waves = render('wecom-tenant', ['--values', MINIMAL]).map(({ kind, metadata }) => [
      kind,
      metadata.annotations?.['argocd.argoproj.io/sync-wave'],
    ]);
    expect(new Set(waves.map(String))).toEqual(new Set(['WeComTenant,1', 'CompliancePolicy,2']));
  });

  test.each([
    ['policies.include={no-such}', 'the library has no policy no-such; it has '],
    ['policies.overrides.no-such.severity=Low', 'the library has no policy no-such; it has '],
    [
      'policies.extra.off-channel.severity=Low',
      'policies.extra.off-channel has the name of a policy of the library',
    ],
    ['spec.corpid=ww1', 'corpid'],
    ['spec.messaging.url=http://nats', 'messaging'],
    ['spec.deployment.profile=Huge', 'profile'],
    ['policies.mode=Maybe', 'mode'],
  ])('refuses %s', (set, words) => {
    const run = runHelm(['template', 'x', 'charts/wecom-tenant', '--values', MINIMAL, '--set', set]);
    expect(run.status).not.toBe(0);
    expect(run.stderr).toContain(words);
  });

  test('refuses a tenant of which nothing is said', () => {
    const run = runHelm(['template', 'x', 'charts/wecom-tenant']);
    expect(run.status).not.toBe(0);
    expect(run.stderr).toContain('corpId');
  });

  test('has no place for a secret', () => {
    const schema = readFileSync(`${ROOT}charts/wecom-tenant/values.schema.json`, 'utf8');
    const fields = [...schema.matchAll(/"([A-Za-z]*(?:password|secret|token|key)[A-Za-z]*)": \{/gi)].map(
      ([, name]) => name,
    );
    // References, names of Secrets, and a label's key: none of them holds one.
    const harmless = new Set(['key', 'privateKeys', 'imagePullSecrets', 'tlsSecretName', 'topologyKey']);
    expect(fields.filter((name = '') => !/Ref$/.test(name) && !harmless.has(name))).toEqual([]);
    expect(fields.length).toBeGreaterThan(10);
  });
});
