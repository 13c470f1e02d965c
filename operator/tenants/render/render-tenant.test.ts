// What a tenant becomes, as a table of behaviours: which pods, with which configuration, secrets and rights.

import type { RoleConfig } from '@menshen/contracts/role-config';
import { parseRoleConfig } from '@menshen/contracts/role-config-schema';
import { describe, expect, test } from 'vitest';
import type { SettledTenant } from '../settled-tenant.ts';
import { tenantExample } from '../tenants.testkit.ts';
import type { ConfigMap, Deployment, RenderedObject, Volume } from './manifest-types.ts';
import { type RenderOptions, renderTenant } from './render-tenant.ts';

const options: RenderOptions = { image: 'menshen@sha256:00' };
const minimal = tenantExample('minimal');
const scaled = tenantExample('scaled');

type Kind = RenderedObject['kind'];
type OfKind<K extends Kind> = Extract<RenderedObject, { kind: K }>;

function objectsOf<K extends Kind>(tenant: SettledTenant, kind: K, using = options): OfKind<K>[] {
  return renderTenant(tenant, using).filter((object): object is OfKind<K> => object.kind === kind);
}

function byComponent(tenant: SettledTenant, component: string, using = options): Deployment {
  const name = `${tenant.metadata.name}-${component}`;
  const found = objectsOf(tenant, 'Deployment', using).find((object) => object.metadata.name === name);
  if (found === undefined) throw new Error(`no Deployment ${name}`);
  return found;
}

function configOf(object: ConfigMap): RoleConfig {
  const parsed = parseRoleConfig(object.data['config.json'] ?? '');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}

const rolesOf = (deployment: Deployment): string[] =>
  deployment.spec.template.spec.containers.flatMap((container) => container.args[0] ?? []);

describe('workloads', () => {
  test('Compact is one pod with every role', () => {
    const deployments = objectsOf(minimal, 'Deployment');
    expect(
      deployments.map((object) => [object.metadata.name, object.spec.replicas, rolesOf(object)]),
    ).toEqual([['acme-compact', 1, ['--roles=ingest,archiver,scanner,notifier']]]);
  });

  test('Scaled is a Deployment per role, and only the scanner has replicas', () => {
    const deployments = objectsOf(scaled, 'Deployment');
    expect(
      deployments.map((object) => [object.metadata.name, object.spec.replicas, rolesOf(object)]),
    ).toEqual([
      ['globex-ingest', 1, ['--roles=ingest']],
      ['globex-archiver', 1, ['--roles=archiver']],
      ['globex-scanner', 1, ['--roles=scanner']],
      ['globex-notifier', 1, ['--roles=notifier']],
    ]);
  });

  test('a suspended tenant keeps its Deployments, at zero', () => {
    const suspended = tenantExample('scaled', (spec) => (spec.suspend = true));
    expect(objectsOf(suspended, 'Deployment').map((object) => object.spec.replicas)).toEqual([0, 0, 0, 0]);
  });

  test('only scanners may overlap during a roll-out', () => {
    const strategies = objectsOf(scaled, 'Deployment').map((object) => object.spec.strategy.type);
    expect(strategies).toEqual(['Recreate', 'Recreate', 'RollingUpdate', 'Recreate']);
  });
});

