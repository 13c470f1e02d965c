// Argo CD and Flux: what they would apply is what the charts accept, in the right order, and what Argo CD's health says of every kind of
// status. health.test.ts asks it about statuses that an operator wrote.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { helm, type Manifest, ROOT, readManifests, runHelm, withoutHelm } from './run-helm.testkit.ts';
import { findLua } from './run-lua.testkit.ts';

const read = (path: string): Manifest[] =>
  readManifests(readFileSync(`${ROOT}deploy/gitops/${path}`, 'utf8'));
const example = (name: string): Manifest => parse(readFileSync(`${ROOT}crds/examples/${name}.yaml`, 'utf8'));
const lua = findLua();
const health = readFileSync(`${ROOT}deploy/gitops/argocd/health.lua`, 'utf8');

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

const condition = (type: string, status: string, reason: string, message: string): Condition => ({
  type,
  status,
  reason,
  message,
});

/** An example as the API server would give it: with a generation, and a status in the operator's form. */
function seen(
  name: string,
  status: unknown,
  change: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const object = example(name);
  return {
    ...object,
    metadata: { ...object.metadata, generation: 3, ...(change['metadata'] as object) },
    spec: { ...object['spec'], ...(change['spec'] as object) },
    ...(status === undefined ? {} : { status }),
  };
}

const READY = condition('Ready', 'True', 'Running', 'messages flow');
const STALLED = condition('Stalled', 'True', 'CorpIdInUse', 'another tenant has this corpId');
const NOT_READY = condition('Ready', 'False', 'Progressing', 'waits for the scanner');

describe.skipIf(lua.run === undefined)(
  `health for Argo CD${lua.run === undefined ? ` (skipped: ${lua.why})` : ''}`,
  () => {
    const kinds = [
      'wecomtenant-minimal',
      'wecomtenant-scaled',
      'compliancepolicy-minimal',
      'compliancepolicy-guaranteed-return',
    ];
    const cases: [string, unknown, object, string, string][] = [
      [
        'nobody has looked yet',
        undefined,
        {},
        'Progressing',
        'the operator has not looked at this revision yet',
      ],
      ['status is empty', {}, {}, 'Progressing', 'the operator has not looked at this revision yet'],
      [
        'status is of an older revision',
        { observedGeneration: 2, conditions: [READY] },
        {},
        'Progressing',
        'the operator has not looked at this revision yet',
      ],
      [
        'it is ready',
        { observedGeneration: 3, conditions: [READY] },
        {},
        'Healthy',
        'Running: messages flow',
      ],
      [
        'it is not ready yet',
        { observedGeneration: 3, conditions: [NOT_READY] },
        {},
        'Progressing',
        'Progressing: waits for the scanner',
      ],
      ['there are no conditions', { observedGeneration: 3 }, {}, 'Progressing', 'is not ready yet'],
      [
        'it waits for a person',
        { observedGeneration: 3, conditions: [NOT_READY, STALLED] },
        {},
        'Degraded',
        'CorpIdInUse: another tenant has this corpId',
      ],
      [
        'it waits for a person although the last good revision is ready',
        { observedGeneration: 3, conditions: [READY, STALLED] },
        {},
        'Degraded',
        'CorpIdInUse: another tenant has this corpId',
      ],
      [
        'it is being deleted',
        { observedGeneration: 3, conditions: [READY] },
        { metadata: { deletionTimestamp: '2026-11-24T00:00:00Z' } },
        'Progressing',
        'is being deleted',
      ],
    ];
    test.each(kinds.flatMap((kind) => cases.map((one) => [kind, ...one] as const)))(
      'of %s when %s',
      (...[kind, , status, change, expected, message]) => {
        expect(lua.run?.(health, seen(kind, status, { ...change }))).toEqual({ status: expected, message });
      },
    );

    test('of a suspended tenant is Suspended', () => {
      const object = seen(
        'wecomtenant-minimal',
        { observedGeneration: 3, conditions: [READY] },
        { spec: { suspend: true } },
      );
      expect(lua.run?.(health, object)).toMatchObject({ status: 'Suspended' });
    });

    test('is what the ConfigMap holds, for both kinds', () => {
      const [map] = read('argocd/argocd-cm.yaml');
      expect(Object.keys(map?.['data'])).toEqual([
        'resource.customizations.health.menshen.dev_WeComTenant',
        'resource.customizations.health.menshen.dev_CompliancePolicy',
      ]);
      for (const text of Object.values<string>(map?.['data'])) expect(text).toBe(health);
    });
  },
);

