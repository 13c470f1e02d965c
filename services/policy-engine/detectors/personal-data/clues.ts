// Which units of a text make it worth reading for personal data, whatever their width or writing.
import { DROPPED, SPECIAL, singles } from '../../views/folding/fold-table.ts';
import { HOUSE_UNITS } from './address.ts';
import { PROVINCES } from './vehicle-plate.ts';

// What a unit means. BLANK and NOTHING, which the folding drops, may stand between two that matter.
const OTHER = 0;
const DIGIT = 1;
const LETTER = 2;
const PROVINCE = 3;
const HOUSE = 4;
const BLANK = 5;
const NOTHING = 6;

const MEANINGS = meaningsOfUnits();

/** A figure or a Chinese numeral, or the beginning of one that takes two units. */
export const isNumeral = (unit: number): boolean => MEANINGS[unit] === DIGIT;
export const isInvisible = (unit: number): boolean => MEANINGS[unit] === NOTHING;

/** With one of these {@link isPlateOrHouse} is worth asking. */
export const mayBePlateOrHouse = (unit: number): boolean =>
  MEANINGS[unit] === PROVINCE || MEANINGS[unit] === HOUSE;

/** The short name of a province and a letter (沪A), or a number or letter and 号, 弄, 栋 … (5号, A座). */
export function isPlateOrHouse(text: string, at: number): boolean {
  if (MEANINGS[text.charCodeAt(at)] === PROVINCE) return meaningFrom(text, at + 1, 1) === LETTER;
  const before = meaningFrom(text, at - 1, -1);
  return before === DIGIT || before === LETTER;
}

/** The meaning of the next unit that has one, in steps of 1 or -1. */
function meaningFrom(text: string, start: number, step: number): number {
  for (let at = start; at >= 0 && at < text.length; at += step) {
    const meaning = MEANINGS[text.charCodeAt(at)] as number;
    if (meaning < BLANK) return meaning;
  }
  return OTHER;
}

function meaningsOfUnits(): Uint8Array {
  const words: readonly [number, string][] = [
    [DIGIT, '0123456789零〇○一壹壱幺么二贰弐两三叁参四肆五伍六陆七柒八捌九玖'],
    [LETTER, 'abcdefghijklmnopqrstuvwxyz'],
    [PROVINCE, PROVINCES],
    [HOUSE, HOUSE_UNITS],
    [BLANK, ' '],
  ];
  const byFolded = new Map(
    words.flatMap(([meaning, units]) => [...units].map((unit) => [unit.charCodeAt(0), meaning])),
  );
  return Uint8Array.from(singles, (folded, unit) => {
    if (folded === DROPPED || isLowSurrogate(unit)) return NOTHING;
    return folded === SPECIAL ? meaningOfSpecial(unit) : (byFolded.get(folded) ?? OTHER);
  });
}

/** Units of which the fold makes several, or one of two: circled numbers of two digits, mathematical and segmented digits. */
function meaningOfSpecial(unit: number): number {
  if (unit >= 0x2460 && unit <= 0x24ff) return DIGIT;
  if (unit === 0xd835 || unit === 0xd83e) return DIGIT;
  // Combining marks stand behind what they belong to.
  return unit >= 0x300 && unit <= 0x36f ? NOTHING : OTHER;
}

/** Stands behind the unit that says what the character is. */
function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
