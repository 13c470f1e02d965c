// What a page proves to be missing. WeCom serves the last five days only: older than that, it silently starts at the first message inside them
// (WeCom developer page p/91552). Other holes in the numbering may be harmless, but whoever reads the coverage report decides that.
import type { CoverageGap } from '@menshen/contracts/coverage-gap';
import { addToDecimal, type Decimal } from '@menshen/contracts/decimal';

export interface GapQuestion {
  readonly corpId: string;
  readonly cursor: Decimal;
  /** Everything before this moment had been captured, ms; `undefined` when nothing was ever pulled. */
  readonly coveredUntilMs: number | undefined;
  /** Since the last message WeCom has refused to answer from this moment on: what it withheld then may show as a hole only now, ms. */
  readonly troubledSinceMs: number | undefined;
  /** seqs of the page, ascending, all after the cursor. */
  readonly seqs: readonly Decimal[];
  readonly nowMs: number;
}

/** WeCom serves this much of the past (developer page p/91552), ms. */
export const WINDOW_MS = 5 * 24 * 3_600_000;
/** WeCom's clock and ours need not agree, and a message's event time is its sender's. */
export const TOLERANCE_MS = 3_600_000;
/** A manifest stays small whatever the numbering looks like; further holes of the page are told as one. */
const MOST_GAPS = 50;

/** Holes in the numbering, oldest first. A corp's very first page has none before it: coverage begins there. */
export function findGaps(question: GapQuestion): CoverageGap[] {
  const holes = findHoles(question);
  const [first] = holes;
  const coveredUntilMs = first?.afterCursor === true ? question.coveredUntilMs : undefined;
  return limit(holes).map((hole) =>
    hole === first && coveredUntilMs !== undefined && hasPassed(coveredUntilMs, question.nowMs)
      ? windowGap(question, hole, coveredUntilMs)
      : skippedGap(question, hole),
  );
}

/** Part of what came after this moment cannot be pulled any more. */
export const hasPassed = (coveredUntilMs: number, nowMs: number): boolean =>
  nowMs - coveredUntilMs > WINDOW_MS - TOLERANCE_MS;

function windowGap(question: GapQuestion, hole: Hole, coveredUntilMs: number): CoverageGap {
  return {
    ...gapOf(question, hole, 'WindowPassed'),
    state: 'Lost',
    fromMs: coveredUntilMs,
    // What is younger than the window WeCom still had; with the tolerance the end may lie before the beginning.
    toMs: Math.max(coveredUntilMs, question.nowMs - WINDOW_MS),
    detail: 'capture stood still for longer than the five days that WeCom keeps: these messages are lost',
  };
}

function skippedGap(question: GapQuestion, hole: Hole): CoverageGap {
  return {
    ...gapOf(question, hole, 'SequenceSkipped'),
    state: 'Ended',
    // Numbers rise with time: what is missing would have come after everything captured before, or in a time when WeCom withheld.
    ...(question.coveredUntilMs === undefined
      ? {}
      : { fromMs: Math.min(question.coveredUntilMs, question.troubledSinceMs ?? question.coveredUntilMs) }),
    toMs: question.nowMs,
    detail: 'WeCom skipped these numbers; that alone proves no loss',
  };
}

function gapOf(
  { corpId, nowMs }: GapQuestion,
  { fromSeq, toSeq }: Hole,
  cause: 'WindowPassed' | 'SequenceSkipped',
) {
  return {
    id: `${cause}:${fromSeq}`,
    cause,
    subject: { kind: 'Corp', id: corpId, place: '' },
    fromSeq,
    toSeq,
    detectedAtMs: nowMs,
    source: 'Pull',
  } as const;
}

interface Hole {
  readonly fromSeq: Decimal;
  readonly toSeq: Decimal;
  readonly afterCursor: boolean;
}

function findHoles({ cursor, seqs }: GapQuestion): Hole[] {
  const holes: Hole[] = [];
  let previous = cursor;
  for (const seq of seqs) {
    // Nearly always true, and needs no big integers.
    const fromSeq = increment(previous);
    const begins = previous === '0' && cursor === '0';
    if (fromSeq !== seq && !begins)
      holes.push({ fromSeq, toSeq: addToDecimal(seq, -1), afterCursor: previous === cursor });
    previous = seq;
  }
  return holes;
}

function increment(seq: Decimal): Decimal {
  const small = Number(seq);
  return small < Number.MAX_SAFE_INTEGER ? String(small + 1) : addToDecimal(seq, 1);
}

function limit(holes: Hole[]): Hole[] {
  const rest = holes.slice(MOST_GAPS - 1);
  const [next] = rest;
  const last = rest.at(-1);
  if (rest.length <= 1 || next === undefined || last === undefined) return holes;
  return [...holes.slice(0, MOST_GAPS - 1), { ...next, toSeq: last.toSeq }];
}
