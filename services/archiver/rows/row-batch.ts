// Rows on their way into ClickHouse: collected by table, filtered by what is already there, inserted under a token.
import { type ClickHouse, quoteName } from '@menshen/clickhouse/client';
import { TABLE_KEYS, type TableName } from '@menshen/clickhouse/table-keys';

export type Row = Readonly<Record<string, unknown>>;

/** Tables in the order in which they are inserted. */
export type RowBatch = Map<TableName, Row[]>;

export function addRow(batch: RowBatch, table: TableName, row: Row): void {
  const rows = batch.get(table);
  if (rows === undefined) batch.set(table, [row]);
  else rows.push(row);
}

/** The first of each key is kept. */
export function dropDoubles(table: TableName, rows: readonly Row[]): Row[] {
  const seen = new Set<string>();
  return rows.filter((row) => {
    const key = keyOf(table, row);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** A range of a column in which every stored row of the batch lies. */
export interface KeyRange {
  readonly column: string;
  readonly from: number | string;
  readonly to: number | string;
}

/** The rows whose keys are not in the table yet. */
export async function dropStored(
  clickhouse: ClickHouse,
  table: TableName,
  { rows, range }: { readonly rows: readonly Row[]; readonly range: KeyRange },
): Promise<Row[]> {
  const stored = await clickhouse.query<Row>(
    `SELECT ${TABLE_KEYS[table].join(', ')} FROM ${quoteName(table)}
WHERE ${range.column} BETWEEN {from: UInt64} AND {to: UInt64}`,
    { from: range.from, to: range.to },
  );
  if (stored.length === 0) return [...rows];
  const keys = new Set(stored.map((row) => keyOf(table, row)));
  return rows.filter((row) => !keys.has(keyOf(table, row)));
}

function keyOf(table: TableName, row: Row): string {
  return TABLE_KEYS[table].map((column) => String(row[column])).join('\0');
}

/** One JSON line for each row. */
export function toLines(rows: readonly Row[]): Buffer {
  let lines = '';
  for (const row of rows) lines += `${JSON.stringify(row)}\n`;
  return Buffer.from(lines);
}