describe('configuration', () => {
  test.each([
    ['minimal', minimal],
    ['scaled', scaled],
  ])('of %s is what every process accepts', (_name, tenant) => {
    for (const object of objectsOf(tenant, 'ConfigMap'))
      expect(parseRoleConfig(object.data['config.json'] ?? '')).toMatchObject({ ok: true });
  });

  test('a process gets the sections of its own roles only', () => {
    const sections = objectsOf(scaled, 'ConfigMap').map((object) => {
      const { ingest, archiver, scanner, notifier } = configOf(object);
      return [ingest, archiver, scanner, notifier].map((section) => section !== undefined);
    });
    expect(sections).toEqual([
      [true, false, false, false],
      [false, true, false, false],
      [false, false, true, false],
      [false, false, false, true],
    ]);
  });

  test('units are converted', () => {
    const [ingest, archiver, scanner, notifier] = objectsOf(scaled, 'ConfigMap').map(configOf);
    expect(ingest?.ingest).toMatchObject({
      pollIntervalMs: 1000,
      directoryRefreshMs: 1_800_000,
      decryptWorkers: 4,
      media: { enabled: true, concurrency: 16, maxBytes: 512 * 2 ** 20 },
    });
    expect(ingest?.nats).toMatchObject({ replicas: 3, maxStreamBytes: 64 * 2 ** 30 });
    expect(ingest?.clickhouse).toMatchObject({ database: 'wecom_ww0fedcba987654321', layout: 'cluster' });
    expect(archiver?.archiver).toEqual({
      segmentBytes: 64 * 2 ** 20,
      segmentMaxAgeMs: 10_000,
      purgeAfterMs: 7 * 86_400_000,
    });
    expect(scanner?.scanner).toEqual({
      batchSize: 256,
      partitioned: true,
      models: [
        {
          name: 'toxicity',
          url: 'http://models.ml.svc:8080/score',
          timeoutMs: 1000,
          batchSize: 32,
          tokenFile: '/etc/menshen/secrets/models/toxicity/token',
        },
      ],
    });
    expect(notifier?.notifier?.routes[1]).toEqual({
      minSeverity: 'Critical',
      policies: [],
      channels: ['on-call', 'branch-heads'],
      groupBy: ['Policy', 'Sender'],
      groupWaitMs: 5000,
      repeatIntervalMs: 1_800_000,
    });
  });

  test('the Finance SDK is the default engine, and WeCom itself its address', () => {
    const left = tenantExample('finance-sdk', (spec) => Reflect.deleteProperty(spec, 'source'));
    expect(configOf(objectsOf(left, 'ConfigMap')[0] as ConfigMap).ingest).toMatchObject({
      engine: 'FinanceSDK',
      apiUrl: 'https://qyapi.weixin.qq.com',
      sdk: {
        libraryPath: '/opt/wecom-sdk/libWeWorkFinanceSdk_C.so',
        callTimeoutSeconds: 30,
        memoryLimitBytes: 512 * 2 ** 20,
        mediaProcesses: 2,
      },
    });
  });

  test('proxy and further authorities of the SDK are secret files', () => {
    const { ingest } = configOf(objectsOf(tenantExample('finance-sdk'), 'ConfigMap')[0] as ConfigMap);
    expect(ingest).toMatchObject({
      sdk: { mediaProcesses: 4 },
      proxy: { urlFile: '/etc/menshen/secrets/proxy-url' },
      trust: { caFile: '/etc/menshen/secrets/wecom-authorities.pem', pins: [`${'A'.repeat(43)}=`] },
    });
  });

  test('with engine Simulator nothing is said of the SDK', () => {
    const { ingest } = configOf(objectsOf(minimal, 'ConfigMap')[0] as ConfigMap);
    expect(Object.keys(ingest ?? {})).not.toContain('sdk');
  });

  test('the volume of the SDK is read-only, and mounted by ingest alone', () => {
    const spread = tenantExample('finance-sdk', (spec) => (spec.deployment = { profile: 'Scaled' }));
    const mounts = objectsOf(spread, 'Deployment').map(({ metadata, spec }) => [
      metadata.name,
      spec.template.spec.containers[0]?.volumeMounts.find(({ name }) => name === 'sdk'),
      spec.template.spec.volumes.find(({ name }) => name === 'sdk'),
    ]);
    expect(mounts).toEqual([
      [
        'initech-ingest',
        { name: 'sdk', mountPath: '/opt/wecom-sdk', readOnly: true },
        { name: 'sdk', persistentVolumeClaim: { claimName: 'wecom-finance-sdk' } },
      ],
      ['initech-archiver', undefined, undefined],
      ['initech-scanner', undefined, undefined],
      ['initech-notifier', undefined, undefined],
    ]);
  });

  test('a single scanner reads all partitions with one consumer', () => {
    expect(objectsOf(minimal, 'ConfigMap').map((object) => configOf(object).scanner?.partitioned)).toEqual([
      false,
    ]);
  });

  test('without callback and directory there are none', () => {
    const ingest = configOf(objectsOf(minimal, 'ConfigMap')[0] as ConfigMap).ingest;
    expect(ingest).not.toHaveProperty('callback');
    expect(ingest).not.toHaveProperty('directorySecretFile');
  });
});

