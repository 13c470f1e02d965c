// Which of these users ClickHouse has, and what they are granted. Asked by a user who may see that (SHOW USERS, SHOW GRANTS).
import type { ClickHouse } from '@menshen/clickhouse/client';
import type { AccessState, FoundGrant } from './clickhouse-access.ts';

export async function readAccessState(
  clickhouse: ClickHouse,
  names: readonly string[],
): Promise<Pick<AccessState, 'users' | 'grants'>> {
  const users = await clickhouse.query<{ name: string }>(
    'SELECT name FROM system.users WHERE name IN {names: Array(String)}',
    { names },
  );
  const grants = await clickhouse.query<FoundGrant>(
    'SELECT user_name AS user, access_type AS access, database, table, column FROM system.grants WHERE user_name IN {names: Array(String)} AND is_partial_revoke = 0',
    { names },
  );
  return { users: new Set(users.map(({ name }) => name)), grants };
}
