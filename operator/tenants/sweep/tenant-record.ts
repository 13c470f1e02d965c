// What the operator remembers of a tenant beyond its WeComTenant: where its streams and tables are, whose they are, and what is to become of
// them. Kept in a ConfigMap of the operator's own namespace, because a finalizer would keep the tenant's namespace from ever being deleted.
import { createHash } from 'node:crypto';
import type { KubeObject } from '../../kube/kube-object.ts';
import { parseDurationMs } from '../parse-duration.ts';
import type { SettledTenant } from '../settled-tenant.ts';

/** A Secret of the tenant's namespace. It may be gone with the tenant: then only the operator's own keys open the door. */
export interface SecretSource {
  readonly namespace: string;
  readonly name: string;
  readonly key: string;
}

export interface TenantRecord {
  readonly corpId: string;
  /** metadata.uid of the WeComTenant that had it last. */
  readonly uid: string;
  /** `<namespace>/<name>` */
  readonly tenant: string;
  readonly reclaimPolicy: 'Retain' | 'Delete';
  readonly reclaimAfterMs: number;
  readonly nats: { readonly url: string; readonly credentials?: SecretSource };
  readonly clickhouse: {
    readonly url: string;
    readonly username: string;
    readonly password?: SecretSource;
    readonly layout: 'single' | 'cluster';
  };
  /** Since when there has been no WeComTenant of this corpId, ms since the epoch; absent while there is one. */
  readonly goneSinceMs?: number;
}

export function recordOf({ metadata, spec }: SettledTenant): TenantRecord {
  const { namespace, name, uid = '' } = metadata;
  const { credentialsSecretRef, url } = spec.messaging;
  const { clickhouse } = spec.storage;
  const source = (ref: { name: string; key: string }): SecretSource => ({
    namespace,
    name: ref.name,
    key: ref.key,
  });
  return {
    corpId: spec.corpId,
    uid,
    tenant: `${namespace}/${name}`,
    reclaimPolicy: spec.reclaimPolicy,
    reclaimAfterMs: parseDurationMs(spec.reclaimAfter),
    nats: {
      url,
      ...(credentialsSecretRef === undefined ? {} : { credentials: source(credentialsSecretRef) }),
    },
    clickhouse: {
      url: clickhouse.url,
      username: clickhouse.username,
      ...(clickhouse.passwordSecretRef === undefined
        ? {}
        : { password: source(clickhouse.passwordSecretRef) }),
      layout: clickhouse.layout === 'Cluster' ? 'cluster' : 'single',
    },
  };
}

/** The label by which records are listed. */
export const RECORD_LABEL = 'menshen.dev/tenant-record';
const ENTRY = 'record.json';

/** A corpId may differ from another by case alone, a name may not. */
export function recordName(corpId: string): string {
  const hash = createHash('sha256').update(corpId).digest('hex').slice(0, 8);
  return `menshen-tenant-${corpId.toLowerCase()}-${hash}`;
}

export interface RecordMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

export function writeRecord(record: TenantRecord, namespace: string): RecordMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: recordName(record.corpId),
      namespace,
      labels: {
        [RECORD_LABEL]: 'true',
        'menshen.dev/corp-id': record.corpId,
        'app.kubernetes.io/part-of': 'menshen',
      },
    },
    data: { [ENTRY]: JSON.stringify(record, undefined, 2) },
  };
}

/** `undefined` for one that is none of ours, or that somebody broke: what it was about is left alone for ever. */
export function readRecord({ data }: RecordMap): TenantRecord | undefined {
  try {
    const record = JSON.parse(data?.[ENTRY] ?? '') as TenantRecord;
    const isSound =
      typeof record.corpId === 'string' &&
      typeof record.uid === 'string' &&
      (record.reclaimPolicy === 'Retain' || record.reclaimPolicy === 'Delete') &&
      Number.isFinite(record.reclaimAfterMs) &&
      typeof record.nats.url === 'string' &&
      typeof record.clickhouse.url === 'string';
    return isSound ? record : undefined;
  } catch {
    return undefined;
  }
}
