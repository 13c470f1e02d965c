// What ClickHouse says of a run. Rows that a merge would drop are counted as they stand, by their keys.
import type { ClickHouse } from '@menshen/clickhouse/client';

export interface RunCounts {
  /** Messages of committed pages. */
  readonly captured: number;
  /** Messages that are archived, redelivered ones included. */
  readonly archived: number;
  /** Messages with a judgement, quarantined ones included. */
  readonly judged: number;
  /** Archived messages without a judgement. */
  readonly unjudged: number;
  readonly findings: number;
  /** Findings that somebody was told of. */
  readonly complianceAlerts: number;
  /** Findings that somebody is to be told of and was not yet. */
  readonly owedAlerts: number;
  readonly deadLettered: number;
}

export const NOTHING: RunCounts = {
  captured: 0,
  archived: 0,
  judged: 0,
  unjudged: 0,
  findings: 0,
  complianceAlerts: 0,
  owedAlerts: 0,
  deadLettered: 0,
};

// A tenant whose routes leave some severity out would owe alerts for ever; the demo's route `everything` leaves none.
const SQL = `
WITH
  told AS (SELECT DISTINCT arrayJoin(findingIds) AS findingId FROM current_notices WHERE state = 'Delivered'),
  given_up AS (SELECT DISTINCT arrayJoin(findingIds) AS findingId FROM current_notices WHERE state = 'Failed')
SELECT
  (SELECT sum(pageMessages) FROM (SELECT max(messageCount) AS pageMessages FROM pages GROUP BY page)) AS captured,
  (SELECT uniqExact(seq) FROM messages) + (SELECT uniqExact(seq) FROM redeliveries) AS archived,
  (SELECT uniqExact(seq) FROM judgements) AS judged,
  (SELECT uniqExact(seq) FROM messages WHERE seq NOT IN (SELECT seq FROM judgements)) AS unjudged,
  (SELECT uniqExact(findingId) FROM verdicts) AS findings,
  (SELECT count() FROM told) AS complianceAlerts,
  (SELECT uniqExact(findingId) FROM findings
    WHERE mode = 'Enforce' AND findingId NOT IN told AND findingId NOT IN given_up) AS owedAlerts,
  (SELECT uniqExact(seq) FROM dead_letters) AS deadLettered`;

/** The counts now; zeros before the archiver has made the database. */
export async function countRun(clickhouse: ClickHouse): Promise<RunCounts> {
  const [row] = await unlessMissing(clickhouse.query<Record<keyof RunCounts, string>>(SQL), []);
  if (row === undefined) return NOTHING;
  return Object.fromEntries(
    Object.entries(row).map(([key, value]) => [key, Number(value)]),
  ) as unknown as RunCounts;
}

export interface Latency {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Milliseconds from pulled to judged, of the messages with findings; `undefined` when there are none. */
export async function measureFindingLatency(clickhouse: ClickHouse): Promise<Latency | undefined> {
  const sql = `
SELECT quantilesExact(0.5, 0.95, 0.99)(delay) AS quantiles, count() AS messages
FROM (
  SELECT seq, min(dateDiff('millisecond', capturedAt, judgedAt)) AS delay
  FROM judgements WHERE hits > 0 GROUP BY seq
)`;
  const [row] = await unlessMissing(clickhouse.query<{ quantiles: number[]; messages: string }>(sql), []);
  if (row === undefined || Number(row.messages) === 0) return undefined;
  const [p50 = 0, p95 = 0, p99 = 0] = row.quantiles.map(Number);
  return { p50, p95, p99 };
}

/** ClickHouse's codes of a database, table and view that is not there (yet). */
const MISSING = ['UNKNOWN_DATABASE', 'UNKNOWN_TABLE'];

/** The query's rows, or `instead` while the database is still being made. */
export async function unlessMissing<T>(query: Promise<T>, instead: T): Promise<T> {
  try {
    return await query;
  } catch (error) {
    const type = error instanceof Error && 'type' in error ? String(error.type) : '';
    if (MISSING.includes(type)) return instead;
    throw error;
  }
}
