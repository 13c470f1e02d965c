// What one pass over a folded text tells of the numbers in it, so that a finder runs only where it can find something: most texts that
// are read hold an order number or a date.

export interface NumberTraits {
  /** Most digits, as figures or Chinese numerals, close together. */
  readonly digits: number;
  /** A Latin letter stands beside a digit, at most one character between. */
  readonly isLettered: boolean;
  /** Chinese numerals are among digits that may be a number. */
  readonly isSpelled: boolean;
}

/** Chinese numerals by digit, in the folded (simplified) writing; 幺 is one on the telephone. */
export const NUMERALS: ReadonlyMap<string, string> = new Map(
  ['零〇○', '一壹幺', '二贰两', '三叁参', '四肆', '五伍', '六陆', '七柒', '八捌', '九玖'].flatMap(
    (same, digit) => [...same].map((numeral): [string, string] => [numeral, String(digit)]),
  ),
);

const DIGIT = 1;
const NUMERAL = 2;
const MEANINGS = new Uint8Array(0x10000).fill(DIGIT, 48, 58);
for (const numeral of NUMERALS.keys()) MEANINGS[numeral.charCodeAt(0)] = NUMERAL;

/** What may stand between two digits of a number, at most: a blank, a dash and a blank. */
const WIDEST_GAP = 3;
const FEWEST_SPELLED = 7;
const LETTERED = /[a-z].?[0-9]|[0-9].?[a-z]/;

export function readNumberTraits(shown: string): NumberTraits {
  let [digits, run, numerals, last] = [0, 0, 0, 0];
  let isSpelled = false;
  for (let at = 0; at < shown.length; at++) {
    const meaning = MEANINGS[shown.charCodeAt(at)];
    if (meaning === 0) continue;
    if (at - last > WIDEST_GAP + 1) run = numerals = 0;
    last = at;
    run++;
    if (meaning === NUMERAL) numerals++;
    if (run > digits) digits = run;
    if (numerals > 0 && run >= FEWEST_SPELLED) isSpelled = true;
  }
  return { digits, isLettered: LETTERED.test(shown), isSpelled };
}

/** Whether a stretch has a Chinese numeral. */
export function hasNumeral(
  shown: string,
  { start, end }: { readonly start: number; readonly end: number },
): boolean {
  for (let at = start; at < end; at++) if (MEANINGS[shown.charCodeAt(at)] === NUMERAL) return true;
  return false;
}
