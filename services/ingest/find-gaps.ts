// What a page proves to be missing. WeCom serves the last five days only: older than that, it silently starts at the first message inside them
// (WeCom developer page p/91552). Other holes in the numbering may be harmless, but whoever reads the coverage report decides that.
import { addToDecimal, type Decimal } from '@menshen/contracts/decimal';
import type { CoverageGap } from '@menshen/contracts/page-manifest';

export interface GapQuestion {
  readonly cursor: Decimal;
  /** Everything before this moment had been captured, ms; `undefined` when nothing was ever pulled. */
  readonly coveredUntilMs: number | undefined;
  /** seqs of the page, ascending, all after the cursor. */
  readonly seqs: readonly Decimal[];
  readonly nowMs: number;
}

const WINDOW_MS = 5 * 24 * 3_600_000;
/** WeCom's clock and ours need not agree, and a message's event time is its sender's. */
const TOLERANCE_MS = 3_600_000;
/** A manifest stays small whatever the numbering looks like; further holes of the page are told as one. */
const MOST_GAPS = 50;

/** Holes in the numbering, oldest first. A corp's very first page has none before it: coverage begins there. */
export function findGaps(question: GapQuestion): CoverageGap[] {
  const holes = findHoles(question);
  const [first] = holes;
  const windowPassed =
    first?.afterCursor === true &&
    question.coveredUntilMs !== undefined &&
    question.nowMs - question.coveredUntilMs > WINDOW_MS - TOLERANCE_MS;
  return limit(holes).map((hole): CoverageGap => {
    const { fromSeq, toSeq } = hole;
    const gap = { fromSeq, toSeq, detectedAtMs: question.nowMs };
    return windowPassed && hole === first
      ? {
          ...gap,
          cause: 'WindowPassed',
          detail:
            'capture stood still for longer than the five days that WeCom keeps: these messages are lost',
        }
      : {
          ...gap,
          cause: 'SequenceSkipped',
          detail: 'WeCom skipped these numbers; that alone proves no loss',
        };
  });
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
