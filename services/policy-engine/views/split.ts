// Characters written as their parts: 氵去 is 法, 亻言 is 信, 弓长 is 张.
import { isNaturalBreak } from './guards/natural-break.ts';
import { spellStripped, strippedTerm } from './separators.ts';
import { composeParts } from './split/compose-parts.ts';
import { createBuffer, readUnits } from './text-buffer.ts';
import { PART } from './traits.ts';
import type { View } from './view.ts';

export const split: View = {
  name: 'Split',
  space: 'Letters',
  rewrites: [
    { traits: PART, rewrite: ({ stripped }, out) => composeParts(stripped, out) },
    { traits: PART, rewrite: ({ stripped }, out) => composeParts(stripped, out, 'later') },
  ],
  spell,
  accepts: (glimpse) => !isNaturalBreak(glimpse),
};

const composed = createBuffer(64);

function spell(term: string): readonly string[] {
  const plain = spellStripped(term);
  if (plain.length === 0 || !composeParts(strippedTerm, composed)) return plain;
  return [...new Set([...plain, readUnits(composed, 0, composed.length)])];
}
