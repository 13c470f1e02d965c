// The admin database: a view for each table that reads across all tenants, for those who answer for all of them. Only users who are granted
// it see it; a tenant's users are not.
import { type ClickHouse, quoteName } from '@menshen/clickhouse/client';
import { clusterClause, type Layout } from '@menshen/clickhouse/schema';
import { TABLE_NAMES } from '@menshen/clickhouse/table-keys';

export const ADMIN_DATABASE = 'wecom_admin';

/** Databases of tenants, by the corpId that the CRD admits; `wecom_admin` is none. */
const TENANT_DATABASES = '^wecom_w[wx][0-9a-zA-Z]+$';

/** Makes what is missing. At least one tenant's tables must be there: a view takes its columns from them. */
export async function ensureAdminViews(clickhouse: ClickHouse, layout: Layout): Promise<void> {
  const there = await clickhouse.query<{ name: string }>(
    'SELECT name FROM system.tables WHERE database = {database: String}',
    { database: ADMIN_DATABASE },
  );
  const names = new Set(there.map(({ name }) => name));
  const missing = TABLE_NAMES.filter((table) => !names.has(table));
  if (missing.length === 0) return;
  const cluster = clusterClause(layout);
  await clickhouse.run(`CREATE DATABASE IF NOT EXISTS ${quoteName(ADMIN_DATABASE)}${cluster}`, {
    asAdmin: true,
  });
  for (const table of missing)
    await clickhouse.run(
      `CREATE VIEW IF NOT EXISTS ${quoteName(ADMIN_DATABASE)}.${quoteName(table)}${cluster} AS SELECT substring(_database, 7) AS corpId, * FROM merge(REGEXP('${TENANT_DATABASES}'), '^${table}$')`,
      { asAdmin: true },
    );
}
