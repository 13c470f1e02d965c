// From what the archive holds to what may be said about a period. Pure. A percentage is given only where its denominator is known.
import { type CoverageGap, GAP_CAUSES, type GapCause, type GapState } from '@menshen/contracts/coverage-gap';
import type { CoverageFacts, Period, Population } from './coverage-facts.ts';

export interface Share {
  readonly part: number;
  readonly of: number;
  /** Percent, cut (never rounded up) to two decimals; `null` when it cannot be said, and `why` says why not. */
  readonly percent: number | null;
  readonly why?: string;
}

export interface CoverageReport {
  readonly corpId: string;
  readonly period: Period;
  /** Whom the record could cover, as known at the end of the period. */
  readonly denominator: Population & {
    /** Members known by their seat or by messages only. */
    readonly membersHidden: number;
    /** Pairs of a contact with a member or a room, in which WeCom has named no consent. */
    readonly consentsMissing: number;
  };
  readonly seats: Share;
  readonly consents: Share;
  /** Of the period's time up to now, ms. */
  readonly time: Share & { readonly notCovered: readonly Stretch[] };
  readonly captured: Pick<
    CoverageFacts,
    'messages' | 'conversations' | 'redeliveries' | 'messagesWithoutTime'
  >;
  readonly deadLetters: {
    readonly total: number;
    readonly replayed: number;
    readonly byReason: CoverageFacts['deadLetters'];
  };
  readonly media: Share & { readonly missing: number };
  readonly gaps: {
    readonly total: number;
    readonly byCause: readonly ({ readonly cause: GapCause; readonly total: number } & Readonly<
      Record<Uncapitalize<GapState>, number>
    >)[];
    readonly records: readonly CoverageGap[];
  };
}

export interface Stretch extends Period {
  readonly why: GapCause | 'BeforeCapture' | 'AfterCapture';
}

export function judgeCoverage(
  corpId: string,
  facts: CoverageFacts,
  at: { readonly period: Period; readonly nowMs: number },
): CoverageReport {
  const { population } = facts;
  const records = inOrder([...facts.gaps, ...facts.mediaGaps]);
  const hidden = countOpen(records, 'MemberHidden', at.period);
  const missing = countOpen(records, 'ConsentMissing', at.period);
  const { messages, conversations, redeliveries, messagesWithoutTime, deadLetters } = facts;
  return {
    corpId,
    period: at.period,
    denominator: { ...population, membersHidden: hidden, consentsMissing: missing },
    seats: seatShare(population, hidden),
    consents: consentShare(population, missing),
    time: timeShare(facts, at),
    captured: { messages, conversations, redeliveries, messagesWithoutTime },
    deadLetters: {
      total: sum(deadLetters.map(({ count }) => count)),
      replayed: sum(deadLetters.map(({ replayed }) => replayed)),
      byReason: deadLetters,
    },
    media: {
      ...share(
        facts.mediaStored,
        facts.mediaStored + facts.mediaGaps.length,
        'no file of the period is settled',
      ),
      missing: facts.mediaGaps.length,
    },
    gaps: {
      total: records.length,
      byCause: GAP_CAUSES.flatMap((cause) => countStates(records, cause)),
      records,
    },
  };
}

/** A gap of a list is part of the denominator when it had not ended at the end of the period. */
const countOpen = (gaps: readonly CoverageGap[], cause: GapCause, { toMs }: Period): number =>
  gaps.filter((gap) => gap.cause === cause && (gap.toMs === undefined || gap.toMs >= toMs)).length;

function seatShare(population: Population, hidden: number): Share {
  const { members, membersWithSeat } = population;
  if (members === 0)
    return unknown(membersWithSeat, members, 'the directory names no members: no app may read contacts');
  if (hidden > 0)
    return unknown(
      membersWithSeat,
      members,
      `the number of members is not known: ${hidden} are known by a seat or by messages only`,
    );
  return share(membersWithSeat, members, '');
}

