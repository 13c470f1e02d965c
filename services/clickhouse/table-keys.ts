// What makes a row of each table one of its kind, and the count of rows that are there more than once. Without FINAL: what a merge would hide still counts.
import { type ClickHouse, quoteName } from './client.ts';

export const TABLE_KEYS = {
  messages: ['seq'],
  pages: ['page'],
  redeliveries: ['seq'],
  dead_letters: ['seq', 'reason', 'msgid'],
  media_links: ['seq', 'path', 'factsVersion'],
  media_gaps: ['seq', 'path', 'factsVersion'],
  recalls: ['seq'],
  coverage_gaps: ['page', 'gapId'],
  directory: ['kind', 'id', 'version', 'streamSequence'],
  judgements: ['seq', 'factsVersion'],
  verdicts: ['findingId', 'seq', 'factsVersion', 'policyDigest'],
  notices: ['noticeId', 'outcomeSequence'],
  segments: ['segment'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type TableName = keyof typeof TABLE_KEYS;
export const TABLE_NAMES = Object.keys(TABLE_KEYS) as readonly TableName[];

/** Tables whose rows come from the capture stream, known there by `streamSequence`. */
export const CAPTURE_TABLES = [
  'messages',
  'pages',
  'redeliveries',
  'dead_letters',
  'media_links',
  'media_gaps',
  'recalls',
  'coverage_gaps',
  'directory',
] as const satisfies readonly TableName[];
export type CaptureTable = (typeof CAPTURE_TABLES)[number];

/** Tables whose rows come from the outcome stream, known there by `outcomeSequence`. */
export const OUTCOME_TABLES = ['judgements', 'verdicts', 'notices'] as const satisfies readonly TableName[];

export interface TableCount {
  readonly table: TableName;
  readonly rows: number;
  /** Rows beyond the first of each key. */
  readonly doubled: number;
}

/** Rows and doubled rows of every table. */
export async function countRows(clickhouse: ClickHouse): Promise<TableCount[]> {
  const selects = TABLE_NAMES.map(
    (table) =>
      `SELECT '${table}' AS table, count() AS rows, rows - uniqExact(${TABLE_KEYS[table].join(', ')}) AS doubled FROM ${quoteName(table)}`,
  );
  const counts = await clickhouse.query<{ table: TableName; rows: string; doubled: string }>(
    selects.join(' UNION ALL '),
  );
  return counts.map(({ table, rows, doubled }) => ({ table, rows: Number(rows), doubled: Number(doubled) }));
}
