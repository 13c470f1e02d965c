// Makes a tenant's database and brings it forward. Migrations run once each, in order, and never change after they were released.
import { contentDigest } from '@menshen/contracts/digest';
import { type ClickHouse, quoteName } from './client.ts';
import { clusterClause, type Layout, schemaStatements } from './schema.ts';

/** The server lacks what the tables need (text index with the asciiCJK tokenizer). */
export class VersionTooOld extends Error {
  readonly found: string;

  constructor(found: string) {
    super(`ClickHouse ${found} is too old: ${OLDEST.join('.')} or newer is needed`);
    this.name = 'VersionTooOld';
    this.found = found;
  }
}

/** The database was made by a version of Menshen whose migrations are not these. */
export class SchemaMismatch extends Error {
  constructor(detail: string) {
    super(detail);
    this.name = 'SchemaMismatch';
  }
}

const OLDEST = [26, 7] as const;

interface Migration {
  readonly id: number;
  readonly statements: readonly string[];
}

const migrationsOf = (layout: Layout): readonly Migration[] => [
  { id: 1, statements: schemaStatements(layout) },
];

/** The database of a tenant. */
export const databaseOf = (corpId: string): string => `wecom_${corpId}`;

/**
 * Makes database and tables where they are missing and runs the migrations that are new. Safe to run at once from several processes:
 * every statement is `IF NOT EXISTS`. Rejects with {@link VersionTooOld} or {@link SchemaMismatch}.
 */
export async function ensureSchema(clickhouse: ClickHouse, layout: Layout): Promise<void> {
  const cluster = clusterClause(layout);
  await clickhouse.run(`CREATE DATABASE IF NOT EXISTS ${quoteName(clickhouse.database)}${cluster}`, {
    asAdmin: true,
  });
  await checkVersion(clickhouse);
  await clickhouse.run(migrationsTable(layout));
  const done = await readDone(clickhouse);
  const known = migrationsOf(layout);
  const unknown = [...done.keys()].filter((id) => !known.some((migration) => migration.id === id));
  if (unknown.length > 0)
    throw new SchemaMismatch(
      `${clickhouse.database} has migration ${unknown.join(', ')} of a newer version: schemas only go forward`,
    );
  for (const migration of known) await migrate(clickhouse, migration, done.get(migration.id));
}

async function migrate(
  clickhouse: ClickHouse,
  migration: Migration,
  doneAs: string | undefined,
): Promise<void> {
  const checksum = contentDigest(migration.statements.join(';\n'));
  if (doneAs === checksum) return;
  if (doneAs !== undefined)
    throw new SchemaMismatch(
      `migration ${migration.id} of ${clickhouse.database} is not the one that ran: released migrations never change`,
    );
  for (const statement of migration.statements) await clickhouse.run(statement);
  // Two processes may both write it down: the table keeps one.
  await clickhouse.run(`INSERT INTO migrations (id, checksum) VALUES (${migration.id}, '${checksum}')`);
}

async function readDone(clickhouse: ClickHouse): Promise<Map<number, string>> {
  const rows = await clickhouse.query<{ id: number; checksum: string }>(
    'SELECT id, checksum FROM migrations FINAL',
  );
  return new Map(rows.map(({ id, checksum }) => [id, checksum]));
}

function migrationsTable(layout: Layout): string {
  const engine = layout === 'single' ? 'ReplacingMergeTree' : 'ReplicatedReplacingMergeTree';
  return `CREATE TABLE IF NOT EXISTS migrations${clusterClause(layout)} (
  id UInt32,
  checksum String,
  appliedAt DateTime64(3, 'UTC') DEFAULT now64(3)
) ENGINE = ${engine} ORDER BY id SETTINGS fsync_after_insert = 1`;
}

async function checkVersion(clickhouse: ClickHouse): Promise<void> {
  const [row] = await clickhouse.query<{ version: string }>('SELECT version() AS version');
  const version = row?.version ?? 'unknown';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (!(major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]))) throw new VersionTooOld(version);
}
