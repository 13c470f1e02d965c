// Latin words with digits and signs for letters: p@ssw0rd, v1p, 1ns1der.
import { foldedTerm, spellStripped } from './separators.ts';
import { createBuffer, readUnits, reserve, type TextBuffer } from './text-buffer.ts';
import {
  addTrait,
  DIGIT,
  isPicture,
  LEET,
  LETTER,
  LOOKALIKE,
  lookalikes,
  PAIR,
  pointAt,
  SEPARATOR,
  traits,
} from './traits.ts';
import type { Glimpse, View } from './view.ts';

export const leet: View = {
  name: 'Leet',
  space: 'Letters',
  rewrites: [{ traits: LEET, rewrite: ({ folded }, out) => replaceLeet(folded, out) }],
  spell,
  accepts,
};

/** Sign, the letter that it stands for, and another one. 1 is i and l, even in one word: in a word with signs, l is shown as i. */
const SIGNS = '0oo 1ii 2zz 3ee 4aa 5ss 6gb 7tt 8bb 9gg @aa $ss !ii |ii +tt €ee £ii ¥yy lii';
/** These end sentences and join things more often than they stand for letters: only before a letter or another sign. */
const INSIDE_ONLY = '!|+';

const letterOf = new Uint16Array(65536);
const otherOf = new Uint16Array(65536);
for (const [sign = '', letter = '', other = ''] of SIGNS.split(' ')) {
  letterOf[sign.charCodeAt(0)] = letter.charCodeAt(0);
  otherOf[sign.charCodeAt(0)] = other.charCodeAt(0);
  if (sign !== 'l') addTrait([sign.charCodeAt(0)], LEET);
}
const insideOnly = new Set([...INSIDE_ONLY].map((sign) => sign.charCodeAt(0)));

/** Writes the text without separators, signs in Latin words replaced. False when there were none. */
function replaceLeet(folded: TextBuffer, out: TextBuffer): boolean {
  reserve(out, folded.length);
  out.length = 0;
  out.plain = 0;
  out.alternates = true;
  let found = false;
  for (let at = 0; at < folded.length; ) {
    const end = endOfWord(folded, at);
    const isLeet = end > at + 1 && isMixed(folded, at, end);
    found ||= isLeet;
    if (end === at) at = skipOther(folded, out, at);
    for (; at < end; at++) appendUnit(folded, out, at, isLeet);
  }
  return found;
}

/** Where the run of letters and signs ends that begins at `start`. */
function endOfWord({ units, length }: TextBuffer, start: number): number {
  let end = start;
  while (end < length && ((traits[units[end] as number] as number) & (LETTER | LEET)) !== 0) end++;
  return end;
}

function isMixed({ units }: TextBuffer, start: number, end: number): boolean {
  let seen = 0;
  for (let at = start; at < end; at++) seen |= traits[units[at] as number] as number;
  return (seen & LETTER) !== 0 && (seen & LEET) !== 0;
}

function appendUnit(folded: TextBuffer, out: TextBuffer, at: number, isLeet: boolean): void {
  const unit = folded.units[at] as number;
  const trait = traits[unit] as number;
  if (isLeet && letterOf[unit] !== 0 && (!insideOnly.has(unit) || goesOn(folded, at + 1)))
    append(out, { unit: letterOf[unit] as number, other: otherOf[unit] as number, from: at, to: at + 1 });
  else if ((trait & SEPARATOR) === 0) append(out, { unit, other: unit, from: at, to: at + 1 });
}

const goesOn = ({ units, length }: TextBuffer, at: number): boolean =>
  at < length && ((traits[units[at] as number] as number) & (LETTER | DIGIT)) !== 0;

/** A character that is neither letter nor sign. Returns where the next begins. */
function skipOther(folded: TextBuffer, out: TextBuffer, at: number): number {
  const unit = folded.units[at] as number;
  const trait = traits[unit] as number;
  const point = (trait & PAIR) === 0 ? 0 : pointAt(folded.units, at, folded.length);
  const to = at + (point > 0xffff ? 2 : 1);
  if ((trait & SEPARATOR) !== 0 || isPicture(point)) return to;
  for (let half = at; half < to; half++) {
    const raw = folded.units[half] as number;
    const shown = (trait & LOOKALIKE) === 0 ? raw : (lookalikes[raw] as number);
    append(out, { unit: shown, other: shown, from: at, to });
  }
  return to;
}

function append(out: TextBuffer, one: { unit: number; other: number; from: number; to: number }): void {
  out.units[out.length] = one.unit;
  out.alternate[out.length] = one.other;
  out.from[out.length] = one.from;
  out.to[out.length++] = one.to;
}

const shown = createBuffer(64);

function spell(term: string): readonly string[] {
  const plain = spellStripped(term);
  if (plain.length === 0) return plain;
  replaceLeet(foldedTerm, shown);
  const spelled = readUnits(shown, 0, shown.length);
  return [...new Set([...plain, spelled, spelled.replaceAll('l', 'i')])];
}

/** 50 is no `so`: something must be a letter. */
function accepts({ folded, start, end }: Glimpse): boolean {
  for (let at = start; at < end; at++)
    if (((traits[folded.units[at] as number] as number) & LETTER) !== 0) return true;
  return false;
}
