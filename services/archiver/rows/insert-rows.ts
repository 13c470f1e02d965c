// Storing a batch of rows: what is there already is left out where that is in question, the rest is inserted, a table at a time in its own request.
import type { ClickHouse } from '@menshen/clickhouse/client';
import { findRunningInserts } from '@menshen/clickhouse/find-running-inserts';
import type { TableName } from '@menshen/clickhouse/table-keys';
import { findStored, type KeyRanges, rangesOf } from './find-stored.ts';
import { REPEATED, type RowBatch, type TableRows } from './row-batch.ts';

export interface RowStore {
  readonly clickhouse: ClickHouse;
  readonly metrics: {
    stored(table: string, rows: number): void;
    skipped(table: string, rows: number): void;
  };
}

export interface InsertWork {
  /** Names the work, see `Insert.token`. */
  readonly token: string;
  /** Where stored rows of the same keys could be; absent = certainly none are. */
  readonly check?: KeyRanges;
}

/** Resolves when the rows are on disk, whoever stored them. */
export async function insertRows(
  { clickhouse, metrics }: RowStore,
  rows: TableRows,
  { token, check }: InsertWork,
): Promise<void> {
  const { table } = rows;
  const missing = rows.without(check === undefined ? new Set() : await findStored(clickhouse, table, check));
  metrics.skipped(table, rows.count - missing.count);
  if (missing.count === 0) return;
  await clickhouse.insert({ table, token, rows: missing.rows, columns: missing.columns });
  metrics.stored(table, missing.count);
}

/** Stores every table of the batch except those of `last` at once, then those one after the other. */
export async function insertBatch(
  store: RowStore,
  batch: RowBatch,
  work: InsertWork & { readonly last: readonly TableName[] },
): Promise<void> {
  const { last, token } = work;
  const insert = async (table: TableName): Promise<void> => {
    const rows = batch.of(table);
    const bySeq = { token, check: rangesOf('seq', rows.seqs()) };
    await insertRows(store, rows, REPEATED.has(table) ? bySeq : work);
  };
  const tables = batch.tables();
  // All are waited for, also when one fails: a retry must not meet an insert of its own that still runs.
  const outcomes = await Promise.allSettled(tables.filter((table) => !last.includes(table)).map(insert));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  for (const table of last) if (tables.includes(table)) await insert(table);
}

/** Rejects while an insert of an earlier attempt, ours or another archiver's, still runs: what it stores cannot be seen yet. */
export async function expectNoInsert(clickhouse: ClickHouse, tables: readonly TableName[]): Promise<void> {
  const running = await findRunningInserts(clickhouse, tables);
  if (running.length > 0) throw new Error(`an insert of an earlier attempt still runs: ${running[0]}`);
}
