// What stands between the characters of a word taken away: spaces, punctuation, symbols, emoji.

import { foldText } from './folding/fold-text.ts';
import { isNaturalBreak } from './guards/natural-break.ts';
import { stripSeparators } from './strip-separators.ts';
import { createBuffer, readUnits } from './text-buffer.ts';
import type { View } from './view.ts';

export const separators: View = {
  name: 'Separators',
  space: 'Letters',
  spell: (term) => spellStripped(term),
  accepts: (glimpse) => !isNaturalBreak(glimpse),
};

export const foldedTerm = createBuffer(64);
export const strippedTerm = createBuffer(64);

let spelled: { term: string; readonly ways: readonly string[] } | undefined;

/**
 * The term as it stands in a text without separators; none when nothing is left. {@link foldedTerm} and {@link strippedTerm} then hold it.
 * Each view asks in turn for the same term, so the last is kept.
 */
export function spellStripped(term: string): readonly string[] {
  if (spelled?.term === term) return spelled.ways;
  foldText(term, foldedTerm);
  stripSeparators(foldedTerm, strippedTerm);
  const ways = strippedTerm.length === 0 ? [] : [readUnits(strippedTerm, 0, strippedTerm.length)];
  spelled = { term, ways };
  return ways;
}
