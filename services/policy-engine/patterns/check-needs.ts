// Whether a text can match any of some patterns, by what they need: digits, and characters of small sets.
import type { TextBuffer } from '../views/text-buffer.ts';
import type { Needs } from './find-needs.ts';

/** Sets beyond these are not asked about. One bit is for the digits. */
const MAX_SETS = 31;
const DIGIT = 1;

/** False only when no pattern can match what the buffer shows. */
export type NeedsCheck = (buffer: TextBuffer) => boolean;

export function compileNeeds(needs: readonly Needs[]): NeedsCheck {
  const bits = new Int32Array(65536).fill(DIGIT, 0x30, 0x3a);
  const numbers = new Map<string, number>();
  const asked = needs.map(({ digits, sets }) => {
    let mask = 0;
    for (const set of sets) mask |= bitOf(bits, numbers, set);
    return { digits, mask };
  });
  if (asked.some(({ digits, mask }) => digits === 0 && mask === 0)) return () => true;
  return ({ units, length }) => {
    let seen = 0;
    let digits = 0;
    for (let index = 0; index < length; index++) {
      const bit = bits[units[index] as number] as number;
      seen |= bit;
      digits += bit & DIGIT;
    }
    return asked.some((need) => digits >= need.digits && (seen & need.mask) === need.mask);
  };
}

/** The bit of a set, given to it when it is new; 0 when there are too many. */
function bitOf(bits: Int32Array, numbers: Map<string, number>, set: readonly number[]): number {
  const key = set.join();
  const known = numbers.get(key);
  if (known !== undefined) return known;
  const bit = numbers.size < MAX_SETS ? 2 << numbers.size : 0;
  numbers.set(key, bit);
  for (const unit of set) bits[unit] = (bits[unit] as number) | bit;
  return bit;
}
