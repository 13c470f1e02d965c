// Removes what a tenant left in ClickHouse: its database and its users. Only what carries the stamp of the very WeComTenant that is gone.
import { type ClickHouse, quoteName } from '@menshen/clickhouse/client';
import { databaseOf } from '@menshen/clickhouse/ensure-schema';
import { clusterClause } from '@menshen/clickhouse/schema';
import { listUserNames } from '../provision/clickhouse-access.ts';
import { readComment } from '../provision/provision-database.ts';
import { readAccessState } from '../provision/read-access-state.ts';
import { readStamp } from '../provision/stamp-owner.ts';
import type { TenantRecord } from './tenant-record.ts';

/**
 * `Foreign`: the database is not this tenant's, and nothing was removed. The connection must be one without the tenant's database, which may
 * be gone already. Rejects when ClickHouse cannot be asked, or may not be.
 */
export async function sweepClickHouse(
  clickhouse: ClickHouse,
  { corpId, uid, clickhouse: { layout } }: TenantRecord,
): Promise<'Swept' | 'Foreign'> {
  const cluster = clusterClause(layout);
  const database = databaseOf(corpId);
  const there = await clickhouse.query<{ name: string }>(
    'SELECT name FROM system.databases WHERE name = {name: String}',
    { name: database },
  );
  if (there.length > 0) {
    const stamp = readStamp(await readComment(clickhouse, database));
    if (stamp?.uid !== uid) return 'Foreign';
    await clickhouse.run(`DROP DATABASE IF EXISTS ${quoteName(database)}${cluster} SYNC`, { asAdmin: true });
  }
  const names = listUserNames(corpId);
  const { users } = await readAccessState(clickhouse, names);
  for (const name of names.filter((each) => users.has(each)))
    await clickhouse.run(`DROP USER IF EXISTS ${quoteName(name)}${cluster}`, { asAdmin: true });
  return 'Swept';
}
