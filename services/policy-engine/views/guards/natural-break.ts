// Whether the gap inside an occurrence is how people write anyway: 已投保，本周 holds 保，本 and means nothing by it.
import type { TextBuffer } from '../text-buffer.ts';
import { CLAUSE, SEPARATOR, traits } from '../traits.ts';
import type { Glimpse } from '../view.ts';
import { isCommonWord, isHan } from './common-words.ts';

/** Longer terms do not come about by chance where two clauses meet. */
const LONGEST_BY_CHANCE = 3;

/**
 * True for a short Han term of which one gap of blanks or clause punctuation is all that speaks for evasion, when the characters beside
 * it belong to its neighbours: for two characters, when either forms a common word outwards; for three, when both do.
 */
export function isNaturalBreak(glimpse: Glimpse): boolean {
  const { folded, start, end, term } = glimpse;
  if (term.length > LONGEST_BY_CHANCE) return false;
  if (!isHan(folded.units[start] as number) || !isHan(folded.units[end - 1] as number)) return false;
  if (!hasOneNaturalGap(folded, start, end)) return false;
  const left = joinsLeft(folded, start);
  const right = joinsRight(folded, end);
  return term.length === LONGEST_BY_CHANCE ? left && right : left || right;
}

/** Whether the unit at `start` forms a common word with the one before it. */
export function joinsLeft(folded: TextBuffer, start: number): boolean {
  return start > 0 && isCommonWord(folded.units[start - 1] as number, folded.units[start] as number);
}

/** Whether the unit before `end` forms a common word with the one after it. */
export function joinsRight(folded: TextBuffer, end: number): boolean {
  return end < folded.length && isCommonWord(folded.units[end - 1] as number, folded.units[end] as number);
}

/** One run of separators inside, of blanks or with an end of clause in it. */
function hasOneNaturalGap(folded: TextBuffer, start: number, end: number): boolean {
  let gaps = 0;
  let natural = true;
  let inGap = false;
  for (let at = start; at < end; at++) {
    const unit = folded.units[at] as number;
    const trait = traits[unit] as number;
    const isGap = (trait & SEPARATOR) !== 0;
    if (isGap && !inGap) gaps++;
    if (isGap && (trait & CLAUSE) === 0 && unit !== BLANK) natural = false;
    inGap = isGap;
  }
  return gaps === 1 && natural;
}

const BLANK = 0x20;
