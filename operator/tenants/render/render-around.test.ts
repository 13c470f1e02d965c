// What stands around a Deployment, as tables of behaviour: ways in, budgets, nodes, and where the SDK comes from.
import { describe, expect, test } from 'vitest';
import { tenantExample } from '../tenants.testkit.ts';
import type { Deployment, RenderedObject } from './manifest-types.ts';
import { type RenderOptions, renderTenant } from './render-tenant.ts';

type Example = Parameters<typeof tenantExample>[0];
type Change = Parameters<typeof tenantExample>[1];
const options: RenderOptions = { image: 'menshen:1' };

function render(name: Example, change?: Change, more: Partial<RenderOptions> = {}): RenderedObject[] {
  return renderTenant(tenantExample(name, change), { ...options, ...more });
}

function ofKind<K extends RenderedObject['kind']>(objects: RenderedObject[], kind: K) {
  return objects.filter((object): object is Extract<RenderedObject, { kind: K }> => object.kind === kind);
}

function podOf(objects: RenderedObject[], component: string) {
  const found = ofKind(objects, 'Deployment').find((each) => each.metadata.name.endsWith(`-${component}`));
  if (found === undefined) throw new Error(`no ${component}`);
  return found.spec.template.spec;
}

describe('the callback', () => {
  const host = 'events.globex.example';

  test('without a host is led to the tenant by its owner', () => {
    const objects = render('scaled');
    expect(ofKind(objects, 'Ingress')).toEqual([]);
    expect(ofKind(objects, 'HTTPRoute')).toEqual([]);
  });

  test('with a host is an Ingress to the Service of the pod that captures', () => {
    const objects = render('scaled', (spec) => {
      if (spec.callback)
        spec.callback = { ...spec.callback, host, ingress: { className: 'nginx', tlsSecretName: 'tls' } };
    });
    expect(ofKind(objects, 'Ingress')).toMatchObject([
      {
        metadata: { name: 'globex-ingest' },
        spec: {
          ingressClassName: 'nginx',
          tls: [{ hosts: [host], secretName: 'tls' }],
          rules: [
            {
              host,
              http: {
                paths: [{ backend: { service: { name: 'globex-ingest', port: { name: 'callback' } } } }],
              },
            },
          ],
        },
      },
    ]);
  });

  test('with a gateway is an HTTPRoute and no Ingress', () => {
    const objects = render('scaled', (spec) => {
      if (spec.callback)
        spec.callback = { ...spec.callback, host, gateway: { name: 'public', namespace: 'edge' } };
    });
    expect(ofKind(objects, 'Ingress')).toEqual([]);
    expect(ofKind(objects, 'HTTPRoute')).toMatchObject([
      {
        spec: {
          parentRefs: [{ name: 'public', namespace: 'edge' }],
          hostnames: [host],
          rules: [{ backendRefs: [{ name: 'globex-ingest', port: 8090 }] }],
        },
      },
    ]);
  });
});

describe('scanners', () => {
  const replicas = (objects: RenderedObject[]): unknown =>
    ofKind(objects, 'Deployment').find(({ metadata }) => metadata.name === 'globex-scanner')?.spec.replicas;

  test.each<[number | undefined, number]>([
    [undefined, 1],
    [3, 3],
    [99, 4],
    [0, 1],
  ])('%j wanted make %d', (scanners, expected) => {
    expect(replicas(render('scaled', undefined, scanners === undefined ? {} : { scanners }))).toBe(expected);
  });

  test('that KEDA scales have no number of ours, and its object has the bounds', () => {
    const objects = render('scaled', (spec) => {
      spec.scanner = {
        ...spec.scanner,
        autoscaler: 'KEDA',
        kedaPrometheusUrl: 'http://prometheus.monitoring.svc:9090',
      };
    });
    expect(replicas(objects)).toBeUndefined();
    expect(ofKind(objects, 'ScaledObject')).toMatchObject([
      { spec: { scaleTargetRef: { name: 'globex-scanner' }, minReplicaCount: 1, maxReplicaCount: 4 } },
    ]);
  });

  test('of a suspended tenant are none, and KEDA is not asked for any', () => {
    const objects = render('scaled', (spec) => {
      spec.suspend = true;
      spec.scanner = {
        ...spec.scanner,
        autoscaler: 'KEDA',
        kedaPrometheusUrl: 'http://prometheus.monitoring.svc:9090',
      };
    });
    expect(replicas(objects)).toBe(0);
    expect(ofKind(objects, 'ScaledObject')).toEqual([]);
  });

  test('have a disruption budget where there can be several, and nobody else has', () => {
    expect(ofKind(render('scaled'), 'PodDisruptionBudget').map(({ metadata }) => metadata.name)).toEqual([
      'globex-scanner',
    ]);
    expect(ofKind(render('minimal'), 'PodDisruptionBudget')).toEqual([]);
  });
});

