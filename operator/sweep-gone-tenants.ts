// What was made outside of Kubernetes for tenants that are gone, removed when their time is over: operator/tenants/sweep with ways in.
import { type ClickHouse, openClickHouse } from '@menshen/clickhouse/client';
import type { Logger } from '@menshen/telemetry/logger';
import type { ApiClient } from './kube/api-client.ts';
import type { Clock, Random, WallClock } from './kube/clock.ts';
import type { ConnectionPool } from './messaging/pool-connections.ts';
import { readSecret } from './messaging/read-access.ts';
import type { ProvisioningKeys } from './provision-tenants.ts';
import type { TenantRecords } from './tenants/sweep/keep-records.ts';
import { keepSweeping, type SweepEvent } from './tenants/sweep/sweep-orphans.ts';
import type { SecretSource, TenantRecord } from './tenants/sweep/tenant-record.ts';

export interface Sweeping {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly wallClock: WallClock;
  readonly random: Random;
  readonly pool: ConnectionPool;
  readonly records: TenantRecords;
  readonly keys: ProvisioningKeys;
  readonly ownCredentials: (() => Promise<Uint8Array>) | undefined;
  readonly logger: Logger;
}

/** Goes on until the signal. Never rejects. */
export async function sweepGoneTenants(sweeping: Sweeping, signal: AbortSignal): Promise<void> {
  const { pool, logger } = sweeping;
  await keepSweeping(
    {
      ...sweeping,
      borrowNats: async (record) => await pool.borrow(await natsOf(record, sweeping)),
      openClickHouse: (record) => clickHouseOf(record, sweeping),
      report: (event) => tell(event, logger),
      failed: (error) => logger.warn({ error }, 'cannot look for tenants that have gone'),
    },
    signal,
  );
}

/** The Secrets of a tenant may have gone with it; then only a key of the operator's own helps, and without one nothing is removed. */
async function natsOf({ nats }: TenantRecord, { client, ownCredentials }: Sweeping) {
  const { url } = nats;
  if (nats.credentials !== undefined)
    return { url, credentials: Buffer.from(await read(client, nats.credentials)) };
  return ownCredentials === undefined ? { url } : { url, credentials: await ownCredentials() };
}

async function clickHouseOf(
  { clickhouse: { url, username, password } }: TenantRecord,
  { client, keys }: Sweeping,
): Promise<ClickHouse> {
  const database = 'default';
  if (password !== undefined)
    return openClickHouse({ url, username, password: await read(client, password), database });
  const admin = username === 'default' ? keys.clickhouseAdmin : undefined;
  return openClickHouse({ url, username, password: '', ...admin, database });
}

function read(client: ApiClient, { namespace, name, key }: SecretSource): Promise<string> {
  return readSecret(client, namespace, { name, key });
}

function tell({ corpId, tenant, kind, error }: SweepEvent, logger: Logger): void {
  const about = { corpId, tenant, outcome: kind };
  if (kind === 'Failed') logger.warn({ ...about, error }, 'what a gone tenant left cannot be removed yet');
  else if (kind === 'Foreign')
    logger.error(about, 'what a gone tenant left carries the stamp of another owner: look at it');
  else logger.info(about, 'a tenant that has gone');
}
