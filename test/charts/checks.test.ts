// What checkers say of everything we apply: the charts with each of their ci values, and what the operator renders for the examples.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCrds } from '@menshen/crds/load-crds';
import { readDocuments } from '@menshen/crds/read-documents';
import type { WeComTenant } from '@menshen/crds/types/wecomtenants';
import { createManifestValidator } from '@menshen/crds/validate-manifest';
import { findGoTool } from '@menshen/engines/find-go-tool';
import { renderTenant } from '@menshen/operator/tenants/render/render-tenant';
import { settleTenant } from '@menshen/operator/tenants/settled-tenant';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { type ForeignSchemas, findForeignSchemas, writeForeignSchemas } from './foreign-schemas.testkit.ts';
import { findKubernetesApi, writeSchemas } from './kubernetes-schemas.testkit.ts';
import { podOf, podProblems } from './pod-problems.testkit.ts';
import {
  ciValues,
  helm,
  type Manifest,
  ROOT,
  readManifests,
  render,
  withoutHelm,
} from './run-helm.testkit.ts';

const IMAGE = `registry.example/menshen@sha256:${'a'.repeat(64)}`;
const validate = createManifestValidator({
  kinds: loadCrds(),
  matches: (text, pattern) => new RegExp(pattern, 'u').test(text),
});

/** What the operator renders for an example of crds/examples. */
function renderExample(name: string): Manifest[] {
  const [read] = readDocuments(readFileSync(`${ROOT}crds/examples/wecomtenant-${name}.yaml`, 'utf8'));
  if (read?.ok !== true) throw new Error(`cannot read ${name}`);
  const result = validate(read.document, { file: name });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  const tenant = settleTenant(result.object as WeComTenant);
  return structuredClone(renderTenant(tenant, { image: IMAGE })) as unknown as Manifest[];
}

const sets: [string, () => Manifest[]][] = [
  ...['minimal', 'scaled', 'finance-sdk'].map((name): [string, () => Manifest[]] => [
    `the operator's objects of ${name}`,
    () => renderExample(name),
  ]),
  ...(helm.path === undefined ? [] : (['menshen', 'wecom-tenant'] as const)).flatMap((chart) =>
    ciValues(chart).map((file): [string, () => Manifest[]] => [
      file,
      () => render(chart, ['--values', file]),
    ]),
  ),
];

describe(`pods${withoutHelm}`, () => {
  test.each(sets)('of %s keep every rule', (_name, manifests) => {
    expect(podProblems(manifests())).toEqual([]);
  });

  test('are looked at, in all sets but that of a tenant', () => {
    const withPods = sets.filter(([, manifests]) =>
      manifests().some((manifest) => podOf(manifest) !== undefined),
    );
    const tenants = sets.filter(([name]) => name.startsWith('charts/wecom-tenant'));
    expect(withPods).toHaveLength(sets.length - tenants.length);
  });

  test.each<[string, (deployment: Manifest) => void]>([
    ['runs as non-root', (it) => delete it['spec'].template.spec.securityContext.runAsNonRoot],
    ['runs as non-root', (it) => (it['spec'].template.spec.securityContext.runAsUser = 0)],
    [
      'has the default seccomp profile',
      (it) => delete it['spec'].template.spec.securityContext.seccompProfile,
    ],
    ['shares nothing of the host', (it) => (it['spec'].template.spec.hostNetwork = true)],
    [
      'shares nothing of the host',
      (it) => it['spec'].template.spec.volumes.push({ name: 'x', hostPath: { path: '/' } }),
    ],
    ['says whether it wants a token', (it) => delete it['spec'].template.spec.automountServiceAccountToken],
    ['image has a tag other than latest, or a digest', (it) => (first(it).image = 'menshen:latest')],
    ['image has a tag other than latest, or a digest', (it) => (first(it).image = 'registry:5000/menshen')],
    ['asks for CPU and memory', (it) => delete first(it).resources.requests.cpu],
    ['has a memory limit', (it) => delete first(it).resources.limits],
    ['root is read-only', (it) => (first(it).securityContext.readOnlyRootFilesystem = false)],
    ['cannot gain privileges', (it) => delete first(it).securityContext.allowPrivilegeEscalation],
    ['drops all capabilities', (it) => (first(it).securityContext.capabilities.drop = ['NET_RAW'])],
    ['holds no secret in its environment', (it) => first(it).env.push({ name: 'DB_PASSWORD', value: 'x' })],
    ['has a liveness probe', (it) => delete first(it).livenessProbe],
    ['has a readiness probe', (it) => delete first(it).readinessProbe],
    ['has a startup probe', (it) => delete first(it).startupProbe],
  ])('that break "%s" are found', (rule, spoil) => {
    const manifests = renderExample('minimal');
    const deployment = manifests.find(({ kind }) => kind === 'Deployment');
    if (deployment === undefined) throw new Error('no Deployment');
    spoil(deployment);
    expect(podProblems(manifests).map((problem) => problem.split(': ')[1])).toEqual([rule]);
  });
});

// biome-ignore lint/suspicious/noExplicitAny: a test spoils what it looks at.
const first = (deployment: Manifest): any => deployment['spec'].template.spec.containers[0];

