// Terms written by the first letters of their characters: bb or b本 for 保本. The text is the one Separators reads; the spelling differs.
// For terms that opt in: two letters mean a hundred things.

import { lettersOf } from './pinyin/syllables.ts';
import { combine } from './pinyin.ts';
import { spellStripped } from './separators.ts';
import { LETTER, SEPARATOR, traits } from './traits.ts';
import type { Glimpse, View } from './view.ts';
import { isWordUnit } from './word-units.ts';

export const initials: View = { name: 'Initials', space: 'Letters', spell, accepts };

/** Up to this many characters, every mixture of letters and characters is looked for; beyond, letters only. */
const LONGEST_MIXED = 4;
const MOST_SPELLINGS = 32;

function spell(term: string): readonly string[] {
  const plain = spellStripped(term);
  const [text] = plain;
  if (text === undefined || text.length < 2) return plain;
  const letters = [...text].map((character) => firstLetters(character));
  if (letters.some((ways) => ways.length === 0)) return plain;
  const spellings = new Set(plain);
  for (const spelling of combine(letters, MOST_SPELLINGS)) spellings.add(spelling);
  if (text.length <= LONGEST_MIXED)
    for (const spelling of combine(
      letters.map((ways, at) => [...ways, text[at] ?? '']),
      MOST_SPELLINGS,
    ))
      spellings.add(spelling);
  return [...spellings];
}

const firstLetters = (character: string): string[] => [
  ...new Set(lettersOf(character.charCodeAt(0)).map((syllable) => syllable[0] ?? '')),
];

/** Letters stand together and by themselves: no word goes on beside them, and two or three letters have no gap. */
function accepts({ folded: shown, start, end, term }: Glimpse): boolean {
  if (isWordAt(shown.units, start) && start > 0 && isWordUnit(shown.units[start - 1] as number)) return false;
  if (isWordAt(shown.units, end - 1) && end < shown.length && isWordUnit(shown.units[end] as number))
    return false;
  return term.length > 3 || !hasGap(shown.units, start, end);
}

const isWordAt = (units: Uint16Array, at: number): boolean =>
  ((traits[units[at] as number] as number) & LETTER) !== 0;

function hasGap(units: Uint16Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++)
    if (((traits[units[at] as number] as number) & SEPARATOR) !== 0) return true;
  return false;
}
