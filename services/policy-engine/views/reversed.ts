// The text read backwards, character by character: 本保 is 保本. Only the terms are turned round; the text is the one Separators reads.
import { isCommonWord } from './guards/common-words.ts';
import { isNaturalBreak, joinsLeft, joinsRight } from './guards/natural-break.ts';
import { spellStripped } from './separators.ts';
import type { Glimpse, View } from './view.ts';

export const reversed: View = { name: 'Reversed', space: 'Letters', spell, accepts };

function spell(term: string): readonly string[] {
  const plain = spellStripped(term);
  return [...new Set(plain.flatMap((text) => [text, [...text].reverse().join('')]))];
}

/** 议会 is 会议 backwards, and a word of its own; 票发 is the end of one word and the beginning of another in 把车票发给他. */
function accepts(glimpse: Glimpse): boolean {
  const { folded, start, end } = glimpse;
  if (end - start > 2) return !isNaturalBreak(glimpse);
  // Of one character, what stands behind it may be left from another text.
  const isWord =
    end - start === 2 && isCommonWord(folded.units[start] as number, folded.units[start + 1] as number);
  return !isWord && !joinsLeft(folded, start) && !joinsRight(folded, end);
}
