// The operator's rights are exactly those that what it renders needs. A new kind in operator/tenants/render fails here until the chart
// grants it, and a right that nothing needs fails too.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { helm, type Manifest, ROOT, render, withoutHelm } from './run-helm.testkit.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** Kinds that the renderers know, as `group/resource`. */
function renderedResources(): string[] {
  const source = readFileSync(`${ROOT}operator/tenants/render/manifest-types.ts`, 'utf8');
  const kinds = source.matchAll(/readonly apiVersion: '([^']+)';\s*readonly kind: '([^']+)'/g);
  return [...kinds].map(([, apiVersion = '', kind = '']) => {
    const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
    return `${group}/${plural(kind)}`;
  });
}

const plural = (kind: string): string => {
  const lower = kind.toLowerCase();
  if (lower.endsWith('y')) return `${lower.slice(0, -1)}ies`;
  return lower.endsWith('s') ? `${lower}es` : `${lower}s`;
};

const APPLIED = ['get', 'list', 'watch', 'create', 'patch', 'delete'];
/** Kinds that not every cluster has: they are asked for when a tenant wants one. */
const UNWATCHED = new Set(['gateway.networking.k8s.io/httproutes', 'keda.sh/scaledobjects']);
const APPLIED_UNWATCHED = APPLIED.filter((verb) => verb !== 'watch');
const READ = ['get', 'list', 'watch'];
/** What the operator needs beside what it renders. */
const ITS_OWN: Readonly<Record<string, readonly string[]>> = {
  'menshen.dev/wecomtenants': READ,
  'menshen.dev/compliancepolicies': READ,
  'menshen.dev/wecomtenants/status': ['get', 'patch'],
  'menshen.dev/compliancepolicies/status': ['get', 'patch'],
  'menshen.dev/wecomtenants/finalizers': ['update'],
  '/secrets': ['get'],
  '/persistentvolumeclaims': ['get'],
  '/pods': ['list'],
  '/namespaces': READ,
  'events.k8s.io/events': ['create', 'patch'],
};

const rights = (rules: readonly Rule[]): Record<string, readonly string[]> =>
  Object.fromEntries(
    rules.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) => resources.map((resource) => [`${group}/${resource}`, verbs])),
    ),
  );

describe.skipIf(helm.path === undefined)(`rights${withoutHelm}`, () => {
  const rendered: Manifest[] = helm.path === undefined ? [] : render('menshen');
  const role = (kind: string, name: string): Rule[] =>
    rendered.find((manifest) => manifest.kind === kind && manifest.metadata.name === name)?.['rules'];

  test('of the operator are those that its work needs, and no more', () => {
    const resources = renderedResources();
    expect(resources).toContain('apps/deployments');
    const applied = Object.fromEntries(
      resources.map((resource) => [resource, UNWATCHED.has(resource) ? APPLIED_UNWATCHED : APPLIED]),
    );
    expect(rights(role('ClusterRole', 'menshen-operator'))).toEqual({ ...ITS_OWN, ...applied });
  });

  test.each([
    ['none', [], ['get']],
    ['of the NATS account', ['messaging.accountKeySecretRef.name=nats'], ['get', 'create', 'patch']],
    ['of a ClickHouse administrator', ['clickhouse.adminSecretRef.name=ch'], ['get', 'create', 'patch']],
  ] as const)('to write Secrets come with a key to make credentials: %s', (_, values, verbs) => {
    const flags = values.flatMap((value) => ['--set', value]);
    const manifests = render('menshen', flags);
    const operator = manifests.find(
      ({ kind, metadata }) => kind === 'ClusterRole' && metadata.name === 'menshen-operator',
    );
    expect(rights(operator?.['rules'])['/secrets']).toEqual(verbs);
    const deployment = manifests.find(({ kind }) => kind === 'Deployment');
    const { containers, volumes } = deployment?.['spec'].template.spec ?? {};
    const args: string[] = containers[0].args;
    expect(args.some((arg) => arg.startsWith('--nats-account-key-file='))).toBe(
      values[0]?.startsWith('messaging') ?? false,
    );
    expect(args.some((arg) => arg.startsWith('--clickhouse-admin-'))).toBe(
      values[0]?.startsWith('clickhouse') ?? false,
    );
    expect(volumes.some(({ name }: { name: string }) => name === 'keys')).toBe(values.length > 0);
  });

  test('of the leader are to one lease', () => {
    expect(role('Role', 'menshen-leader')).toEqual([
      { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
      {
        apiGroups: ['coordination.k8s.io'],
        resources: ['leases'],
        resourceNames: ['menshen'],
        verbs: ['get', 'update'],
      },
    ]);
  });

  test('never hold a wildcard, in any role of the chart', () => {
    const roles = rendered.filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role');
    expect(roles.length).toBe(5);
    for (const { metadata, rules } of roles) expect(JSON.stringify(rules), metadata.name).not.toContain('*');
  });

  test.each([
    ['view', false],
    ['edit', true],
    ['admin', true],
  ])('of people with %s reach our kinds, never their status', (who, mayWrite) => {
    const found = rights(role('ClusterRole', `menshen-${who}`));
    expect(found['menshen.dev/wecomtenants']).toEqual(found['menshen.dev/compliancepolicies']);
    expect(found['menshen.dev/wecomtenants']?.includes('delete')).toBe(mayWrite);
    expect(found['menshen.dev/wecomtenants/status']).toEqual(['get']);
    const labels = rendered.find(({ metadata }) => metadata.name === `menshen-${who}`)?.metadata.labels;
    expect(labels?.[`rbac.authorization.k8s.io/aggregate-to-${who}`]).toBe('true');
  });
});
