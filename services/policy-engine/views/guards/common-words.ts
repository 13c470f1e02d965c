// Which two characters are a word of everyday Chinese. Asked for hits only: what is a word of its own, or two halves of neighbouring
// words, is seldom an evasion. A committed list and not a segmenter of the platform, so that no verdict depends on the version of Node.
import { COMMON_WORDS } from '../chinese/common-words.ts';

const FIRST_HAN = 0x4e00;
const HAN_COUNT = 0x51a6;

let words: Set<number> | undefined;

/** Whether the two units, simplified Han, are a common word. */
export function isCommonWord(first: number, second: number): boolean {
  words ??= readWords();
  return words.has(keyOf(first, second));
}

const keyOf = (first: number, second: number): number =>
  isHan(first) && isHan(second) ? (first - FIRST_HAN) * HAN_COUNT + second - FIRST_HAN : -1;

export const isHan = (unit: number): boolean => unit >= FIRST_HAN && unit < FIRST_HAN + HAN_COUNT;

function readWords(): Set<number> {
  const read = new Set<number>();
  for (const item of COMMON_WORDS.split(' '))
    for (let at = 1; at < item.length; at++) read.add(keyOf(item.charCodeAt(0), item.charCodeAt(at)));
  return read;
}
