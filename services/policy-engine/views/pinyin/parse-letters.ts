// Letters that are pinyin, cut into syllables: `baoben` is bao ben. A run of letters that is not syllables throughout is no pinyin.
import { allSyllables, unitOf } from './syllables.ts';

const A = 0x61;
const LETTERS = 26;
/** Longer runs are left alone; the longest phrase that is worth it is shorter. */
const LONGEST_RUN = 96;

/** State * 26 + letter → state; 0 = none. State 0 is the beginning. */
const steps = new Uint16Array(2048 * LETTERS);
/** State → unit of the syllable that ends there; 0 = none. */
const ends = new Uint16Array(2048);
buildSteps();

function buildSteps(): void {
  let states = 1;
  for (const syllable of allSyllables) {
    let state = 0;
    for (let at = 0; at < syllable.length; at++) {
      const step = state * LETTERS + syllable.charCodeAt(at) - A;
      if (steps[step] === 0) steps[step] = states++;
      state = steps[step] as number;
    }
    ends[state] = unitOf(syllable);
  }
}

/** What was parsed: unit, and the position after its last letter, from the beginning of the run. Reused. */
export interface ParsedLetters {
  readonly units: Uint16Array;
  readonly ends: Uint8Array;
}

/** Position → fewest syllables that reach it, plus one; 0 = none do. */
const fewest = new Uint8Array(LONGEST_RUN + 1);
/** Position → where the last of those begins, and its unit. */
const before = new Uint8Array(LONGEST_RUN + 1);
const lastUnit = new Uint16Array(LONGEST_RUN + 1);
export const parsed: ParsedLetters = {
  units: new Uint16Array(LONGEST_RUN),
  ends: new Uint8Array(LONGEST_RUN),
};

/**
 * Cuts the letters (0 = a) into the fewest syllables; of several ways the one whose last syllable is longest, so that the same letters
 * are always cut alike. Returns how many there are, in {@link parsed}; 0 when the letters are not syllables throughout.
 */
export function parseLetters(letters: Uint8Array, count: number): number {
  if (count > LONGEST_RUN) return 0;
  fewest.fill(0, 0, count + 1);
  fewest[0] = 1;
  let reach = 0;
  for (let from = 0; from <= reach && from < count; from++)
    if (fewest[from] !== 0) reach = Math.max(reach, readFrom(letters, count, from));
  const found = (fewest[count] as number) - 1;
  if (found <= 0) return 0;
  for (let end = count, index = found - 1; index >= 0; index--) {
    parsed.units[index] = lastUnit[end] as number;
    parsed.ends[index] = end;
    end = before[end] as number;
  }
  return found;
}

/** Tries every syllable that begins at `from`. Returns the farthest end. */
function readFrom(letters: Uint8Array, count: number, from: number): number {
  const reached = (fewest[from] as number) + 1;
  let reach = from;
  let state = 0;
  for (let at = from; at < count; at++) {
    state = steps[state * LETTERS + (letters[at] as number)] as number;
    if (state === 0) break;
    const unit = ends[state] as number;
    const known = fewest[at + 1] as number;
    if (unit === 0 || (known !== 0 && known <= reached)) continue;
    fewest[at + 1] = reached;
    before[at + 1] = from;
    lastUnit[at + 1] = unit;
    reach = at + 1;
  }
  return reach;
}
