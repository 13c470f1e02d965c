// The archive against the simulator's own list, number by number: what is there with its bytes, what a record names, and what is neither.
import type { ClickHouse } from '@menshen/clickhouse/client';
import { readGaps } from '@menshen/clickhouse/read-gaps';
import { countRows } from '@menshen/clickhouse/table-keys';
import type { CoverageGap } from '@menshen/contracts/coverage-gap';
import type { ObjectStore } from '@menshen/objects/object-store';
import { compareFiles } from './compare-files.ts';
import { judgeMissing } from './judge-missing.ts';
import { DIGEST_BYTES, type MonthTruth, type TrueMessage } from './month-truth.ts';
import { DAY_MS } from './plan-month.ts';
import type { TrueReasons } from './true-reasons.ts';

export interface MonthCount {
  readonly messages: number;
  /** With exactly the bytes that were sent. */
  readonly archived: number;
  /** Kept as dead letters, because WeCom damaged them. */
  readonly deadLetters: number;
  /** Named by a record of what is missing, with a true cause and time. */
  readonly inGaps: number;
  /** Nothing of all that. */
  readonly lost: number;
  /** Rows of any table beyond the first of their key, and messages that came twice. */
  readonly doubled: number;
  /** Rows whose number the simulator never gave out. */
  readonly forged: number;
  /** Numbers that a record names as missing although they are not. */
  readonly misnamed: number;
  /** Days of the longest time in which WeCom could not be reached, as the record has it. */
  readonly outageDays: number;
  /** Keys beside the first that opened archived messages. */
  readonly keyRotations: number;
  /** As the record has them. */
  readonly licenceLapses: number;
  /** Of archived messages. */
  readonly mediaFiles: number;
  /** Of them, files that made trouble. */
  readonly mediaFaults: number;
  /** Of them, files that WeCom did not have any more, named in a gap. */
  readonly mediaInGaps: number;
  /** Neither stored with their bytes nor named in a gap with reason. */
  readonly wrongMedia: number;
  /** By cause and state. */
  readonly gaps: Readonly<Record<string, number>>;
}

export interface CountedMonth {
  readonly clickhouse: ClickHouse;
  readonly objects: Pick<ObjectStore, 'get'>;
  readonly truth: MonthTruth;
  readonly reasons: TrueReasons;
  /** Told what is wrong, for people. */
  readonly say: (line: string) => void;
}

const MOST_TOLD = 20;

export async function countMonth(month: CountedMonth): Promise<MonthCount> {
  const { clickhouse, truth, say } = month;
  const tally = { archived: 0, deadLetters: 0, mediaFiles: 0, mediaFaults: 0, mediaInGaps: 0, wrongMedia: 0 };
  const missing: TrueMessage[] = [];
  const altered: TrueMessage[] = [];
  for await (const day of truth.days()) {
    const there = await compareDay(month, day.messages);
    tally.archived += there.archived.size;
    tally.deadLetters += there.deadLetters;
    // One by one: half a day of a lapse is more than the arguments of one call may be.
    for (const message of there.missing) missing.push(message);
    for (const message of there.altered) altered.push(message);
    const files = day.files.filter(({ seq }) => there.archived.has(seq));
    const createdAt = new Map(day.messages.map(({ seq, createdAtMs }) => [seq, createdAtMs]));
    const judged = await compareFiles(month, files, (seq) => createdAt.get(seq) ?? 0);
    tally.mediaFiles += files.length;
    tally.mediaFaults += files.filter(({ isFaulty }) => isFaulty).length;
    tally.mediaInGaps += judged.inGaps;
    tally.wrongMedia += judged.wrong.length;
    for (const what of judged.wrong.slice(0, MOST_TOLD)) say(`wrong medium: ${what}`);
  }
  const gaps = await readGaps(clickhouse, {});
  const judged = judgeMissing(missing, gaps, month.reasons);
  for (const { seq } of judged.lost.slice(0, MOST_TOLD)) say(`lost: message ${seq}`);
  for (const { seq } of altered.slice(0, MOST_TOLD)) say(`other bytes: message ${seq}`);
  return {
    messages: truth.size(),
    ...tally,
    inGaps: judged.inGaps,
    lost: judged.lost.length + altered.length,
    doubled: await countDoubled(clickhouse),
    forged: await countOf(clickhouse, 'messages WHERE seq = 0 OR seq > {size: UInt64}', {
      size: truth.size(),
    }),
    misnamed: judged.misnamed,
    ...readTroubles(gaps),
    keyRotations: (await countOf(clickhouse, '(SELECT DISTINCT publickeyVer FROM messages)')) - 1,
    gaps: countGaps(gaps),
  };
}

