// The Deployment of one workload.
import { createHash } from 'node:crypto';
import type { SettledTenant } from '../settled-tenant.ts';
import { objectLabels, selectorLabels } from './label-objects.ts';
import type { ConfigMap, Container, Deployment, DeploymentStrategy, Metadata } from './manifest-types.ts';
import type { Workload } from './plan-workloads.ts';
import { CONTAINER_SECURITY, POD_SECURITY } from './pod-security.ts';
import { HTTP_CONTAINER_PORT, HTTP_PORT, PROBES } from './probe-container.ts';
import { CONFIG_KEY } from './render-config-map.ts';
import { CALLBACK_PORT, CONFIG_FOLDER, type MountedSecret } from './render-role-config.ts';
import { renderScheduling } from './render-scheduling.ts';
import { renderSdkCopy } from './render-sdk.ts';
import { renderVolumes, TEMPORARY_FOLDER } from './render-volumes.ts';
import { spellCpu, spellMemory } from './spell-quantity.ts';

export interface DeploymentParts {
  readonly metadata: Metadata;
  readonly tenant: SettledTenant;
  readonly workload: Workload;
  readonly configMap: ConfigMap;
  readonly secrets: readonly MountedSecret[];
  readonly serviceAccountName: string;
  readonly image: string;
  /** resourceVersion, or a digest of the content, by name of the Secret. A change restarts the pods that use it. */
  readonly secretVersions: Readonly<Record<string, string>>;
}

/** Annotation that restarts pods when their configuration changes. */
export const CONFIG_CHECKSUM = 'menshen.dev/config-checksum';
/** Annotation that restarts pods when a Secret of theirs changes. */
export const SECRETS_CHECKSUM = 'menshen.dev/secrets-checksum';

/** Time to finish the batch in hand, close the segment and acknowledge, seconds. */
const GRACE_SECONDS = 60;

export function renderDeployment(parts: DeploymentParts): Deployment {
  const { tenant, workload } = parts;
  const { volumes, mounts } = renderVolumes({
    spec: tenant.spec,
    workload,
    configMapName: parts.configMap.metadata.name,
    secrets: parts.secrets,
  });
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: parts.metadata,
    spec: {
      ...(workload.replicas === 'Elsewhere' ? {} : { replicas: workload.replicas }),
      revisionHistoryLimit: 3,
      selector: { matchLabels: selectorLabels(tenant, workload.component) },
      strategy: strategyOf(workload),
      template: {
        metadata: { labels: objectLabels(tenant, workload.component), annotations: checksums(parts) },
        spec: {
          serviceAccountName: parts.serviceAccountName,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: GRACE_SECONDS,
          securityContext: POD_SECURITY,
          ...renderScheduling(tenant, workload),
          ...renderSdkCopy(parts),
          containers: [renderContainer(parts, mounts)],
          volumes,
        },
      },
    },
  };
}

function renderContainer(parts: DeploymentParts, volumeMounts: Container['volumeMounts']): Container {
  return {
    name: 'menshen',
    image: parts.image,
    args: [
      `--roles=${parts.workload.roles.join(',')}`,
      `--config=${CONFIG_FOLDER}/${CONFIG_KEY}`,
      `--port=${HTTP_PORT}`,
    ],
    // Said aloud, because the root is read-only and the volume at this path is the only place to write.
    env: [{ name: 'TMPDIR', value: TEMPORARY_FOLDER }],
    ports: containerPorts(parts.tenant, parts.workload),
    ...PROBES,
    resources: renderResources(parts.tenant),
    securityContext: CONTAINER_SECURITY,
    volumeMounts,
  };
}

/** Ports of a workload's container, which its Service shows under the same names. */
export function containerPorts(tenant: SettledTenant, workload: Workload): Container['ports'] {
  const listens = workload.roles.includes('ingest') && tenant.spec.callback !== undefined;
  const callback = { name: 'callback', containerPort: CALLBACK_PORT, protocol: 'TCP' } as const;
  return listens ? [HTTP_CONTAINER_PORT, callback] : [HTTP_CONTAINER_PORT];
}

function strategyOf(workload: Workload): DeploymentStrategy {
  if (!workload.mayOverlap) return { type: 'Recreate' };
  return { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
}

function renderResources(tenant: SettledTenant): Container['resources'] {
  const { cpuRequest, memoryRequest, memoryLimit } = tenant.spec.deployment.resources;
  // No CPU limit: throttling would only make messages late.
  return {
    requests: { cpu: spellCpu(cpuRequest), memory: spellMemory(memoryRequest) },
    limits: { memory: spellMemory(memoryLimit) },
  };
}

function checksums(parts: DeploymentParts): Record<string, string> {
  const names = [...new Set(parts.secrets.map((secret) => secret.ref.name))].sort();
  const versions = names.map((name) => `${name}=${parts.secretVersions[name] ?? ''}`);
  return {
    [CONFIG_CHECKSUM]: sha256(parts.configMap.data[CONFIG_KEY] ?? ''),
    [SECRETS_CHECKSUM]: sha256(versions.join('\n')),
  };
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
