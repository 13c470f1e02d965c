// Whether the gap inside an occurrence is how people write anyway: 已投保，本周 holds 保，本 and means nothing by it.
import type { TextBuffer } from '../text-buffer.ts';
import { CLAUSE, SEPARATOR, traits } from '../traits.ts';
import type { Glimpse } from '../view.ts';
import { isCommonWord, isHan } from './common-words.ts';

/** Longer terms do not come about by chance where two clauses meet. */
const LONGEST_BY_CHANCE = 3;

/**
 * True for a short Han term of which one gap of blanks or clause punctuation is all that speaks for evasion, when the characters beside
 * it belong to its neighbours: when both form a common word outwards or, for two characters with the end of a clause between, when either
 * does.
 */
export function isNaturalBreak(glimpse: Glimpse): boolean {
  const { folded, start, end, term } = glimpse;
  if (term.length > LONGEST_BY_CHANCE) return false;
  if (!isHan(folded.units[start] as number) || !isHan(folded.units[end - 1] as number)) return false;
  const gap = naturalGap(folded, start, end);
  if (gap === undefined) return false;
  const left = joinsLeft(folded, start);
  const right = joinsRight(folded, end);
  return term.length === 2 && gap === 'clause' ? left || right : left && right;
}

/** Whether the unit at `start` forms a common word with the one before it. */
export function joinsLeft(folded: TextBuffer, start: number): boolean {
  return start > 0 && isCommonWord(folded.units[start - 1] as number, folded.units[start] as number);
}

/** Whether the unit before `end` forms a common word with the one after it. */
export function joinsRight(folded: TextBuffer, end: number): boolean {
  return end < folded.length && isCommonWord(folded.units[end - 1] as number, folded.units[end] as number);
}

/** What the one run of separators inside is, when it is of blanks or has an end of clause in it. */
function naturalGap({ units }: TextBuffer, start: number, end: number): 'blank' | 'clause' | undefined {
  let gaps = 0;
  let kind: 'blank' | 'clause' = 'blank';
  let inGap = false;
  for (let at = start; at < end; at++) {
    const unit = units[at] as number;
    const trait = traits[unit] as number;
    const isGap = (trait & SEPARATOR) !== 0;
    if (isGap && !inGap) gaps++;
    if (isGap && (trait & CLAUSE) === 0 && unit !== BLANK) return undefined;
    if ((trait & CLAUSE) !== 0) kind = 'clause';
    inGap = isGap;
  }
  return gaps === 1 ? kind : undefined;
}

const BLANK = 0x20;
