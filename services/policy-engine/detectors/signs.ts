// What a text shows at a glance, for the detectors that read only few texts closely. Every message of a policy that asks pays for this, so
// it is one pass over the original for all of them together.
import { singles } from '../views/folding/fold-table.ts';
import { isInvisible, isNumeral, isPlateOrHouse, mayBePlateOrHouse } from './personal-data/clues.ts';
import { isDotOfNumbers, isUrlClue, mayBeUrlClue } from './urls/url-clue.ts';

/** Six digits close together, in any writing. */
export const showsDigits = (text: string): boolean => (signsOf(text) & DIGITS) !== 0;
/** A number plate, or the number of a house. */
export const showsPlateOrHouse = (text: string): boolean => (signsOf(text) & PLATE_OR_HOUSE) !== 0;
/** An at sign. */
export const showsAt = (text: string): boolean => (signsOf(text) & AT) !== 0;
/** An address of the net, in any disguise that is read. */
export const showsUrl = (text: string): boolean => (signsOf(text) & URL) !== 0;

const DIGITS = 1;
const PLATE_OR_HOUSE = 2;
const URL = 4;
const AT = 8;
/** The unit is not there. */
const GAP = 16;
/** A dot between numbers, of which it takes several. */
const DOTTED = 32;

const AT_SIGN = '@'.charCodeAt(0);

/** Unit → what it may be a sign of; never of two things. */
const hints = Uint8Array.from(singles, (folded, unit) => {
  const digit = isNumeral(unit) ? DIGITS : 0;
  const place = mayBePlateOrHouse(unit) ? PLATE_OR_HOUSE : 0;
  const url = mayBeUrlClue(unit) ? URL : 0;
  return digit | place | url | (folded === AT_SIGN ? AT : 0) | (isInvisible(unit) ? GAP : 0);
});

/** The fewest digits of any kind of number that is found by its digits (Hong Kong's), and how far apart two of them may stand. */
const ENOUGH = 6;
const FURTHEST = 4;
/** Dots between numbers that make an address of a machine. */
const DOTS = 3;

/** Several clues ask about one text, one after the other. */
let last = { text: '', signs: 0 };

function signsOf(text: string): number {
  if (text === last.text) return last.signs;
  last = { text, signs: readSigns(text) };
  return last.signs;
}

function readSigns(text: string): number {
  let [signs, digits, digitAt, dots] = [0, 0, 0, 0];
  for (let at = 0; at < text.length; at++) {
    const hint = hints[text.charCodeAt(at)] as number;
    switch (hint) {
      case 0:
        break;
      case DIGITS:
        digits = at - digitAt > FURTHEST ? 1 : digits + 1;
        digitAt = at;
        if (digits === ENOUGH) signs |= DIGITS;
        break;
      case GAP:
        digitAt++;
        break;
      default: {
        const sign = signAt(text, at, hint);
        if (sign === DOTTED) dots++;
        else signs |= sign;
      }
    }
  }
  return dots < DOTS ? signs : signs | URL;
}

function signAt(text: string, at: number, hint: number): number {
  if (hint === AT) return AT;
  if (hint === PLATE_OR_HOUSE) return isPlateOrHouse(text, at) ? PLATE_OR_HOUSE : 0;
  if (isUrlClue(text, at)) return URL;
  return isDotOfNumbers(text, at) ? DOTTED : 0;
}
