// Whether lookalike letters are simply letters: `вот` in a Russian sentence is no `bot`, カ in Japanese is no 力.
import type { TextBuffer } from '../text-buffer.ts';
import { LOOKALIKE, traits } from '../traits.ts';
import { isWordUnit } from '../word-units.ts';

/** Units on either side that are looked at. A sentence shows its script sooner. */
const NEARBY = 24;
const KANA_FIRST = 0x3041;
const KANA_LAST = 0x30ff;

/** True when all letters of the occurrence are lookalikes and the text beside it goes on in their script. */
export function isForeignWord({ units, length }: TextBuffer, start: number, end: number): boolean {
  let letters = 0;
  for (let at = start; at < end; at++) {
    const unit = units[at] as number;
    if (!isLetter(unit)) continue;
    if (((traits[unit] as number) & LOOKALIKE) === 0) return false;
    letters++;
  }
  if (letters === 0) return false;
  const block = blockOf(units[start] as number);
  for (let at = Math.max(0, start - NEARBY); at < Math.min(length, end + NEARBY); at++)
    if ((at < start || at >= end) && isLetter(units[at] as number) && blockOf(units[at] as number) === block)
      return true;
  return false;
}

const isKana = (unit: number): boolean => unit >= KANA_FIRST && unit <= KANA_LAST;
const isHanLike = (unit: number): boolean => unit >= 0x3400 && unit <= 0x9fff;
const isLetter = (unit: number): boolean => isWordUnit(unit) || isKana(unit) || isHanLike(unit);

/** Scripts as far as their letters are confused: blocks of 256 units, kana as one. */
const blockOf = (unit: number): number => (isKana(unit) ? KANA_FIRST >> 8 : unit >> 8);
