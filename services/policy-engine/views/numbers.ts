// Numbers in whatever form, as digits: 一二三, 壹贰叁, 幺洞拐 (①②③ and full width are folded already).
import { isNaturalBreak } from './guards/natural-break.ts';
import { spellStripped, strippedTerm } from './separators.ts';
import { createBuffer, readUnits, reserve, type TextBuffer } from './text-buffer.ts';
import { addTrait, DIGIT, NUMERAL, traits } from './traits.ts';
import type { Glimpse, View } from './view.ts';

export const numbers: View = {
  name: 'Numbers',
  space: 'Letters',
  rewrites: [{ traits: NUMERAL, rewrite: ({ stripped }, out) => writeDigits(stripped, out) }],
  spell,
  accepts: (glimpse) => !isPartOfNumber(glimpse) && !isNaturalBreak(glimpse),
};

const WRITTEN = '〇0零0一1壹1弌1二2贰2弍2三3叁3参3弎3四4肆4五5伍5六6陆6七7柒7八8捌8九9玖9';
/** Words of their own, which count as numerals only in a run of three. */
const SPOKEN = '幺1两2拐7勾9洞0钩9';
const TEN = '十拾';
/** As many numerals and digits side by side are a number however they are spoken. */
const SPOKEN_RUN = 3;

const digitOf = new Uint16Array(65536);
const isSpoken = new Uint8Array(65536);
for (const pairs of [WRITTEN, SPOKEN])
  for (let at = 0; at < pairs.length; at += 2) {
    digitOf[pairs.charCodeAt(at)] = pairs.charCodeAt(at + 1);
    if (pairs === SPOKEN) isSpoken[pairs.charCodeAt(at)] = 1;
  }
const tens = new Set([...TEN].map((ten) => ten.charCodeAt(0)));
for (const pairs of [WRITTEN, SPOKEN])
  for (let at = 0; at < pairs.length; at += 2) addTrait([pairs.charCodeAt(at)], NUMERAL);
addTrait(tens, NUMERAL);

const [ZERO, ONE] = [0x30, 0x31];

/** Writes the stripped text with numerals as digits. False when there were none. */
function writeDigits(stripped: TextBuffer, out: TextBuffer): boolean {
  const { units, length } = stripped;
  reserve(out, 2 * length);
  out.length = 0;
  out.plain = 0;
  out.alternates = false;
  let found = false;
  for (let at = 0; at < length; ) {
    const end = endOfNumber(stripped, at);
    const isLong = end - at >= SPOKEN_RUN;
    for (; at < end; at++) {
      const wrote = writeNumeral(stripped, out, { at, isLong });
      found ||= wrote;
    }
    if (at < length) append(stripped, out, { unit: units[at] as number, at: at++ });
  }
  return found;
}

function endOfNumber({ units, length }: TextBuffer, start: number): number {
  let end = start;
  while (end < length && ((traits[units[end] as number] as number) & (NUMERAL | DIGIT)) !== 0) end++;
  return end;
}

function writeNumeral(stripped: TextBuffer, out: TextBuffer, here: { at: number; isLong: boolean }): boolean {
  const { at, isLong } = here;
  const unit = stripped.units[at] as number;
  if (tens.has(unit)) return writeTen(stripped, out, at);
  const digit = digitOf[unit] as number;
  if (digit === 0 || (isSpoken[unit] === 1 && !isLong)) {
    append(stripped, out, { unit, at });
    return false;
  }
  append(stripped, out, { unit: digit, at });
  return true;
}

/** 十 is 10, 十五 is 15, 五十 is 50 and 五十五 is 55. */
function writeTen(stripped: TextBuffer, out: TextBuffer, at: number): boolean {
  const before = at > 0 && isDigitLike(stripped.units[at - 1] as number);
  const after = at + 1 < stripped.length && isDigitLike(stripped.units[at + 1] as number);
  if (!before) append(stripped, out, { unit: ONE, at });
  if (!after) append(stripped, out, { unit: ZERO, at });
  return true;
}

const isDigitLike = (unit: number): boolean =>
  digitOf[unit] !== 0 || ((traits[unit] as number) & DIGIT) !== 0;

function append(stripped: TextBuffer, out: TextBuffer, { unit, at }: { unit: number; at: number }): void {
  out.units[out.length] = unit;
  out.from[out.length] = stripped.from[at] as number;
  out.to[out.length++] = stripped.to[at] as number;
}

const shown = createBuffer(64);

function spell(term: string): readonly string[] {
  const plain = spellStripped(term);
  if (plain.length === 0 || !writeDigits(strippedTerm, shown)) return plain;
  return [...new Set([...plain, readUnits(shown, 0, shown.length)])];
}

/** 12345 is not in 一一二三四五六. */
function isPartOfNumber({ folded, start, end }: Glimpse): boolean {
  const { units, length } = folded;
  const isEdge = (inside: number, outside: number): boolean =>
    outside >= 0 &&
    outside < length &&
    isDigitLike(units[inside] as number) &&
    isDigitLike(units[outside] as number);
  return isEdge(start, start - 1) || isEdge(end - 1, end);
}
