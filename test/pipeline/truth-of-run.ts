// Where a run stands, asked of the record, and what only a test may ask of it.
import type { ClickHouse } from '@menshen/clickhouse/client';

export interface Settled {
  readonly archived: number;
  readonly judged: number;
  readonly unjudged: number;
  readonly owed: number;
}

/** Where the record stands. Rejects while ClickHouse is away. */
export async function askProgress(store: ClickHouse): Promise<Settled> {
  const [row] = await store.query<Record<keyof Settled, string>>(`
SELECT
  (SELECT uniqExact(seq) FROM messages) + (SELECT uniqExact(seq) FROM redeliveries) + (SELECT uniqExact(seq) FROM dead_letters WHERE reason != 'poison') AS archived,
  (SELECT uniqExact(seq) FROM judgements) AS judged,
  (SELECT count() FROM (SELECT DISTINCT seq FROM messages UNION DISTINCT SELECT DISTINCT seq FROM redeliveries) WHERE seq NOT IN (SELECT seq FROM judgements)) AS unjudged,
  (SELECT count() FROM (SELECT noticeId, argMax(state, outcomeSequence) AS last FROM notices GROUP BY noticeId) WHERE last != 'Delivered') AS owed`);
  const number = (name: keyof Settled): number => Number(row?.[name] ?? 0);
  return {
    archived: number('archived'),
    judged: number('judged'),
    unjudged: number('unjudged'),
    owed: number('owed'),
  };
}

/** Findings told more than once to one channel, under different notices, as the receiver saw them. */
export function countDoubledNotices(notices: readonly { readonly findingIds: readonly string[] }[]): number {
  const told = notices.flatMap(({ findingIds }) => findingIds);
  return told.length - new Set(told).size;
}
