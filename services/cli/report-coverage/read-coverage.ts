// Asks the archive what it holds of a period. Every number is of distinct identities, so that nothing stored twice counts twice.
import type { ClickHouse } from '@menshen/clickhouse/client';
import { readGaps } from '@menshen/clickhouse/read-gaps';
import type { CoverageGap } from '@menshen/contracts/coverage-gap';
import type { CoverageFacts, Period, Population } from './coverage-facts.ts';

/** Rejects when ClickHouse cannot be asked. */
export async function readCoverage(clickhouse: ClickHouse, period: Period): Promise<CoverageFacts> {
  const ask = <K extends string>(sql: string): Promise<Record<K, string>[]> =>
    clickhouse.query<Record<K, string>>(sql, { ...period });
  const [[people], [pages], [messages], letters, [stored], missing, gaps] = await Promise.all([
    ask<keyof Population>(POPULATION),
    ask<'firstMs' | 'coveredMs'>(PAGES),
    ask<'messages' | 'conversations' | 'redeliveries' | 'withoutTime'>(MESSAGES),
    ask<'reason' | 'count' | 'replayed'>(DEAD_LETTERS),
    ask<'stored'>(MEDIA_STORED),
    ask<MediaColumn>(MEDIA_MISSING),
    readGaps(clickhouse, { within: period }),
  ]);
  const number = <K extends string>(row: Record<K, string> | undefined, name: K): number =>
    Number(row?.[name] ?? 0);
  return {
    population: {
      members: number(people, 'members'),
      seats: number(people, 'seats'),
      membersWithSeat: number(people, 'membersWithSeat'),
      externalContacts: number(people, 'externalContacts'),
      consentsAgreed: number(people, 'consentsAgreed'),
      consentsDisagreed: number(people, 'consentsDisagreed'),
      consentsUnknown: number(people, 'consentsUnknown'),
      rooms: number(people, 'rooms'),
      roomsUnresolved: number(people, 'roomsUnresolved'),
    },
    firstPageAtMs: number(pages, 'firstMs') || undefined,
    coveredUntilMs: number(pages, 'coveredMs') || undefined,
    messages: number(messages, 'messages'),
    conversations: number(messages, 'conversations'),
    redeliveries: number(messages, 'redeliveries'),
    messagesWithoutTime: number(messages, 'withoutTime'),
    deadLetters: letters.map((row) => ({
      reason: row.reason,
      count: Number(row.count),
      replayed: Number(row.replayed),
    })),
    mediaStored: number(stored, 'stored'),
    mediaGaps: missing.map(mediaGap),
    gaps,
  };
}

const AT = (name: 'fromMs' | 'toMs'): string => `fromUnixTimestamp64Milli({${name}: Int64}, 'UTC')`;
const within = (column: string): string => `${column} >= ${AT('fromMs')} AND ${column} < ${AT('toMs')}`;

const POPULATION = `
WITH newest AS (
  SELECT kind, id, argMax(deleted, (version, streamSequence)) AS gone, argMax(fact, (version, streamSequence)) AS last
  FROM directory WHERE observedAt < ${AT('toMs')} GROUP BY kind, id
), present AS (SELECT kind, id, last FROM newest WHERE NOT gone)
SELECT countIf(kind = 'User') AS members,
  countIf(kind = 'Permit') AS seats,
  countIf(kind = 'Permit' AND id IN (SELECT id FROM present WHERE kind = 'User')) AS membersWithSeat,
  countIf(kind = 'ExternalContact') AS externalContacts,
  countIf(kind = 'Consent' AND JSONExtractString(last, 'state') = 'Agreed') AS consentsAgreed,
  countIf(kind = 'Consent' AND JSONExtractString(last, 'state') = 'Disagreed') AS consentsDisagreed,
  countIf(kind = 'Consent' AND JSONExtractString(last, 'state') = 'Unknown') AS consentsUnknown,
  countIf(kind = 'Group') AS rooms,
  countIf(kind = 'Group' AND NOT JSONExtractBool(last, 'resolved')) AS roomsUnresolved
FROM present`;

const PAGES = `
SELECT toUnixTimestamp64Milli(min(pulledAt)) AS firstMs, toUnixTimestamp64Milli(max(coveredUntil)) AS coveredMs FROM pages`;

const MESSAGES = `
SELECT
  (SELECT uniqExact(seq) FROM messages WHERE ${within('eventTime')}) AS messages,
  (SELECT uniqExact(conversationId) FROM messages WHERE ${within('eventTime')}) AS conversations,
  (SELECT uniqExact(seq) FROM redeliveries WHERE ${within('capturedAt')}) AS redeliveries,
  (SELECT uniqExact(seq) FROM messages WHERE toUnixTimestamp64Milli(eventTime) = 0 AND ${within('capturedAt')}) AS withoutTime`;

const DEAD_LETTERS = `
SELECT reason, uniqExact(seq, msgid) AS count,
  uniqExactIf((seq, msgid), seq IN (SELECT seq FROM messages WHERE seq IN (SELECT seq FROM dead_letters WHERE ${within('capturedAt')}))) AS replayed
FROM dead_letters WHERE ${within('capturedAt')} GROUP BY reason ORDER BY reason`;

const OF_PERIOD = `SELECT seq FROM messages WHERE ${within('eventTime')}`;
const MEDIA_STORED = `SELECT uniqExact(seq, path) AS stored FROM media_links WHERE seq IN (${OF_PERIOD})`;

const MEDIA_MISSING = `
WITH missing AS (
  SELECT seq, path, any(msgid) AS msgid, argMax(cause, factsVersion) AS cause, argMax(final, factsVersion) AS final,
    argMin(detectedAt, factsVersion) AS detectedAt
  FROM media_gaps WHERE seq IN (${OF_PERIOD}) AND (seq, path) NOT IN (SELECT seq, path FROM media_links) GROUP BY seq, path
)
SELECT m.seq AS seq, m.path AS path, m.msgid AS msgid, m.cause AS cause, toString(m.final) AS final,
  toUnixTimestamp64Milli(m.detectedAt) AS detectedMs, toUnixTimestamp64Milli(e.eventTime) AS eventMs
FROM missing AS m
INNER JOIN (SELECT seq, any(eventTime) AS eventTime FROM messages WHERE seq IN (SELECT seq FROM missing) GROUP BY seq) AS e ON e.seq = m.seq
ORDER BY seq, path`;

type MediaColumn = 'seq' | 'path' | 'msgid' | 'cause' | 'final' | 'detectedMs' | 'eventMs';

/** WeCom says itself that a file is gone (301048, the SDK's 10010), or its window has passed. */
const EXPIRED = 'Expired';

function mediaGap(row: Record<MediaColumn, string>): CoverageGap {
  const isFinal = row.final === 'true';
  const id = `${row.seq}/${row.path}`;
  return {
    id: `Media:${id}`,
    cause: row.cause === EXPIRED ? 'MediaExpired' : 'MediaFailed',
    state: isFinal ? 'Lost' : 'Open',
    subject: { kind: 'Medium', id, place: row.msgid },
    fromMs: Number(row.eventMs),
    detectedAtMs: Number(row.detectedMs),
    source: 'Media',
    detail: isFinal
      ? `${row.cause}: the file cannot be had any more`
      : `${row.cause}: it is tried again inside the window`,
  };
}