describe('secrets', () => {
  const secretsOf = (deployment: Deployment): Record<string, string[]> => {
    const projected = deployment.spec.template.spec.volumes.flatMap((volume) =>
      'projected' in volume ? volume.projected.sources : [],
    );
    const secrets = projected.flatMap((source) => ('secret' in source ? [source.secret] : []));
    return Object.fromEntries(secrets.map(({ name, items }) => [name, items.map((item) => item.key)]));
  };

  test('each pod mounts those of its roles only', () => {
    const common = { 'globex-nats': ['user.creds'], 'globex-clickhouse': ['password'] };
    const s3 = { 'globex-s3': ['access-key-id', 'secret-access-key'] };
    expect(secretsOf(byComponent(scaled, 'ingest'))).toEqual({
      ...common,
      ...s3,
      'globex-wecom': ['archive', 'contacts', 'callback-token', 'callback-aes-key'],
      'globex-wecom-keys': ['v1.pem', 'v2.pem'],
    });
    expect(secretsOf(byComponent(scaled, 'scanner'))).toEqual({ 'acme-models': ['token'], ...common, ...s3 });
    expect(secretsOf(byComponent(scaled, 'notifier'))).toEqual({
      ...common,
      ...s3,
      'globex-alerting': ['webhook-signing-key', 'robot-url'],
    });
  });

  test.each([
    ['minimal', minimal],
    ['scaled', scaled],
  ])('every file the configuration of %s names is mounted, and no other', (_name, tenant) => {
    const configs = objectsOf(tenant, 'ConfigMap');
    for (const deployment of objectsOf(tenant, 'Deployment')) {
      const config = configs.find((object) => object.metadata.name === deployment.metadata.name);
      const named = config?.data['config.json']?.match(/\/etc\/menshen\/secrets\/[^"]+/g) ?? [];
      expect(named.length).toBeGreaterThan(0);
      expect(mountedFiles(deployment)).toEqual([...named, '/etc/menshen/config.json'].sort());
    }
  });

  test('no value of a secret is anywhere', () => {
    // Secrets are only ever referenced, so nothing rendered can hold more than their names.
    const kinds = new Set(renderTenant(scaled, options).map((object) => object.kind));
    expect([...kinds].sort()).toEqual([
      'ConfigMap',
      'Deployment',
      'NetworkPolicy',
      'PodDisruptionBudget',
      'Service',
      'ServiceAccount',
    ]);
  });
});

function mountedFiles(deployment: Deployment): string[] {
  const { containers, volumes } = deployment.spec.template.spec;
  const mounts = new Map(
    containers.flatMap((one) => one.volumeMounts.map((mount) => [mount.name, mount.mountPath])),
  );
  return volumes
    .flatMap((volume) => filesOf(volume).map((path) => `${mounts.get(volume.name)}/${path}`))
    .sort();
}

function filesOf(volume: Volume): string[] {
  if (!('projected' in volume)) return [];
  return volume.projected.sources.flatMap((source) =>
    ('secret' in source ? source.secret : source.configMap).items.map((item) => item.path),
  );
}

describe('pods', () => {
  test.each(['ingest', 'archiver', 'scanner', 'notifier'])(
    '%s keeps the restricted pod security standard',
    (role) => {
      const pod = byComponent(scaled, role).spec.template.spec;
      expect(pod).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      });
      for (const container of pod.containers)
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
      // Volume types the standard allows.
      for (const volume of pod.volumes)
        expect(['emptyDir', 'projected', 'persistentVolumeClaim']).toContain(
          Object.keys(volume).find((key) => key !== 'name'),
        );
    },
  );

  test('probes, resources and a grace period are set', () => {
    const pod = byComponent(scaled, 'scanner').spec.template.spec;
    const [container] = pod.containers;
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(30);
    expect(container?.startupProbe.httpGet).toEqual({ path: '/started', port: 'http' });
    expect(container?.livenessProbe.httpGet).toEqual({ path: '/live', port: 'http' });
    expect(container?.readinessProbe.httpGet).toEqual({ path: '/ready', port: 'http' });
    expect(container?.resources).toEqual({
      requests: { cpu: '500m', memory: '512Mi' },
      limits: { memory: '2Gi' },
    });
  });

  test('the record is a volume where it is a folder, and none where it is a bucket', () => {
    const claims = (tenant: SettledTenant): string[] =>
      objectsOf(tenant, 'Deployment').flatMap((object) =>
        object.spec.template.spec.volumes.flatMap((volume) =>
          'persistentVolumeClaim' in volume ? [volume.persistentVolumeClaim.claimName] : [],
        ),
      );
    expect(claims(minimal)).toEqual(['acme-record']);
    expect(claims(scaled)).toEqual([]);
  });

  test('the selector finds the pods and never changes with the spec', () => {
    for (const deployment of objectsOf(scaled, 'Deployment'))
      expect(deployment.spec.template.metadata.labels).toMatchObject(deployment.spec.selector.matchLabels);
    const changed = tenantExample('scaled', (spec) => {
      spec.scanner = { minReplicas: 2, maxReplicas: 4 };
      spec.timeZone = 'Europe/London';
    });
    expect(byComponent(changed, 'scanner').spec.selector).toEqual(
      byComponent(scaled, 'scanner').spec.selector,
    );
  });
});