describe('Argo CD', () => {
  const [operator, tenant] = read('argocd/applications.yaml');

  test('applies the operator before tenants, by server-side apply, and prunes no tenant', () => {
    const wave = (application: Manifest | undefined) =>
      Number(application?.metadata.annotations?.['argocd.argoproj.io/sync-wave']);
    expect(wave(operator)).toBeLessThan(wave(tenant));
    for (const application of [operator, tenant])
      expect(application?.['spec'].syncPolicy.syncOptions).toContain('ServerSideApply=true');
    expect(tenant?.['spec'].syncPolicy.automated.prune).toBe(false);
  });

  test.skipIf(helm.path === undefined).each([operator, tenant])(
    `gives charts values they accept${withoutHelm}`,
    (application) => {
      const { path, helm: of } = (application as Manifest)['spec'].source;
      const run = runHelm(['template', of.releaseName, path, '--values', '-'], stringify(of.valuesObject));
      expect(run.stderr).toBe('');
    },
  );
});

describe('Flux', () => {
  const all = read('flux/kustomizations.yaml');
  const kustomizations = all.filter(({ kind }) => kind === 'Kustomization');

  test('applies folders that exist, tenants after the operator', () => {
    for (const { spec } of kustomizations) {
      const folder = `${ROOT}${spec.path}`;
      const { resources } = parse(readFileSync(`${folder}/kustomization.yaml`, 'utf8'));
      expect(resources.sort()).toEqual(
        readdirSync(folder)
          .filter((name) => name !== 'kustomization.yaml')
          .sort(),
      );
    }
    expect(kustomizations.map(({ metadata, spec }) => [metadata.name, spec.dependsOn, spec.prune])).toEqual([
      ['menshen-operator', undefined, true],
      ['menshen-tenants', [{ name: 'menshen-operator' }], false],
    ]);
  });

  test.skipIf(helm.path === undefined)(
    `waits for the operator's release, and for every object that a tenant's chart makes${withoutHelm}`,
    () => {
      const [operator, tenants] = kustomizations;
      expect(operator?.['spec'].wait).toBe(true);
      const [release] = read('flux/tenants/acme.yaml');
      const { chart, values, releaseName } = (release as Manifest)['spec'];
      const args = ['template', releaseName, chart.spec.chart, '--values', '-'];
      const made = readManifests(runHelm(args, stringify(values)).stdout);
      const named = [release as Manifest, ...made].map(({ apiVersion, kind, metadata }) => ({
        ...{ apiVersion, kind, name: metadata.name },
        namespace: release?.metadata.namespace,
      }));
      const { healthChecks, healthCheckExprs, wait } = (tenants as Manifest)['spec'];
      expect(new Set(healthChecks)).toEqual(new Set(named));
      // With it the list is not read.
      expect(wait).toBeUndefined();
      expect(healthCheckExprs.map(({ kind }: Manifest) => kind).sort()).toEqual(
        [...new Set(made.map(({ kind }) => kind))].sort(),
      );
    },
  );

  test.skipIf(helm.path === undefined).each(['operator/release.yaml', 'tenants/acme.yaml'])(
    `%s gives its chart values it accepts${withoutHelm}`,
    (file) => {
      const [release] = read(`flux/${file}`);
      const { chart, values, releaseName } = (release as Manifest)['spec'];
      expect(existsSync(`${ROOT}${chart.spec.chart}/Chart.yaml`)).toBe(true);
      const source = all.find(({ kind }) => kind === 'GitRepository');
      expect(chart.spec.sourceRef).toMatchObject({
        name: source?.metadata.name,
        namespace: source?.metadata.namespace,
      });
      const run = runHelm(['template', releaseName, chart.spec.chart, '--values', '-'], stringify(values));
      expect(run.stderr).toBe('');
    },
  );
});
