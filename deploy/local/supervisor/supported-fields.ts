// Exactly the fields the operator's renderers emit. Any other is refused by name: a field that a laptop would silently ignore
// is a promise broken. What a process on a laptop cannot obey (users, seccomp, CPU requests) is accepted only with the value we render.

import type { Deployment, Metadata, RenderedObject } from '@menshen/operator/tenants/render/manifest-types';
import { SCHEDULING_FIELDS } from './list-ignored.ts';

export interface UnsupportedField {
  /** `Deployment acme-compact` */
  readonly object: string;
  /** `spec.template.spec.hostNetwork` */
  readonly field: string;
  readonly message: string;
}

/** Fields of `object` that the supervisor does not understand, or not with this value, or that it needs and are missing. */
export function listUnsupported(object: RenderedObject): UnsupportedField[] {
  // It may lack anything: that is what is being found out.
  const name = `${object.kind} ${(object.metadata as Partial<Metadata> | undefined)?.name ?? ''}`.trim();
  const shape = KINDS[object.kind];
  if (shape === undefined) return [{ object: name, field: 'kind', message: 'is not known here' }];
  return compare(shape, object, '').map((fault) => ({ object: name, ...fault }));
}

/** What may stand at a place: a kind of scalar, one of some values, a list, a map, an object, or one of several objects. */
type Shape =
  | 'string'
  | 'number'
  | 'boolean'
  | 'anything'
  | { readonly only: readonly unknown[] }
  | { readonly list: Shape }
  | { readonly map: Shape }
  | { readonly fields: Readonly<Record<string, Shape>>; readonly optional?: readonly string[] }
  | { readonly either: readonly Shape[] };

type Fault = Omit<UnsupportedField, 'object'>;

function compare(shape: Shape, value: unknown, field: string): Fault[] {
  if (shape === 'anything') return [];
  if (typeof shape === 'string')
    return typeof value === shape ? [] : [{ field, message: `must be a ${shape} here` }];
  if ('only' in shape) return compareOnly(shape.only, value, field);
  if ('list' in shape) return compareList(shape.list, value, field);
  if ('map' in shape) return compareMap(shape.map, value, field);
  if ('either' in shape) return compareEither(shape.either, value, field);
  return compareFields(shape, value, field);
}

function compareOnly(allowed: readonly unknown[], value: unknown, field: string): Fault[] {
  const given = JSON.stringify(value);
  if (allowed.some((one) => JSON.stringify(one) === given)) return [];
  const values = allowed.map((one) => JSON.stringify(one)).join(' or ');
  return [{ field, message: `local mode understands only ${values} here, not ${given}` }];
}

function compareList(items: Shape, value: unknown, field: string): Fault[] {
  if (!Array.isArray(value)) return [{ field, message: 'must be a list here' }];
  return value.flatMap((item, at) => compare(items, item, `${field}[${at}]`));
}

function compareMap(values: Shape, value: unknown, field: string): Fault[] {
  if (!isObject(value)) return [{ field, message: 'must be a map here' }];
  return Object.entries(value).flatMap(([key, child]) => compare(values, child, join(field, key)));
}

/** The shape with the fewest faults is the one that was meant. */
function compareEither(shapes: readonly Shape[], value: unknown, field: string): Fault[] {
  const faults = shapes.map((shape) => compare(shape, value, field));
  return faults.reduce((best, next) => (next.length < best.length ? next : best));
}

function compareFields(
  shape: { readonly fields: Readonly<Record<string, Shape>>; readonly optional?: readonly string[] },
  value: unknown,
  field: string,
): Fault[] {
  if (!isObject(value)) return [{ field, message: 'must be an object here' }];
  const unknown = Object.keys(value)
    .filter((key) => !Object.hasOwn(shape.fields, key))
    .map((key) => ({ field: join(field, key), message: 'is not understood by local mode' }));
  const known = Object.entries(shape.fields).flatMap(([key, child]) => {
    if (Object.hasOwn(value, key)) return compare(child, value[key], join(field, key));
    return shape.optional?.includes(key)
      ? []
      : [{ field: join(field, key), message: 'is needed by local mode' }];
  });
  return [...unknown, ...known];
}

const join = (field: string, key: string): string => (field === '' ? key : `${field}.${key}`);

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const strings: Shape = { map: 'string' };

const metadata: Shape = {
  fields: {
    name: 'string',
    namespace: 'string',
    labels: strings,
    ownerReferences: {
      list: {
        fields: {
          apiVersion: 'string',
          kind: 'string',
          name: 'string',
          uid: 'string',
          controller: { only: [true] },
          blockOwnerDeletion: { only: [true] },
        },
      },
    },
  },
  // A tenant from a file has no uid, so nothing can be owned by it.
  optional: ['ownerReferences'],
};

const keyToPath: Shape = { list: { fields: { key: 'string', path: 'string' } } };

