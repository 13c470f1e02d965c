// Storing a batch of rows: what is there already is left out where that is in question, the rest is inserted, a table at a time in its own request.
import type { ClickHouse } from '@menshen/clickhouse/client';
import { findRunningInserts } from '@menshen/clickhouse/find-running-inserts';
import { encodeRows, type Row } from '@menshen/clickhouse/row-binary';
import type { TableName } from '@menshen/clickhouse/table-keys';
import { dropDoubles, dropStored, type KeyRanges, type RowBatch, rangesOf } from './row-batch.ts';

export interface RowStore {
  readonly clickhouse: ClickHouse;
  readonly metrics: {
    stored(table: string, rows: number): void;
    skipped(table: string, rows: number): void;
  };
}

export interface TableRows {
  readonly table: TableName;
  readonly rows: readonly Row[];
  /** Names the work, see `Insert.token`. */
  readonly token: string;
  /** Where stored rows of the same keys could be; absent = certainly none are. */
  readonly check?: KeyRanges;
}

/** Resolves when the rows are on disk, whoever stored them. */
export async function insertRows(
  store: RowStore,
  { table, rows, token, check }: TableRows,
): Promise<readonly Row[]> {
  const missing =
    check === undefined ? rows : await dropStored(store.clickhouse, table, { rows, where: check });
  store.metrics.skipped(table, rows.length - missing.length);
  if (missing.length === 0) return missing;
  await store.clickhouse.insert({ table, token, ...encodeRows(table, missing) });
  store.metrics.stored(table, missing.length);
  return missing;
}

/** What these tables are made of is published at least once, so the same row may come from another place of the stream: always looked up by seq. */
const REPEATED: ReadonlySet<TableName> = new Set([
  'media_links',
  'media_gaps',
  'dead_letters',
  'judgements',
  'verdicts',
]);

/** Stores every table of the batch except those of `last` at once, then those one after the other. */
export async function insertBatch(
  store: RowStore,
  batch: RowBatch,
  work: { readonly token: string; readonly check?: KeyRanges; readonly last: readonly TableName[] },
): Promise<void> {
  const { last, ...how } = work;
  const tables = [...batch.keys()];
  const insert = async (table: TableName): Promise<void> => {
    const rows = batch.get(table) ?? [];
    if (!REPEATED.has(table)) await insertRows(store, { table, rows, ...how });
    else {
      const single = dropDoubles(table, rows);
      await insertRows(store, { table, rows: single, token: how.token, check: rangesOf('seq', single) });
    }
  };
  // All are waited for, also when one fails: a retry must not meet an insert of its own that still runs.
  const outcomes = await Promise.allSettled(tables.filter((table) => !last.includes(table)).map(insert));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  for (const table of last) if (batch.has(table)) await insert(table);
}

/** Rejects while an insert of an earlier attempt, ours or another archiver's, still runs: what it stores cannot be seen yet. */
export async function expectNoInsert(clickhouse: ClickHouse, tables: readonly TableName[]): Promise<void> {
  const running = await findRunningInserts(clickhouse, tables);
  if (running.length > 0) throw new Error(`an insert of an earlier attempt still runs: ${running[0]}`);
}
