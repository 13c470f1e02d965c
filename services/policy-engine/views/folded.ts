// Case, width, compatibility forms, traditional or simplified writing made equal; invisible characters removed; letters that look like
// Latin ones read as those too (in the other lane, so that Russian stays Russian).
import { foldText } from './folding/fold-text.ts';
import { createBuffer, readUnits } from './text-buffer.ts';
import type { TextView } from './view.ts';

export const folded: TextView = {
  name: 'Folded',
  space: 'Letters',
  ignoresCase: true,
  show: foldText,
  spell: (term) => [foldTerm(term)],
};

const buffer = createBuffer(64);

/** The term as it stands in folded text. */
export function foldTerm(term: string): string {
  foldText(term, buffer);
  return readUnits(buffer, 0, buffer.length);
}
