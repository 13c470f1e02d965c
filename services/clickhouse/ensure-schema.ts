// Makes a tenant's database and brings it forward. Migrations run once each, in order, and never change after they were released.
import { contentDigest } from '@menshen/contracts/digest';
import { type ClickHouse, quoteName } from './client.ts';
import { isMissing } from './judge-error.ts';
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

/** A statement of a migration failed; what ran before it stays, and the next attempt goes on. */
export class MigrationFailed extends Error {
  readonly id: number;

  constructor(id: number, cause: unknown) {
    super(`migration ${id} failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'MigrationFailed';
    this.id = id;
  }
}

/** Does the work while no other process migrates this database; `Busy`: another one does just now. */
export type Exclusively = (work: (isHeld: () => boolean) => Promise<void>) => Promise<unknown>;

const alone: Exclusively = (work) => work(() => true);

/**
 * Makes database and tables where they are missing and runs the migrations that are new, one process at a time by `exclusively`.
 * A user without the rights to do that is served too, as long as there is nothing to do. `Pending`: another process is migrating.
 * Rejects with {@link VersionTooOld}, {@link SchemaMismatch}, {@link MigrationFailed}, or with ClickHouse's own errors.
 */
export async function ensureSchema(
  clickhouse: ClickHouse,
  layout: Layout,
  exclusively: Exclusively = alone,
): Promise<'Migrated' | 'Pending'> {
  const found = await readDoneIfAny(clickhouse);
  if (found !== undefined) {
    await checkVersion(clickhouse);
    if (listPending(clickhouse, layout, found).length === 0) return 'Migrated';
  }
  const outcome = await exclusively((isHeld) => migrateAll(clickhouse, layout, isHeld));
  return outcome === 'Busy' ? 'Pending' : 'Migrated';
}

async function migrateAll(clickhouse: ClickHouse, layout: Layout, isHeld: () => boolean): Promise<void> {
  await clickhouse.run(
    `CREATE DATABASE IF NOT EXISTS ${quoteName(clickhouse.database)}${clusterClause(layout)}`,
    { asAdmin: true },
  );
  await checkVersion(clickhouse);
  await clickhouse.run(migrationsTable(layout));
  for (const migration of listPending(clickhouse, layout, await readDone(clickhouse)))
    await migrate(clickhouse, migration, isHeld);
}

function listPending(
  { database }: ClickHouse,
  layout: Layout,
  done: ReadonlyMap<number, string>,
): readonly Migration[] {
  const known = migrationsOf(layout);
  const unknown = [...done.keys()].filter((id) => !known.some((migration) => migration.id === id));
  if (unknown.length > 0)
    throw new SchemaMismatch(
      `${database} has migration ${unknown.join(', ')} of a newer version: schemas only go forward`,
    );
  return known.filter((migration) => {
    const doneAs = done.get(migration.id);
    if (doneAs !== undefined && doneAs !== checksumOf(migration))
      throw new SchemaMismatch(
        `migration ${migration.id} of ${database} is not the one that ran: released migrations never change`,
      );
    return doneAs === undefined;
  });
}

const checksumOf = ({ statements }: Migration): string => contentDigest(statements.join(';\n'));

async function migrate(clickhouse: ClickHouse, migration: Migration, isHeld: () => boolean): Promise<void> {
  try {
    for (const statement of migration.statements) {
      if (!isHeld()) throw new Error('the lock on migrations was lost to another process');
      await clickhouse.run(statement);
    }
  } catch (error) {
    throw new MigrationFailed(migration.id, error);
  }
  // Where nobody locks, two processes may both write it down: the table keeps one.
  await clickhouse.run(
    `INSERT INTO migrations (id, checksum) VALUES (${migration.id}, '${checksumOf(migration)}')`,
  );
}

/** `undefined` when there is no database yet, or nothing in it. */
async function readDoneIfAny(clickhouse: ClickHouse): Promise<Map<number, string> | undefined> {
  try {
    return await readDone(clickhouse);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
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