describe('services', () => {
  const portsOf = (tenant: SettledTenant) =>
    objectsOf(tenant, 'Service').map((object) => [
      object.metadata.name,
      object.spec.ports.map(({ name, port }) => `${name}:${port}`),
    ]);

  test('show metrics, and the event server of ingest where there is a callback', () => {
    expect(portsOf(minimal)).toEqual([['acme-compact', ['http:9464']]]);
    expect(portsOf(scaled)).toEqual([
      ['globex-ingest', ['http:9464', 'callback:8090']],
      ['globex-archiver', ['http:9464']],
      ['globex-scanner', ['http:9464']],
      ['globex-notifier', ['http:9464']],
    ]);
  });
});

describe('restarts', () => {
  const annotations = (tenant: SettledTenant, component: string, using = options) =>
    byComponent(tenant, component, using).spec.template.metadata.annotations;

  test('a change of alerting restarts the notifier and nobody else', () => {
    const changed = tenantExample('scaled', (spec) => spec.alerting?.routes?.pop());
    expect(annotations(changed, 'notifier')).not.toEqual(annotations(scaled, 'notifier'));
    for (const role of ['ingest', 'archiver', 'scanner'])
      expect(annotations(changed, role)).toEqual(annotations(scaled, role));
  });

  test('a changed Secret restarts those who mount it and nobody else', () => {
    const after: RenderOptions = { ...options, secretVersions: { 'globex-wecom-keys': '2' } };
    expect(annotations(scaled, 'ingest', after)).not.toEqual(annotations(scaled, 'ingest'));
    expect(annotations(scaled, 'scanner', after)).toEqual(annotations(scaled, 'scanner'));
  });

  test('more scanners restart none of those that run', () => {
    const more = tenantExample('scaled', (spec) => (spec.scanner = { minReplicas: 3, maxReplicas: 8 }));
    expect(byComponent(more, 'scanner').spec.template).toEqual(byComponent(scaled, 'scanner').spec.template);
  });
});

describe('objects', () => {
  test('are the same for the same tenant', () => {
    expect(renderTenant(scaled, options)).toEqual(renderTenant(structuredClone(scaled), options));
  });

  test('are owned by the tenant that has a uid', () => {
    const owned = tenantExample('minimal', (_spec, tenant) => (tenant.metadata.uid = 'u-1'));
    for (const object of renderTenant(owned, options))
      expect(object.metadata.ownerReferences).toEqual([
        expect.objectContaining({ kind: 'WeComTenant', name: 'acme', uid: 'u-1', controller: true }),
      ]);
    for (const object of renderTenant(minimal, options))
      expect(object.metadata).not.toHaveProperty('ownerReferences');
  });

  test.each([
    ['a.tenant.with.dots', /^t-a-tenant-with-dots-[0-9a-f]{8}-compact$/],
    ['7-eleven', /^t-7-eleven-[0-9a-f]{8}-compact$/],
    ['x'.repeat(200), /^t-x+-[0-9a-f]{8}-compact$/],
    ['acme', /^acme-compact$/],
  ])('of a tenant called %s have names Kubernetes accepts', (name, form) => {
    const tenant = tenantExample('minimal', (_spec, object) => (object.metadata.name = name));
    for (const object of renderTenant(tenant, options)) {
      expect(object.metadata.name.length).toBeLessThanOrEqual(63);
      for (const value of Object.values(object.metadata.labels)) expect(value.length).toBeLessThanOrEqual(63);
    }
    expect(objectsOf(tenant, 'Deployment')[0]?.metadata.name).toMatch(form);
  });

  test('of two tenants with long names alike do not collide', () => {
    const names = ['a', 'b'].map((end) => {
      const tenant = tenantExample(
        'minimal',
        (_s, object) => (object.metadata.name = `${'x'.repeat(100)}${end}`),
      );
      return objectsOf(tenant, 'Deployment')[0]?.metadata.name;
    });
    expect(new Set(names).size).toBe(2);
  });
});
