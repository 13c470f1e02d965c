// Our two kinds at a real API server: what it accepts, fills in, and refuses in which words. Nothing of this may rest on our own validator.
import { readdir, readFile } from 'node:fs/promises';
import type { ApiError } from '@menshen/operator/kube/api-error';
import type { KubeObject } from '@menshen/operator/kube/kube-object';
import { patchStatus } from '@menshen/operator/kube/patch-status';
import type { Resource } from '@menshen/operator/kube/resource';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { installCrds } from './install-crds.ts';
import { openControlPlane, speakAs } from './open-control-plane.testkit.ts';
import { CRDS, NAMESPACES } from './resources.ts';

const EXAMPLES = new URL('../../crds/examples/', import.meta.url);
const LIBRARY = new URL('../../deploy/policies/', import.meta.url);
const of = (plural: string, kind: string): Resource => ({
  group: 'menshen.dev',
  version: 'v1alpha1',
  plural,
  kind,
  isNamespaced: true,
});
const TENANTS = of('wecomtenants', 'WeComTenant');
const POLICIES = of('compliancepolicies', 'CompliancePolicy');

type Manifest = KubeObject & { readonly spec: Record<string, unknown>; readonly status?: unknown };

const plane = await openControlPlane();

describe.skipIf(plane === undefined)('the custom resources', async () => {
  if (plane === undefined) return;
  const { client, transport } = await speakAs(plane.kubeconfigFile);
  const namespace = 'custom-resources';

  beforeAll(async () => {
    await installCrds(client);
    await client.create(NAMESPACES, { metadata: { name: namespace } });
  });
  afterAll(() => plane.stop());

  const example = async (file: string): Promise<Manifest> => {
    const manifest = parse(await readFile(new URL(file, EXAMPLES), 'utf8')) as Manifest;
    return { ...manifest, metadata: { ...manifest.metadata, namespace } };
  };
  const resourceOf = ({ kind }: KubeObject): Resource => (kind === 'WeComTenant' ? TENANTS : POLICIES);
  const named = (manifest: Manifest, name: string): Manifest => ({
    ...manifest,
    metadata: { name, namespace },
  });
  const tenant = async (name: string, change: (spec: Record<string, unknown>) => object = () => ({})) => {
    const minimal = await example('wecomtenant-minimal.yaml');
    return { ...named(minimal, name), spec: { ...minimal.spec, ...change(minimal.spec) } };
  };
  const policy = async (name: string, rule: object) => {
    const minimal = await example('compliancepolicy-minimal.yaml');
    return { ...named(minimal, name), spec: { ...minimal.spec, rules: [rule] } };
  };
  const refusal = async (call: Promise<unknown>): Promise<string> =>
    await call.then(
      () => 'accepted',
      (error: ApiError) => `${error.kind}: ${error.message}`,
    );

  it('are established with status subresource and columns', async () => {
    for (const plural of ['wecomtenants', 'compliancepolicies']) {
      const crd = await client.get<KubeObject & { spec: { versions: { subresources: unknown }[] } }>(CRDS, {
        name: `${plural}.menshen.dev`,
      });
      expect(crd?.spec.versions[0]?.subresources).toHaveProperty('status');
    }
  });

  it('accept every example', async () => {
    for (const file of await readdir(EXAMPLES)) {
      const manifest = await example(file);
      expect(await client.create(resourceOf(manifest), manifest), file).toMatchObject({
        metadata: { generation: 1 },
      });
    }
  });

  it('accept every policy of the library: patterns, costs of rules, sizes', async () => {
    for (const file of (await readdir(LIBRARY)).filter((name) => name.endsWith('.yaml'))) {
      const manifest = parse(await readFile(new URL(file, LIBRARY), 'utf8')) as Manifest;
      const metadata = { ...manifest.metadata, namespace, name: `library-${manifest.metadata.name}` };
      expect(await client.create(POLICIES, { ...manifest, metadata }), file).toMatchObject({
        metadata: { generation: 1 },
        spec: { rules: { length: (manifest.spec['rules'] as unknown[]).length } },
      });
    }
  });

  it('fill in defaults', async () => {
    const made = await client.create<Manifest>(TENANTS, await tenant('defaults'));
    expect(made.spec).toMatchObject({
      timeZone: 'Asia/Shanghai',
      policies: { from: 'Same' },
      media: { enabled: true, concurrency: 4, maxBytes: '2Gi' },
    });
    const rules = await client.create<Manifest>(
      POLICIES,
      await policy('defaults', { name: 'r', any: [{ keywords: { terms: ['x'] } }] }),
    );
    expect(rules.spec).toMatchObject({
      mode: 'Enforce',
      severity: 'Medium',
      rules: [{ any: [{ keywords: { see: ['Folded'] } }] }],
    });
  });

  it.each<[string, (spec: Record<string, unknown>) => object, string]>([
    [
      'a scanner too many for one pod',
      () => ({ scanner: { maxReplicas: 2 } }),
      'set spec.deployment.profile to Scaled, or spec.scanner.maxReplicas to 1',
    ],
    [
      'fewer scanners at most than at least',
      () => ({ deployment: { profile: 'Scaled' }, scanner: { minReplicas: 3, maxReplicas: 2 } }),
      'minReplicas must not exceed maxReplicas',
    ],
    [
      'KEDA and no Prometheus for it',
      () => ({ scanner: { autoscaler: 'KEDA' } }),
      'kedaPrometheusUrl belongs to autoscaler KEDA',
    ],
    [
      'an SDK from two places',
      ({ source }) => ({
        source: { ...(source as object), sdk: { volumeClaimName: 'x', image: { reference: 'y' } } },
      }),
      'comes from one place',
    ],
    [
      'an Ingress that nobody can find',
      () => ({
        callback: {
          tokenSecretRef: { name: 'a', key: 'a' },
          aesKeySecretRef: { name: 'a', key: 'b' },
          ingress: {},
        },
      }),
      'ingress and gateway need a host',
    ],
    [
      'data given up within the hour',
      () => ({ reclaimAfter: '30m' }),
      'reclaimAfter must be from 1h to 8760h',
    ],
    [
      'a proxy for the simulator',
      ({ source }) => ({
        source: { ...(source as object), proxy: { urlSecretRef: { name: 'p', key: 'url' } } },
      }),
      'proxy is for engine FinanceSDK',
    ],
    [
      'a selector that is not asked for',
      () => ({ policies: { from: 'Same', namespaceSelector: {} } }),
      'namespaceSelector belongs to from Selector',
    ],
    [
      'a record in two places',
      () => ({ storage: { objects: {}, clickhouse: { url: 'http://c:8123' } } }),
      'the record is kept in exactly one place',
    ],
  ])('refuse a tenant with %s, and say what to do', async (_what, change, message) => {
    expect(await refusal(client.create(TENANTS, await tenant('refused', change)))).toContain(message);
  });

  it.each<[string, object, string]>([
    ['a pattern that is no RE2', { pattern: { regex: 'a(?=b)' } }, 'error parsing regexp'],
    ['a pattern that matches everything', { pattern: { regex: 'x*' } }, 'it would hit everywhere'],
    [
      'a condition that is two',
      { keywords: { terms: ['x'] }, pattern: { regex: 'x' } },
      'a condition is exactly one of',
    ],
    ['keywords without words', { keywords: {} }, 'there is nothing to look for'],
  ])('refuse a policy with %s, at the field', async (_what, condition, message) => {
    const said = await refusal(
      client.create(POLICIES, await policy('refused', { name: 'r', any: [condition] })),
    );
    expect(said).toContain(message);
    expect(said).toMatch(/^Invalid: .*spec\.rules\[0\]\.any\[0\]/);
  });

  it('refuse another corpId for a tenant that is there', async () => {
    const made = await client.create<Manifest>(TENANTS, await tenant('immutable'));
    const changed = { ...made, spec: { ...made.spec, corpId: 'ww0000000000000000' } };
    expect(await refusal(client.replace(TENANTS, changed))).toContain(
      'corpId is immutable, because every stream',
    );
  });

  it('keep status apart from spec: writing one leaves the other and the generation alone', async () => {
    const made = await client.create<Manifest>(TENANTS, await tenant('status'));
    const condition = {
      type: 'Ready',
      status: 'Unknown',
      reason: 'Reconciling',
      message: 'begun',
      observedGeneration: 1,
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    const write = { resource: TENANTS, status: { conditions: [condition] }, fieldManager: 'menshen' };
    expect(await patchStatus(client, { ...write, object: made })).toBe(true);
    const read = await client.get<Manifest>(TENANTS, made.metadata);
    expect(read).toMatchObject({
      metadata: { generation: 1 },
      spec: made.spec,
      status: { observedGeneration: 1, conditions: [condition] },
    });
    expect(await patchStatus(client, { ...write, object: read ?? made })).toBe(false);
    // What was read before the first write is outdated now.
    expect(
      await refusal(patchStatus(client, { ...write, status: { conditions: [] }, object: made })),
    ).toMatch(/^Conflict: /);
  });

  it.each([
    ['wecomtenants', ['Name', 'Corp', 'Profile', 'Suspended', 'Ready', 'Pending', 'Last Message', 'Age']],
    ['compliancepolicies', ['Name', 'Mode', 'Severity']],
  ])('print %s with columns people look for', async (plural, columns) => {
    const response = await transport({
      method: 'GET',
      path: `/apis/menshen.dev/v1alpha1/${plural}`,
      headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
      signal: AbortSignal.timeout(10_000),
    });
    let text = '';
    for await (const chunk of response.body) text += Buffer.from(chunk).toString('utf8');
    const table = JSON.parse(text) as { columnDefinitions: { name: string }[] };
    expect(table.columnDefinitions.map(({ name }) => name)).toEqual(expect.arrayContaining(columns));
  });
});
