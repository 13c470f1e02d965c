// A WeComTenant after validation: every default of the CRD is filled in, so readers need no `?? default` of their own.
import type * as crd from '@menshen/crds/types/wecomtenants';

type With<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };

export interface SettledStorage extends Omit<crd.Storage, 'segments' | 'clickhouse' | 'objects'> {
  objects: { folder?: crd.FolderStore; s3?: With<crd.S3Store, 'prefix' | 'forcePathStyle'> };
  segments: Required<crd.Segments>;
  clickhouse: With<crd.ClickHouse, 'username' | 'layout'>;
}

export interface SettledSdk
  extends Omit<
    With<crd.FinanceSdk, 'libraryPath' | 'callTimeout' | 'memoryLimit' | 'mediaProcesses'>,
    'image'
  > {
  image?: Required<crd.SdkImage>;
}

export interface SettledDeployment extends Omit<crd.TenantDeployment, 'topologySpread'> {
  profile: 'Compact' | 'Scaled';
  resources: Required<crd.PodResources>;
  topologySpread?: Required<crd.TopologySpread>[];
}

export interface SettledSource
  extends Omit<Required<crd.Source>, 'sdk' | 'proxy' | 'trust' | 'nodeSelector'> {
  sdk: SettledSdk;
  nodeSelector?: Readonly<Record<string, string>>;
  proxy?: crd.EgressProxy;
  trust?: With<crd.Trust, 'pins'>;
}

export interface SettledSpec {
  corpId: string;
  timeZone: string;
  archive: crd.Archive;
  source: SettledSource;
  callback?: crd.Callback;
  directory?: Required<crd.Directory>;
  media: Required<crd.Media>;
  messaging: With<crd.Messaging, 'replicas' | 'maxStreamBytes'>;
  storage: SettledStorage;
  policies: With<crd.PolicyAdmission, 'from'>;
  deployment: SettledDeployment;
  scanner: With<crd.Scanner, Exclude<keyof crd.Scanner, 'kedaPrometheusUrl'>>;
  models?: With<crd.ModelServer, 'timeout' | 'batchSize'>[];
  networkPolicy: Required<crd.TenantNetworkPolicy>;
  reclaimPolicy: 'Retain' | 'Delete';
  reclaimAfter: string;
  alerting: {
    channels: With<crd.AlertingChannel, 'includeContent'>[];
    routes: Required<crd.AlertingRoute>[];
  };
  suspend: boolean;
}

export interface SettledTenant extends Omit<crd.WeComTenant, 'spec' | 'metadata'> {
  metadata: With<crd.ObjectMeta, 'namespace'>;
  spec: SettledSpec;
  /** Of which engines the operator makes the credentials of this tenant's processes (provision/name-credentials.ts). */
  made?: { readonly nats: boolean; readonly clickhouse: boolean };
}

/**
 * Marks a tenant that the API server, or the manifest validator, has accepted and defaulted.
 * Only the namespace can still be missing in a file: `default`, as kubectl would have it.
 */
export function settleTenant(accepted: crd.WeComTenant): SettledTenant {
  const namespace = accepted.metadata.namespace ?? 'default';
  // The CRD's defaults are what makes this cast true; a test reads every settled field off a validated minimal tenant.
  return { ...(accepted as SettledTenant), metadata: { ...accepted.metadata, namespace } };
}
