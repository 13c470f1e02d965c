// What a notice may show of a message, for channels that are configured to carry content: the original words that were hit, and no more.
import type { Evidence } from '@menshen/contracts/finding';

const MOST_HITS = 5;
const MOST_CHARACTERS_PER_HIT = 80;
const MOST_CHARACTERS = 200;

/**
 * The hits in order of appearance, each in 【】 as the highlight, repeated words once, at most 200 characters (code points).
 * `undefined` when there is nothing to show. Example: `【保本】【稳赚】…`.
 */
export function writeExcerpt(evidence: readonly Evidence[]): string | undefined {
  const words = [...new Set(evidence.map((hit) => hit.text).filter((text) => text !== ''))];
  if (words.length === 0) return undefined;
  const shown: string[] = [];
  let left = MOST_CHARACTERS;
  for (const word of words.slice(0, MOST_HITS)) {
    const marked = `【${shorten(word, Math.min(MOST_CHARACTERS_PER_HIT, left - 3))}】`;
    left -= [...marked].length;
    if (left < 0) break;
    shown.push(marked);
  }
  return shown.join('') + (shown.length < words.length ? '…' : '');
}

/** Cuts by code points, so that no surrogate pair is torn. */
function shorten(text: string, most: number): string {
  const points = [...text];
  return points.length <= most ? text : `${points.slice(0, Math.max(0, most - 1)).join('')}…`;
}
