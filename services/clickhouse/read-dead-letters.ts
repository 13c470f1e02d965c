// Dead letters that another key may open, however long ago they were captured: the stream forgets them after days, the archive does not.
import type { ArchivedLetter, ArchivedLetterQuery } from '@menshen/contracts/archived-letter';
import type { ClickHouse } from './client.ts';

/** Everything on a page of replays lies right behind its manifest. */
const OF_REPLAYS = `streamSequence IN (
  SELECT arrayJoin(range(streamSequence + 1, streamSequence + 1 + messageCount + deadCount)) FROM pages WHERE kind = 'Replay')`;

/** In order of seq, each seq once, without those that a page of replays has dealt with, whatever became of them. */
export async function readDeadLetters(
  clickhouse: ClickHouse,
  query: ArchivedLetterQuery,
): Promise<ArchivedLetter[]> {
  const { reasons, versions, afterSeq, limit } = query;
  const rows = await clickhouse.query<Omit<ArchivedLetter, 'capturedAtMs'> & { capturedAtMs: string }>(
    `SELECT seq, toUnixTimestamp64Milli(capturedAt) AS capturedAtMs, digest, envelope FROM dead_letters
WHERE reason IN ({reasons: Array(String)}) AND publickeyVer IN ({versions: Array(UInt32)}) AND seq > {afterSeq: UInt64}
  AND seq NOT IN (
    SELECT seq FROM messages WHERE ${OF_REPLAYS}
    UNION ALL SELECT seq FROM redeliveries WHERE ${OF_REPLAYS}
    UNION ALL SELECT seq FROM dead_letters WHERE ${OF_REPLAYS})
ORDER BY seq LIMIT 1 BY seq LIMIT {limit: UInt32}`,
    { reasons, versions, afterSeq, limit },
  );
  return rows.map((row) => ({ ...row, capturedAtMs: Number(row.capturedAtMs) }));
}
