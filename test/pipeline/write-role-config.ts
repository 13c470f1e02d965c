// The configuration of one role as the operator would render it, for a stack of processes on this machine.
// What the operator really renders is tested by the demo, which runs the rendered Deployments; here a test may vary one value at a time.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RoleConfig } from '@menshen/contracts/role-config';
import { LOCAL_CLICKHOUSE_USER } from '@menshen/engines/start-clickhouse';

export interface StackAddresses {
  readonly natsUrl: string;
  readonly clickhouseUrl: string;
  readonly objectsDir: string;
  readonly simulator: {
    readonly url: string;
    readonly corpId: string;
    readonly secret: string;
    readonly directorySecret: string;
    readonly privateKeyFiles: Readonly<Record<string, string>>;
  };
  readonly webhook: { readonly url: string; readonly signingKey: string };
}

export type ConfigChange = (config: RoleConfig) => RoleConfig;

/** Writes `config.json` and its secret files into `folder` (made by the caller) and gives the file's path. */
export function writeRoleConfig(
  folder: string,
  addresses: StackAddresses,
  change: ConfigChange = (config) => config,
): string {
  const secret = (name: string, value: string): string => {
    const file = join(folder, name);
    writeFileSync(file, value, { mode: 0o600 });
    return file;
  };
  const config: RoleConfig = {
    corpId: addresses.simulator.corpId,
    tenant: { namespace: 'menshen-demo', name: 'acme' },
    timeZone: 'Asia/Shanghai',
    nats: { url: addresses.natsUrl, replicas: 1, maxStreamBytes: 8 * 1024 ** 3 },
    clickhouse: {
      url: addresses.clickhouseUrl,
      username: LOCAL_CLICKHOUSE_USER.username,
      passwordFile: secret('clickhouse-password', LOCAL_CLICKHOUSE_USER.password),
      database: databaseOf(addresses.simulator.corpId),
      layout: 'single',
    },
    objects: { kind: 'Folder', path: addresses.objectsDir },
    ingest: {
      engine: 'Simulator',
      apiUrl: addresses.simulator.url,
      archiveSecretFile: secret('archive-secret', addresses.simulator.secret),
      directorySecretFile: secret('directory-secret', addresses.simulator.directorySecret),
      privateKeys: Object.entries(addresses.simulator.privateKeyFiles).map(([version, file]) => ({
        version: Number(version),
        file,
      })),
      decryptWorkers: 2,
      pageLimit: 990,
      pullsPerMinute: 600,
      pollIntervalMs: 1_000,
      directoryRefreshMs: 3_600_000,
      media: { enabled: true, concurrency: 4, maxBytes: 256 * 1024 ** 2 },
    },
    archiver: { segmentBytes: 16 * 1024 ** 2, segmentMaxAgeMs: 500, purgeAfterMs: 7 * 24 * 3_600_000 },
    scanner: { batchSize: 500, partitioned: false },
    notifier: {
      channels: [
        {
          name: 'compliance',
          kind: 'Webhook',
          url: addresses.webhook.url,
          signingKeyFile: secret('webhook-key', addresses.webhook.signingKey),
          includeContent: false,
        },
      ],
      routes: [
        {
          minSeverity: 'Low',
          policies: [],
          channels: ['compliance'],
          groupBy: ['Policy', 'Conversation'],
          groupWaitMs: 200,
          repeatIntervalMs: 1_000,
        },
      ],
    },
  };
  const file = join(folder, 'config.json');
  writeFileSync(file, JSON.stringify(change(config), undefined, 2), { mode: 0o600 });
  return file;
}

export const databaseOf = (corpId: string): string => `wecom_${corpId}`;
