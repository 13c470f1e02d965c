// Records of tenants as ConfigMaps of the operator's namespace.
import type { ApiClient } from '../../kube/api-client.ts';
import { CHILD_RESOURCES } from '../child-resources.ts';
import type { SettledTenant } from '../settled-tenant.ts';
import {
  RECORD_LABEL,
  type RecordMap,
  readRecord,
  recordName,
  recordOf,
  type TenantRecord,
  writeRecord,
} from './tenant-record.ts';

export interface RecordPorts {
  readonly client: Pick<ApiClient, 'get' | 'listPage' | 'patch' | 'delete'>;
  /** The operator's own. */
  readonly namespace: string;
  readonly fieldManager: string;
}

export interface TenantRecords {
  /** Before anything is made for the tenant outside of Kubernetes. Writes when it says something new. Rejects with ApiError. */
  remember(tenant: SettledTenant, signal?: AbortSignal): Promise<void>;
  list(signal?: AbortSignal): Promise<readonly TenantRecord[]>;
  write(record: TenantRecord, signal?: AbortSignal): Promise<void>;
  forget(corpId: string, signal?: AbortSignal): Promise<void>;
}

const { ConfigMap } = CHILD_RESOURCES;
const PAGE = 500;

export function createTenantRecords({ client, namespace, fieldManager }: RecordPorts): TenantRecords {
  /** What was last written or seen, by corpId: 200 tenants are not 200 requests a pass. */
  const known = new Map<string, string>();
  const nameOf = (corpId: string) => ({ namespace, name: recordName(corpId) });

  const write = async (record: TenantRecord, signal?: AbortSignal): Promise<void> => {
    const body = writeRecord(record, namespace);
    const patch = { type: 'Apply', body, fieldManager, force: true } as const;
    await client.patch(ConfigMap, nameOf(record.corpId), { ...patch, ...withSignal(signal) });
    known.set(record.corpId, JSON.stringify(record));
  };
  return {
    write,
    remember: async (tenant, signal) => {
      const record = recordOf(tenant);
      const { corpId } = record;
      if (known.get(corpId) === JSON.stringify(record)) return;
      const live = await client.get<RecordMap>(ConfigMap, nameOf(corpId), signal);
      const before = live === undefined ? undefined : readRecord(live);
      if (JSON.stringify(before) === JSON.stringify(record)) known.set(corpId, JSON.stringify(record));
      else await write(record, signal);
    },
    list: async (signal) => {
      const records: TenantRecord[] = [];
      let continueToken: string | undefined;
      do {
        const page = await client.listPage<RecordMap>(ConfigMap, {
          namespace,
          labelSelector: `${RECORD_LABEL}=true`,
          limit: PAGE,
          ...(continueToken === undefined ? {} : { continueToken }),
          ...withSignal(signal),
        });
        records.push(...page.items.map(readRecord).filter((record) => record !== undefined));
        continueToken = page.continueToken;
      } while (continueToken !== undefined && continueToken !== '');
      return records;
    },
    forget: async (corpId, signal) => {
      await client.delete(ConfigMap, nameOf(corpId), withSignal(signal));
      known.delete(corpId);
    },
  };
}

const withSignal = (signal: AbortSignal | undefined): { signal?: AbortSignal } =>
  signal === undefined ? {} : { signal };