const volume: Shape = {
  either: [
    { fields: { name: 'string', emptyDir: { fields: {} } } },
    { fields: { name: 'string', persistentVolumeClaim: { fields: { claimName: 'string' } } } },
    {
      fields: {
        name: 'string',
        projected: {
          fields: {
            // Files are made readable by their owner only, whatever the mode: on a laptop there is no fsGroup.
            defaultMode: { only: [0o440] },
            sources: {
              list: {
                either: [
                  { fields: { configMap: { fields: { name: 'string', items: keyToPath } } } },
                  { fields: { secret: { fields: { name: 'string', items: keyToPath } } } },
                ],
              },
            },
          },
        },
      },
    },
  ],
};

const probe: Shape = {
  fields: {
    httpGet: { fields: { path: 'string', port: 'string' } },
    periodSeconds: 'number',
    timeoutSeconds: 'number',
    failureThreshold: 'number',
  },
};

const container: Shape = {
  fields: {
    name: 'string',
    image: 'string',
    args: { list: 'string' },
    env: { list: { fields: { name: 'string', value: 'string' } } },
    ports: { list: { fields: { name: 'string', containerPort: 'number', protocol: { only: ['TCP'] } } } },
    startupProbe: probe,
    livenessProbe: probe,
    readinessProbe: probe,
    resources: {
      fields: {
        // What is asked for matters to a scheduler only; the limit is kept, as the kubelet keeps it.
        requests: { fields: { cpu: 'string', memory: 'string' } },
        limits: { fields: { memory: 'string' } },
      },
    },
    securityContext: {
      fields: {
        allowPrivilegeEscalation: { only: [false] },
        readOnlyRootFilesystem: { only: [true] },
        capabilities: { fields: { drop: { only: [['ALL']] } } },
      },
    },
    volumeMounts: {
      list: {
        fields: { name: 'string', mountPath: 'string', readOnly: { only: [true] } },
        optional: ['readOnly'],
      },
    },
  },
};

const pod: Shape = {
  fields: {
    serviceAccountName: 'string',
    automountServiceAccountToken: { only: [false] },
    enableServiceLinks: { only: [false] },
    terminationGracePeriodSeconds: 'number',
    securityContext: {
      fields: {
        runAsNonRoot: { only: [true] },
        runAsUser: 'number',
        runAsGroup: 'number',
        fsGroup: 'number',
        seccompProfile: { fields: { type: { only: ['RuntimeDefault'] } } },
      },
    },
    containers: { list: container },
    volumes: { list: volume },
    // On which node it runs: list-ignored.ts says that there is one.
    imagePullSecrets: { list: strings },
    nodeSelector: strings,
    priorityClassName: 'string',
    tolerations: { list: 'anything' },
    topologySpreadConstraints: { list: 'anything' },
  },
  optional: [...SCHEDULING_FIELDS],
};

const strategy: Shape = {
  either: [
    { fields: { type: { only: ['Recreate'] } } },
    {
      fields: {
        type: { only: ['RollingUpdate'] },
        rollingUpdate: { fields: { maxSurge: 'number', maxUnavailable: 'number' } },
      },
    },
  ],
};

/** Kinds that change nothing on one machine: list-ignored.ts names them and says why. */
const leftOut: Shape = {
  fields: { apiVersion: 'string', kind: 'string', metadata: 'anything', spec: 'anything' },
};

const deploymentSpec: { fields: Record<keyof Deployment['spec'], Shape> } = {
  fields: {
    replicas: 'number',
    // No history is kept: the manifests are files, and files have their own.
    revisionHistoryLimit: 'number',
    selector: { fields: { matchLabels: strings } },
    strategy,
    template: { fields: { metadata: { fields: { labels: strings, annotations: strings } }, spec: pod } },
  },
};

const KINDS: Readonly<Record<RenderedObject['kind'], Shape>> = {
  ServiceAccount: {
    fields: {
      apiVersion: { only: ['v1'] },
      kind: 'string',
      metadata,
      automountServiceAccountToken: { only: [false] },
    },
  },
  ConfigMap: { fields: { apiVersion: { only: ['v1'] }, kind: 'string', metadata, data: strings } },
  Service: {
    fields: {
      apiVersion: { only: ['v1'] },
      kind: 'string',
      metadata,
      spec: {
        fields: {
          type: { only: ['ClusterIP'] },
          selector: strings,
          ports: {
            list: {
              fields: { name: 'string', port: 'number', targetPort: 'string', protocol: { only: ['TCP'] } },
            },
          },
        },
      },
    },
  },
  Deployment: {
    fields: { apiVersion: { only: ['apps/v1'] }, kind: 'string', metadata, spec: deploymentSpec },
  },
  NetworkPolicy: leftOut,
  PodDisruptionBudget: leftOut,
  Ingress: leftOut,
  HTTPRoute: leftOut,
  ScaledObject: leftOut,
};