function consentShare(
  { consentsAgreed, consentsDisagreed, consentsUnknown }: Population,
  missing: number,
): Share {
  // What WeCom calls unknown was never agreed to, and is told as missing as well: it counts once.
  const all = consentsAgreed + consentsDisagreed + Math.max(consentsUnknown, missing);
  return share(consentsAgreed, all, 'no contact of a member with a seat is known');
}

function timeShare(
  facts: CoverageFacts,
  { period, nowMs }: { readonly period: Period; readonly nowMs: number },
): CoverageReport['time'] {
  const end = Math.min(period.toMs, nowMs);
  const lengthMs = Math.max(0, end - period.fromMs);
  const { firstPageAtMs, coveredUntilMs } = facts;
  if (firstPageAtMs === undefined || coveredUntilMs === undefined)
    return { ...unknown(0, lengthMs, 'nothing was ever captured'), notCovered: [] };
  if (lengthMs === 0) return { ...unknown(0, 0, 'the period has not begun'), notCovered: [] };
  const found: Stretch[] = [
    { fromMs: period.fromMs, toMs: firstPageAtMs, why: 'BeforeCapture' },
    { fromMs: coveredUntilMs, toMs: end, why: 'AfterCapture' },
    ...facts.gaps.filter(costsTime).map((gap) => ({
      fromMs: gap.fromMs ?? period.fromMs,
      toMs: gap.toMs ?? end,
      why: gap.cause,
    })),
  ];
  const notCovered = found
    .map(({ fromMs, toMs, why }) => ({
      fromMs: Math.max(fromMs, period.fromMs),
      toMs: Math.min(toMs, end),
      why,
    }))
    .filter(({ fromMs, toMs }) => fromMs < toMs)
    .sort((a, b) => a.fromMs - b.fromMs);
  return { ...share(lengthMs - unionMs(notCovered), lengthMs, ''), notCovered };
}

/** A gap of the whole corp whose content did not come later. */
const costsTime = (gap: CoverageGap): boolean =>
  gap.subject.kind === 'Corp' && gap.cause !== 'SequenceSkipped' && gap.state !== 'Recovered';

/** Length of what the stretches cover together, ms. They are in order of their beginnings. */
function unionMs(stretches: readonly Period[]): number {
  let total = 0;
  let reachedMs = Number.NEGATIVE_INFINITY;
  for (const { fromMs, toMs } of stretches) {
    total += Math.max(0, toMs - Math.max(fromMs, reachedMs));
    reachedMs = Math.max(reachedMs, toMs);
  }
  return total;
}

function countStates(gaps: readonly CoverageGap[], cause: GapCause): CoverageReport['gaps']['byCause'] {
  const of = gaps.filter((gap) => gap.cause === cause);
  const count = (state: GapState): number => of.filter((gap) => gap.state === state).length;
  if (of.length === 0) return [];
  return [
    {
      cause,
      total: of.length,
      open: count('Open'),
      recovered: count('Recovered'),
      lost: count('Lost'),
      ended: count('Ended'),
    },
  ];
}

/** By cause as listed, then by time, then by id. */
function inOrder(gaps: readonly CoverageGap[]): CoverageGap[] {
  const rank = new Map(GAP_CAUSES.map((cause, index) => [cause, index]));
  const rankOf = ({ cause }: CoverageGap): number => rank.get(cause) ?? GAP_CAUSES.length;
  return [...gaps].sort(
    (a, b) => rankOf(a) - rankOf(b) || (a.fromMs ?? 0) - (b.fromMs ?? 0) || (a.id < b.id ? -1 : 1),
  );
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
const unknown = (part: number, of: number, why: string): Share => ({ part, of, percent: null, why });
/** 99.999 % is not 100 %. */
const share = (part: number, of: number, whyNot: string): Share =>
  of === 0 ? unknown(part, of, whyNot) : { part, of, percent: Math.floor((part / of) * 10_000) / 100 };
