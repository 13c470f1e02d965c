// What `helm install menshen` applies, and what it refuses.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { problemsOf } from './problems-of.testkit.ts';
import {
  ciValues,
  helm,
  type Manifest,
  ROOT,
  render,
  renderAgain,
  renderText,
  runHelm,
  withoutHelm,
} from './run-helm.testkit.ts';

const values = ciValues('menshen');
const of = (manifests: readonly Manifest[], kind: string): Manifest[] =>
  manifests.filter((manifest) => manifest.kind === kind);
const operatorOf = (args: readonly string[]): Manifest =>
  of(render('menshen', args), 'Deployment')[0] as Manifest;
const argsOf = (args: readonly string[]): string[] =>
  operatorOf(args)['spec'].template.spec.containers[0].args;

describe.skipIf(helm.path === undefined)(`chart menshen${withoutHelm}`, () => {
  test.each(values)('is lint-free and renders the same twice with %s', (file) => {
    const lint = runHelm(['lint', '--strict', 'charts/menshen', '--values', file]);
    expect(lint.stdout + lint.stderr).toContain('0 chart(s) failed');
    expect(renderAgain('menshen', ['--values', file])).toBe(renderText('menshen', ['--values', file]));
  });

  test.each(values)('says every value it needs in %s: no <no value>, no empty object', (file) => {
    const text = renderText('menshen', ['--values', file]);
    expect(text).not.toContain('<no value>');
    for (const manifest of render('menshen', ['--values', file]))
      expect([manifest.apiVersion, manifest.kind, manifest.metadata.name].every(Boolean), manifest.kind).toBe(
        true,
      );
  });

  test('has one name for each object', () => {
    for (const file of values) {
      const names = render('menshen', ['--values', file]).map(
        ({ kind, metadata }) => `${kind}/${metadata.namespace ?? ''}/${metadata.name}`,
      );
      expect(new Set(names).size, file).toBe(names.length);
    }
  });

  test('labels every object as Kubernetes recommends, and adds the common ones', () => {
    const file = 'charts/menshen/ci/production-values.yaml';
    for (const { kind, metadata } of render('menshen', ['--values', file]).filter(
      ({ metadata: { name } }) => name !== 'menshen-note',
    )) {
      expect(metadata.labels, `${kind} ${metadata.name}`).toMatchObject({
        'app.kubernetes.io/name': 'menshen',
        'app.kubernetes.io/instance': 'menshen',
        'app.kubernetes.io/part-of': 'menshen',
        'app.kubernetes.io/managed-by': 'Helm',
        team: 'compliance-platform',
      });
      if (kind !== 'Pod')
        expect(metadata.annotations, `${kind} ${metadata.name}`).toMatchObject({
          'example.com/owner': 'compliance-platform',
        });
    }
  });

  test.each([
    ["the chart's version", [], 'registry.menshen.dev/menshen:0.1.0'],
    ['a tag', ['--set', 'image.tag=1.2.3'], 'registry.menshen.dev/menshen:1.2.3'],
    [
      'a digest, which wins',
      ['--set', `image.tag=1.2.3,image.digest=sha256:${'a'.repeat(64)}`],
      `registry.menshen.dev/menshen@sha256:${'a'.repeat(64)}`,
    ],
  ])('takes the image by %s, for itself and for tenants', (_name, args, image) => {
    expect(operatorOf(args)['spec'].template.spec.containers[0].image).toBe(image);
    expect(argsOf(args)).toContain(`--image=${image}`);
  });

  test('passes leader election on, and rolls without a gap', () => {
    expect(argsOf(['--set', 'leaderElection.leaseDuration=60s'])).toEqual(
      expect.arrayContaining(['--leader-election=true', '--lease-name=menshen', '--lease-duration=60s']),
    );
    expect(operatorOf([])['spec'].strategy.rollingUpdate).toEqual({ maxSurge: 1, maxUnavailable: 0 });
  });

  test('never runs two operators without an election', () => {
    const alone = ['--set', 'leaderElection.enabled=false,replicas=1'];
    expect(operatorOf(alone)['spec'].strategy).toEqual({ type: 'Recreate' });
    expect(of(render('menshen', alone), 'Role')).toEqual([]);
    expect(() => render('menshen', ['--set', 'leaderElection.enabled=false'])).toThrow(
      'more than one operator needs leaderElection.enabled',
    );
  });

  test.each([
    ['image.digest=sha256:short', 'image.digest'],
    ['replicas=0', 'replicas'],
    ['logLevel=loud', 'logLevel'],
    ['imagee.tag=1', 'imagee'],
    ['crds.keeep=true', 'keeep'],
    ['resources.limits.memory=lots', 'memory'],
  ])('refuses %s', (set, named) => {
    const run = runHelm(['template', 'menshen', 'charts/menshen', '--set', set]);
    expect(run.status).not.toBe(0);
    expect(run.stderr).toContain(named.split('.').at(-1));
  });

  test('keeps the definitions on uninstall unless told otherwise, and leaves them out when asked', () => {
    const policies = (args: readonly string[]) =>
      of(render('menshen', args), 'CustomResourceDefinition').map(
        ({ metadata }) => metadata.annotations?.['helm.sh/resource-policy'],
      );
    expect(policies([])).toEqual(['keep', 'keep']);
    expect(policies(['--set', 'crds.keep=false'])).toEqual([undefined, undefined]);
    expect(policies(['--set', 'crds.enabled=false'])).toEqual([]);
  });

  test.each(['wecomtenants', 'compliancepolicies'])('installs %s exactly as in crds/', (name) => {
    const source = parse(readFileSync(`${ROOT}crds/${name}.yaml`, 'utf8'));
    const [crd] = of(render('menshen'), 'CustomResourceDefinition').filter(
      ({ metadata }) => metadata.name === source.metadata.name,
    );
    expect(crd?.['spec']).toEqual(source.spec);
  });

  test('switches monitoring on by kind', () => {
    const kinds = (set: string) =>
      of(render('menshen', ['--set', set]), set.includes('dash') ? 'ConfigMap' : 'ServiceMonitor');
    expect(kinds('monitoring.serviceMonitor.enabled=false')).toEqual([]);
    expect(kinds('monitoring.serviceMonitor.enabled=true').map(({ metadata }) => metadata.name)).toEqual([
      'menshen',
      'menshen-tenants',
    ]);
  });

  test('asks what it tests: helm test calls the operator through its Service', () => {
    const [pod] = render('menshen').filter(({ kind }) => kind === 'Pod');
    expect(pod?.metadata.annotations?.['helm.sh/hook']).toBe('test');
    expect(pod?.['spec'].containers[0].args[0]).toContain('http://menshen.menshen-system.svc:9464');
  });

  test('tells Artifact Hub the truth: image, kinds, examples that the API server would accept', () => {
    const { annotations, appVersion } = parse(readFileSync(`${ROOT}charts/menshen/Chart.yaml`, 'utf8'));
    const of = (key: string) => parse(annotations[`artifacthub.io/${key}`]);
    expect(of('images')[0].image).toBe(operatorOf([])['spec'].template.spec.containers[0].image);
    expect(of('images')[0].image.endsWith(`:${appVersion}`)).toBe(true);
    const crds = render('menshen').filter(({ kind }) => kind === 'CustomResourceDefinition');
    expect(
      of('crds')
        .map(({ name, kind }: { name: string; kind: string }) => [name, kind])
        .sort(),
    ).toEqual(crds.map(({ metadata, spec }) => [metadata.name, spec.names.kind]).sort());
    const text = of('crdsExamples')
      .map((example: unknown) => stringify(example))
      .join('---\n');
    expect(problemsOf(text)).toEqual([]);
    const { monitoring } = parse(readFileSync(`${ROOT}charts/menshen/values.yaml`, 'utf8'));
    expect(of('links')).toEqual([{ name: 'Runbooks', url: monitoring.prometheusRule.runbookBaseUrl }]);
    // The operator's README says why not more.
    const level = annotations['artifacthub.io/operatorCapabilities'];
    expect(level).toBe('Full Lifecycle');
    expect(readFileSync(`${ROOT}operator/README.md`, 'utf8')).toContain(`\`${level}\`, level III`);
  });

  test.each(['menshen', 'wecom-tenant'])(
    '%s refuses a Kubernetes without selectable fields, and takes the next',
    (chart) => {
      const values = chart === 'menshen' ? [] : ['--values', 'charts/wecom-tenant/ci/minimal-values.yaml'];
      const on = (version: string) =>
        runHelm(['template', 'x', `charts/${chart}`, ...values], undefined, version);
      expect(on('v1.30.9').stderr).toContain('requires kubeVersion: >=1.31.0-0');
      expect(on('v1.31.0').stderr).toBe('');
    },
  );

  test('NOTES name the next three commands', () => {
    const notes = readFileSync(`${ROOT}charts/menshen/templates/NOTES.txt`, 'utf8');
    expect(notes.split('\n').filter((line) => /^ {2}(kubectl|helm) /.test(line))).toHaveLength(3);
  });
});
