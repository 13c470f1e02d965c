// Rows on their way into ClickHouse: collected by table, filtered by what is already there, inserted under a token.
import { type ClickHouse, quoteName } from '@menshen/clickhouse/client';
import type { Row } from '@menshen/clickhouse/row-binary';
import { TABLE_KEYS, type TableName } from '@menshen/clickhouse/table-keys';

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

/** Where in a table rows of the same keys could lie: inclusive ranges of a UInt64 column. */
export interface KeyRanges {
  readonly column: string;
  readonly ranges: readonly (readonly [from: number | string, to: number | string])[];
}

/** Beyond this distance two values are looked for apart. */
const NEAR = 10_000n;
/** A query with more conditions than this costs more than reading what lies between. */
const MOST_RANGES = 50;

/** The ranges in which the rows' values of a column lie: few, and with little between that was not asked for. */
export function rangesOf(column: string, rows: readonly Row[]): KeyRanges {
  const values = [...new Set(rows.map((row) => String(row[column])))].map(BigInt);
  values.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const ranges: [bigint, bigint][] = [];
  for (const value of values) {
    const last = ranges.at(-1);
    if (last !== undefined && (value - last[1] <= NEAR || ranges.length === MOST_RANGES)) last[1] = value;
    else ranges.push([value, value]);
  }
  return { column, ranges: ranges.map(([from, to]) => [String(from), String(to)]) };
}

/** The rows whose keys are not in the table yet. */
export async function dropStored(
  clickhouse: ClickHouse,
  table: TableName,
  { rows, where }: { readonly rows: readonly Row[]; readonly where: KeyRanges },
): Promise<Row[]> {
  if (where.ranges.length === 0) return [...rows];
  const conditions = where.ranges.map(
    (_, index) => `${where.column} BETWEEN {from${index}: UInt64} AND {to${index}: UInt64}`,
  );
  const params = where.ranges.flatMap(([from, to], index) => [
    [`from${index}`, from],
    [`to${index}`, to],
  ]);
  const stored = await clickhouse.query<Row>(
    `SELECT ${TABLE_KEYS[table].join(', ')} FROM ${quoteName(table)} WHERE ${conditions.join(' OR ')}`,
    Object.fromEntries(params),
  );
  if (stored.length === 0) return [...rows];
  const keys = new Set(stored.map((row) => keyOf(table, row)));
  return rows.filter((row) => !keys.has(keyOf(table, row)));
}

function keyOf(table: TableName, row: Row): string {
  return TABLE_KEYS[table].map((column) => String(row[column])).join('\0');
}
