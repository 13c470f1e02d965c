// What stands between the characters of a word taken away: spaces, punctuation, symbols, emoji.

import { foldText } from './folding/fold-text.ts';
import { isNaturalBreak } from './guards/natural-break.ts';
import { stripSeparators } from './strip-separators.ts';
import { createBuffer, readUnits, type TextBuffer } from './text-buffer.ts';
import type { View } from './view.ts';

export const separators: View = {
  name: 'Separators',
  space: 'Letters',
  spell: (term) => spellStripped(term),
  accepts: (glimpse) => !isNaturalBreak(glimpse),
};

const ownFolded = createBuffer(64);
export const strippedTerm = createBuffer(64);

/** The term as it stands in a text without separators; none when nothing is left. `folded` receives the folded term. */
export function spellStripped(term: string, folded: TextBuffer = ownFolded): readonly string[] {
  foldText(term, folded);
  stripSeparators(folded, strippedTerm);
  return strippedTerm.length === 0 ? [] : [readUnits(strippedTerm, 0, strippedTerm.length)];
}