/** True when nothing that must be 0 is anything else. */
export function isCleanCount({ lost, doubled, forged, misnamed, wrongMedia }: MonthCount): boolean {
  return lost + doubled + forged + misnamed + wrongMedia === 0;
}

interface DayCompared {
  readonly archived: ReadonlySet<number>;
  readonly deadLetters: number;
  readonly altered: readonly TrueMessage[];
  readonly missing: readonly TrueMessage[];
}

async function compareDay(
  { clickhouse, truth }: CountedMonth,
  messages: readonly TrueMessage[],
): Promise<DayCompared> {
  const span = { first: messages[0]?.seq ?? 0, last: messages.at(-1)?.seq ?? 0 };
  // ClickHouse hashes the bytes that it holds: our own digests vouch for nothing here.
  const rows = await clickhouse.query<{ seq: string; digest: string }>(
    `SELECT seq, lower(hex(substring(SHA256(raw), 1, ${DIGEST_BYTES}))) AS digest FROM messages
WHERE seq BETWEEN {first: UInt64} AND {last: UInt64}`,
    span,
  );
  const letters = await clickhouse.query<{ seq: string }>(
    'SELECT DISTINCT seq FROM dead_letters WHERE seq BETWEEN {first: UInt64} AND {last: UInt64}',
    span,
  );
  const digests = new Map(rows.map(({ seq, digest }) => [Number(seq), digest]));
  const dead = new Set(letters.map(({ seq }) => Number(seq)));
  const archived = new Set<number>();
  const altered: TrueMessage[] = [];
  const missing: TrueMessage[] = [];
  let deadLetters = 0;
  for (const message of messages) {
    const digest = digests.get(message.seq);
    if (digest === message.digest) archived.add(message.seq);
    else if (digest !== undefined) altered.push(message);
    else if (truth.damaged.has(message.seq) && dead.has(message.seq)) deadLetters++;
    else missing.push(message);
  }
  return { archived, deadLetters, altered, missing };
}

async function countDoubled(clickhouse: ClickHouse): Promise<number> {
  const tables = await countRows(clickhouse);
  const rows = tables.reduce((sum, { doubled }) => sum + doubled, 0);
  return rows + (tables.find(({ table }) => table === 'redeliveries')?.rows ?? 0);
}

async function countOf(clickhouse: ClickHouse, from: string, params = {}): Promise<number> {
  const [row] = await clickhouse.query<{ n: string }>(`SELECT count() AS n FROM ${from}`, params);
  return Number(row?.n ?? 0);
}

function readTroubles(gaps: readonly CoverageGap[]): Pick<MonthCount, 'outageDays' | 'licenceLapses'> {
  const lengths = gaps
    .filter(({ cause }) => cause === 'NotPullable')
    .map(({ fromMs = 0, toMs = 0 }) => (toMs - fromMs) / DAY_MS);
  return {
    outageDays: Math.round(Math.max(0, ...lengths) * 10) / 10,
    licenceLapses: gaps.filter(({ cause }) => cause === 'LicenceExpired').length,
  };
}

function countGaps(gaps: readonly CoverageGap[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { cause, state } of gaps) counts[`${cause} ${state}`] = (counts[`${cause} ${state}`] ?? 0) + 1;
  return counts;
}