describe('nodes', () => {
  test('with the fixed address bind only the pod that captures', () => {
    const objects = render('scaled', (spec) => {
      spec.source = { ...spec.source, nodeSelector: { egress: 'fixed' } };
      spec.deployment = { ...spec.deployment, nodeSelector: { pool: 'menshen' } };
    });
    expect(podOf(objects, 'ingest').nodeSelector).toEqual({ pool: 'menshen', egress: 'fixed' });
    expect(podOf(objects, 'scanner').nodeSelector).toEqual({ pool: 'menshen' });
  });

  test('spread scanners only, by their own labels', () => {
    const objects = render('scaled', (spec) => {
      spec.deployment = {
        ...spec.deployment,
        topologySpread: [{ topologyKey: 'topology.kubernetes.io/zone' }],
      };
    });
    expect(podOf(objects, 'scanner').topologySpreadConstraints).toMatchObject([
      { maxSkew: 1, labelSelector: { matchLabels: { 'app.kubernetes.io/component': 'scanner' } } },
    ]);
    expect(podOf(objects, 'archiver')).not.toHaveProperty('topologySpreadConstraints');
  });

  test('pull secrets, tolerations and priority are passed on as they are', () => {
    const asked = {
      imagePullSecrets: [{ name: 'registry' }],
      tolerations: [{ key: 'dedicated', operator: 'Exists' as const }],
      priorityClassName: 'compliance',
    };
    const objects = render('minimal', (spec) => (spec.deployment = { ...spec.deployment, ...asked }));
    expect(podOf(objects, 'compact')).toMatchObject(asked);
  });
});

describe('the library of the Finance SDK', () => {
  const withImage = (by: 'Copy' | 'ImageVolume'): RenderedObject[] =>
    render('finance-sdk', (spec) => {
      spec.source = {
        sdk: { image: { reference: 'registry.example/sdk@sha256:00', path: '/sdk/lib.so', by } },
      };
    });
  const libraryPath = (objects: RenderedObject[]): string =>
    JSON.parse(ofKind(objects, 'ConfigMap')[0]?.data['config.json'] ?? '').ingest.sdk.libraryPath;
  const sdkVolume = ({ spec }: Deployment) => spec.template.spec.volumes.find(({ name }) => name === 'sdk');

  test('is copied out of an image, by a container that fails nobody', () => {
    const objects = withImage('Copy');
    const [copy] = podOf(objects, 'compact').initContainers ?? [];
    expect(copy).toMatchObject({
      image: 'registry.example/sdk@sha256:00',
      securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
      volumeMounts: [{ name: 'sdk', mountPath: '/opt/wecom-sdk' }],
    });
    expect(copy?.command.slice(-2)).toEqual(['/sdk/lib.so', libraryPath(objects)]);
    expect(copy?.command[2]).toMatch(/exit 0$/);
  });

  test('is mounted as an image', () => {
    const objects = withImage('ImageVolume');
    expect(ofKind(objects, 'Deployment').map(sdkVolume)).toMatchObject([
      { image: { reference: 'registry.example/sdk@sha256:00' } },
    ]);
    expect(podOf(objects, 'compact')).not.toHaveProperty('initContainers');
    expect(libraryPath(objects)).toBe('/opt/wecom-sdk/sdk/lib.so');
  });

  test('is on a volume, or in the image of the services', () => {
    expect(ofKind(render('finance-sdk'), 'Deployment').map(sdkVolume)).toMatchObject([
      { persistentVolumeClaim: { claimName: 'wecom-finance-sdk' } },
    ]);
    const inImage = render(
      'finance-sdk',
      (spec) => (spec.source = { sdk: { libraryPath: '/opt/sdk/lib.so' } }),
    );
    expect(ofKind(inImage, 'Deployment').map(sdkVolume)).toEqual([undefined]);
    expect(libraryPath(inImage)).toBe('/opt/sdk/lib.so');
  });

  test.each<[string, Change]>([
    ['two places', (spec) => (spec.source = { sdk: { volumeClaimName: 'x', image: { reference: 'y' } } })],
    [
      'a path outside of its volume',
      (spec) => (spec.source = { sdk: { volumeClaimName: 'x', libraryPath: '/lib.so' } }),
    ],
  ])('in %s is refused', (_what, change) => {
    expect(() => render('finance-sdk', change)).toThrow(/library/);
  });
});
