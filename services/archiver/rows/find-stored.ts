// Which rows are in a table already: asked by where rows of the same keys could lie.
import { type ClickHouse, quoteName } from '@menshen/clickhouse/client';
import type { Row } from '@menshen/clickhouse/row-binary';
import { TABLE_KEYS, type TableName } from '@menshen/clickhouse/table-keys';
import { keyOf } from './row-batch.ts';

/** Inclusive ranges of a UInt64 column. */
export interface KeyRanges {
  readonly column: string;
  readonly ranges: readonly (readonly [from: number | string, to: number | string])[];
}

/** Beyond this distance two values are looked for apart. */
const NEAR = 10_000n;
/** A query with more conditions than this costs more than reading what lies between. */
const MOST_RANGES = 50;

/** The ranges in which decimals lie: few, and with little between that was not asked for. */
export function rangesOf(column: string, decimals: readonly string[]): KeyRanges {
  const ranges: [bigint, bigint][] = [];
  for (const value of sortDecimals(decimals)) {
    const last = ranges.at(-1);
    if (last !== undefined && (value - last[1] <= NEAR || ranges.length === MOST_RANGES)) last[1] = value;
    else ranges.push([value, value]);
  }
  return { column, ranges: ranges.map(([from, to]) => [String(from), String(to)]) };
}

function sortDecimals(decimals: readonly string[]): bigint[] {
  const exact = decimals.every((text) => text.length <= EXACT_DIGITS);
  // Nearly always; and numbers are sorted a hundred times as fast as big integers.
  if (exact) return Array.from(Float64Array.from(decimals, Number).sort(), BigInt);
  return decimals.map(BigInt).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** A decimal of so many digits is exact as a number. */
const EXACT_DIGITS = 15;

/** Keys of the rows that lie there. */
export async function findStored(
  clickhouse: ClickHouse,
  table: TableName,
  where: KeyRanges,
): Promise<ReadonlySet<string>> {
  if (where.ranges.length === 0) return new Set();
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
  return new Set(stored.map((row) => keyOf(table, row)));
}