const kubeconform = await findGoTool('kubeconform');
const api = kubeconform.path === undefined ? { path: undefined, why: kubeconform.why } : findKubernetesApi();
const foreign: ForeignSchemas =
  api.path === undefined ? { crds: undefined, why: api.why } : findForeignSchemas();
/** Kinds of the Prometheus operator: without their schemas they are not looked at. */
const FOREIGN = new Set(foreign.crds === undefined ? ['ServiceMonitor', 'PrometheusRule'] : []);
const withoutForeign = foreign.crds === undefined ? ` but ${[...FOREIGN].join(' and ')}: ${foreign.why}` : '';
const FLUX = [
  'kustomizations',
  'operator/namespace',
  'operator/release',
  'tenants/namespace',
  'tenants/acme',
];

describe.skipIf(api.path === undefined)(
  `kubeconform${api.path === undefined ? ` (skipped: ${api.why})` : ''}`,
  () => {
    const schemas = mkdtempSync(join(tmpdir(), 'menshen-schemas-'));
    afterAll(() => rmSync(schemas, { recursive: true }));
    beforeAll(() => {
      const kinds = new Set(sets.flatMap(([, manifests]) => manifests().map(({ kind }) => kind)));
      writeSchemas(api.path ?? '', schemas, kinds.add('Namespace'));
      writeForeignSchemas(foreign.crds ?? [], schemas);
    });

    const check = (manifests: readonly Manifest[]) => {
      const input = manifests
        .filter(({ kind }) => !FOREIGN.has(kind))
        .map((manifest) => stringify(manifest, { aliasDuplicateObjects: false }))
        .join('---\n');
      const location = `${schemas}/{{ .ResourceKind }}{{ .KindSuffix }}.json`;
      const args = ['-schema-location', location, '-summary', '-output', 'json', '-'];
      const { stdout, stderr } = spawnSync(kubeconform.path ?? '', args, {
        input,
        encoding: 'utf8',
        maxBuffer: 2 ** 26,
      });
      if (stdout === '') throw new Error(stderr);
      return JSON.parse(stdout) as {
        readonly resources: readonly { readonly msg: string }[];
        readonly summary: Record<string, number>;
      };
    };

    test.each(sets)(`accepts %s${withoutForeign}`, (_name, manifests) => {
      const objects = manifests().filter(({ kind }) => !FOREIGN.has(kind));
      const { resources, summary } = check(objects);
      expect(resources).toEqual([]);
      expect(summary).toMatchObject({ valid: objects.length, invalid: 0, errors: 0, skipped: 0 });
    });

    describe.skipIf(foreign.crds === undefined)(`and kinds of others${withoutForeign}`, () => {
      test.each(FLUX)('accepts deploy/gitops/flux/%s.yaml', (name) => {
        const objects = readManifests(readFileSync(`${ROOT}deploy/gitops/flux/${name}.yaml`, 'utf8'));
        const { resources, summary } = check(objects);
        expect(resources).toEqual([]);
        expect(summary).toMatchObject({ valid: objects.length, skipped: 0 });
      });

      // biome-ignore lint/suspicious/noExplicitAny: a test spoils what it looks at.
      test.each<[string, string, (spec: any) => void, string]>([
        ['Kustomization', 'a health check without a name', (it) => delete it.healthChecks[0].name, 'name'],
        ['Kustomization', 'a misspelt expression', (it) => (it.healthCheckExprs[0].curent = ''), 'curent'],
        ['ServiceMonitor', 'a misspelt endpoint', (it) => (it.endpoints[0].intervall = '1m'), 'intervall'],
        [
          'PrometheusRule',
          'a rule without its expression',
          (it) => delete it.groups[0].rules[0].expr,
          'expr',
        ],
      ])('finds in a %s %s', (kind, _name, spoil, words) => {
        const flux = readManifests(readFileSync(`${ROOT}deploy/gitops/flux/kustomizations.yaml`, 'utf8'));
        const monitoring = 'monitoring.serviceMonitor.enabled=true,monitoring.prometheusRule.enabled=true';
        const rendered = helm.path === undefined ? [] : render('menshen', ['--set', monitoring]);
        const found = structuredClone([...flux, ...rendered]).findLast((one) => one.kind === kind);
        if (found === undefined) return;
        spoil(found['spec']);
        const { resources, summary } = check([found]);
        expect(summary['invalid']).toBe(1);
        expect(resources[0]?.msg).toContain(words);
      });
    });

    test.each<[string, (deployment: Manifest) => void, string]>([
      ['a misspelt field', (it) => (it['spec'].replica = 1), 'replica'],
      ['a wrong type', (it) => (it['spec'].replicas = 'two'), 'replicas'],
      ['a missing field', (it) => delete it['spec'].selector, 'selector'],
      ['a misspelt field of a container', (it) => (first(it).imagepullpolicy = 'Always'), 'imagepullpolicy'],
    ])('finds %s', (_name, spoil, words) => {
      const [deployment] = renderExample('minimal').filter(({ kind }) => kind === 'Deployment');
      if (deployment === undefined) throw new Error('no Deployment');
      spoil(deployment);
      const { resources, summary } = check([deployment]);
      expect(summary['invalid']).toBe(1);
      expect(resources[0]?.msg).toContain(words);
    });
  },
);
