// How far the archive is: what a stream that was lost is re-created from, and where capture goes on when the stream remembers nothing.
import type { Decimal } from '@menshen/contracts/decimal';
import { type ClickHouse, quoteName } from './client.ts';
import { CAPTURE_TABLES, OUTCOME_TABLES } from './table-keys.ts';

export interface ArchivedCursor {
  /** The largest cursor of a page that is archived with all its messages, "0" when there is none. */
  readonly cursor: Decimal;
  /** The number of that page, "0" when there is none. */
  readonly page: Decimal;
  /** Everything before this moment has been captured and archived, ms; 0 when nothing was ever pulled. */
  readonly coveredUntilMs: number;
  /** When the newest of these pages was made, ms; 0 when there is none. */
  readonly lastPageAtMs: number;
  /** Largest archived sequence of each stream, 0 when there is none. A new stream must begin above it. */
  readonly captureSequence: number;
  readonly outcomeSequence: number;
}

/** Reads it from every table, because any of them may be ahead after a crash. The schema must exist. */
export async function readArchivedCursor(clickhouse: ClickHouse): Promise<ArchivedCursor> {
  const [pages] = await clickhouse.query<Record<'cursor' | 'page' | 'covered' | 'last', string>>(
    // A page's messages follow it in the stream; a segment's row is written when everything in it is stored.
    // Without a row every maximum is the column's default: 0, and the epoch.
    `SELECT max(cursor) AS cursor, max(page) AS page, toUnixTimestamp64Milli(max(coveredUntil)) AS covered, toUnixTimestamp64Milli(max(pulledAt)) AS last FROM pages
WHERE streamSequence + messageCount + deadCount <= (SELECT max(lastSequence) FROM segments)`,
  );
  return {
    cursor: pages?.cursor ?? '0',
    page: pages?.page ?? '0',
    coveredUntilMs: Number(pages?.covered ?? 0),
    lastPageAtMs: Number(pages?.last ?? 0),
    captureSequence: Math.max(
      await highest(clickhouse, 'streamSequence', CAPTURE_TABLES),
      await highest(clickhouse, 'lastSequence', ['segments']),
    ),
    outcomeSequence: await highest(clickhouse, 'outcomeSequence', OUTCOME_TABLES),
  };
}

async function highest(clickhouse: ClickHouse, column: string, tables: readonly string[]): Promise<number> {
  const selects = tables.map((table) => `SELECT max(${column}) AS highest FROM ${quoteName(table)}`);
  const [row] = await clickhouse.query<{ highest: string }>(
    `SELECT max(highest) AS highest FROM (${selects.join(' UNION ALL ')})`,
  );
  return Number(row?.highest ?? 0);
}
