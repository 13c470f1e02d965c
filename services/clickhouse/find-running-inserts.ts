// An insert outlives the process that sent it. Whoever takes over must not ask what is stored before the last one of these has ended.
import type { ClickHouse } from './client.ts';
import type { TableName } from './table-keys.ts';

/** How ClickHouse knows an insert of ours: by table and work. */
export const insertId = (database: string, table: string, token: string): string =>
  `menshen-${database}-${table}-${token}`;

/** Ids of the inserts into these tables that still run on the server that answers. Rejects when ClickHouse is away. */
export async function findRunningInserts(
  clickhouse: ClickHouse,
  tables: readonly TableName[],
): Promise<string[]> {
  const rows = await clickhouse.query<{ id: string }>(
    'SELECT query_id AS id FROM system.processes WHERE arrayExists(one -> startsWith(query_id, one), {beginnings: Array(String)})',
    { beginnings: tables.map((table) => insertId(clickhouse.database, table, '')) },
  );
  return rows.map(({ id }) => id);
}
