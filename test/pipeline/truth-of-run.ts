// What the simulator says it told, and what the record holds of it: the same comparison as the demo's, plus what only a test may ask.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { ClickHouse } from '@menshen/clickhouse/client';
import type { TrueMessage } from '@menshen/local/results/compare-with-truth';

/** Reads a truth file, line by line: a large story does not fit into one string. */
export async function readTruth(file: string): Promise<TrueMessage[]> {
  const truth: TrueMessage[] = [];
  for await (const line of createInterface({ input: createReadStream(file) })) {
    if (line === '') continue;
    const { seq, msgid, plaintext, planted } = JSON.parse(line) as {
      seq: string;
      msgid: string;
      plaintext: string;
      planted: TrueMessage['planted'];
    };
    truth.push({ seq, msgid, sha256: createHash('sha256').update(plaintext).digest('hex'), planted });
  }
  return truth;
}

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
