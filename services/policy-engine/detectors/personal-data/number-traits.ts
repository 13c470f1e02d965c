// What one pass over a folded text tells of the numbers in it, so that a finder runs only where it can find something: most texts that
// are read hold an order number or a date.

import { HOUSE_UNITS } from './address.ts';
import { PROVINCES } from './vehicle-plate.ts';

export interface NumberTraits {
  /** Most digits, as figures or Chinese numerals, close together. */
  readonly digits: number;
  /** A Latin letter stands beside a digit, at most one character between. */
  readonly isLettered: boolean;
  /** Chinese numerals are among digits that may be a number. */
  readonly isSpelled: boolean;
  /** For {@link tells}. */
  readonly seen: number;
}

/** Chinese numerals by digit, in the folded (simplified) writing; 幺 is one on the telephone. */
export const NUMERALS: ReadonlyMap<string, string> = new Map(
  ['零〇○', '一壹幺', '二贰两', '三叁参', '四肆', '五伍', '六陆', '七柒', '八捌', '九玖'].flatMap(
    (same, digit) => [...same].map((numeral): [string, string] => [numeral, String(digit)]),
  ),
);

/**
 * Units of which one is in every text that a finder finds something in, besides what else it needs. The letters are some of those in the
 * words that the finder looks for.
 */
const TELLING = {
  organizationCode: '构',
  macau: '(/澳m',
  overseas: '+(',
  passport: '照p',
  travelPermit: '行乡胞往rm',
  plate: `${PROVINCES}使`,
  qq: 'q扣鹅',
  weChat: '微薇威加vw',
  email: '@#t',
  address: HOUSE_UNITS,
  name: '名人叫代m',
} as const;

export type TellingOf = keyof typeof TELLING;

// What a unit is, and above these bits of those whom it tells something.
const DIGIT = 1;
const NUMERAL = 2;
const LETTER = 4;
const FIRST_BIT = 3;

const meanings = new Uint32Array(0x10000);
const bits = Object.fromEntries(
  Object.keys(TELLING).map((finder, index) => [finder, 1 << (FIRST_BIT + index)]),
) as Record<TellingOf, number>;
const mean = (unit: string, bit: number): void => {
  const code = unit.charCodeAt(0);
  meanings[code] = (meanings[code] as number) | bit;
};
for (const digit of '0123456789') mean(digit, DIGIT);
for (const numeral of NUMERALS.keys()) mean(numeral, NUMERAL);
for (const letter of 'abcdefghijklmnopqrstuvwxyz') mean(letter, LETTER);
for (const [finder, units] of Object.entries(TELLING))
  for (const unit of units) mean(unit, bits[finder as TellingOf]);

/** What may stand between two digits of a number, at most: a blank, a dash and a blank. */
const WIDEST_GAP = 3;
const FEWEST_SPELLED = 7;

export function readNumberTraits(shown: string): NumberTraits {
  let [digits, run, numerals, last, seen] = [0, 0, 0, 0, 0];
  // Of the two units before, whether each is a letter or a figure.
  let [before, beforeThat] = [0, 0];
  let [isSpelled, isLettered] = [false, false];
  for (let at = 0; at < shown.length; at++) {
    const meaning = meanings[shown.charCodeAt(at)] as number;
    seen |= meaning;
    const kind = meaning & (DIGIT | LETTER);
    if (kind !== 0 && isBoth(kind | before, kind | beforeThat)) isLettered = true;
    beforeThat = before;
    before = kind;
    if ((meaning & (DIGIT | NUMERAL)) === 0) continue;
    if (at - last > WIDEST_GAP + 1) run = numerals = 0;
    last = at;
    run++;
    if ((meaning & NUMERAL) !== 0) numerals++;
    if (run > digits) digits = run;
    if (numerals > 0 && run >= FEWEST_SPELLED) isSpelled = true;
  }
  return { digits, isLettered, isSpelled, seen };
}

/** A letter and a figure, side by side or one unit apart. */
const isBoth = (beside: number, apart: number): boolean =>
  beside === (DIGIT | LETTER) || apart === (DIGIT | LETTER);

/** Whether a text has a unit without which a finder finds nothing. */
export const tells = ({ seen }: NumberTraits, finder: TellingOf): boolean => (seen & bits[finder]) !== 0;

/** Whether a stretch has a Chinese numeral. */
export function hasNumeral(
  shown: string,
  { start, end }: { readonly start: number; readonly end: number },
): boolean {
  for (let at = start; at < end; at++)
    if (((meanings[shown.charCodeAt(at)] as number) & NUMERAL) !== 0) return true;
  return false;
}
