// Emoji read as the words they stand for (💰 is 钱), and code words for what chat filters look for (V信, 威信 and 薇❤ are 微信).
import { CODE_WORDS } from './emoji/code-words.ts';
import { pictures } from './emoji/pictures.ts';
import { isNaturalBreak, joinsLeft, joinsRight } from './guards/natural-break.ts';
import { foldedTerm, spellStripped } from './separators.ts';
import { createBuffer, readUnits, reserve, type TextBuffer } from './text-buffer.ts';
import { isPicture, LOOKALIKE, lookalikes, PAIR, PICTURE, pointAt, SEPARATOR, traits } from './traits.ts';
import type { Glimpse, View } from './view.ts';

export const emoji: View = {
  name: 'Emoji',
  space: 'Letters',
  rewrites: [{ traits: PICTURE, rewrite: ({ folded }, out) => readPictures(folded, out) }],
  spell,
  accepts,
};

/** The longest word that an emoji stands for, in units. */
const LONGEST = 3;

function readPictures(folded: TextBuffer, out: TextBuffer): boolean {
  const { units: source, length } = folded;
  reserve(out, LONGEST * length);
  out.length = 0;
  out.plain = 0;
  out.alternates = false;
  out.alternate.fill(0, 0, LONGEST * length);
  let found = false;
  for (let at = 0; at < length; at++) {
    const unit = source[at] as number;
    const trait = traits[unit] as number;
    const point = (trait & PAIR) === 0 ? unit : pointAt(source, at, length);
    const width = point > 0xffff ? 2 : 1;
    if ((trait & (PICTURE | PAIR)) !== 0 && appendWord(out, point, { from: at, to: at + width }))
      found = true;
    else if ((trait & SEPARATOR) === 0 && !isPicture(point))
      appendUnits(folded, out, { from: at, to: at + width });
    at += width - 1;
  }
  if (out.alternates) fillAlternate(out);
  return found;
}

interface Place {
  readonly from: number;
  readonly to: number;
}

function appendWord(out: TextBuffer, point: number, place: Place): boolean {
  const picture = pictures.get(point);
  if (picture === undefined) return false;
  const { word, other } = picture;
  for (let at = 0; at < word.length; at++) {
    out.alternate[out.length] = other.charCodeAt(at);
    append(out, word.charCodeAt(at), place);
  }
  if (other !== word) out.alternates = true;
  return true;
}

function appendUnits(folded: TextBuffer, out: TextBuffer, { from, to }: Place): void {
  for (let at = from; at < to; at++) {
    const unit = folded.units[at] as number;
    const isLike = ((traits[unit] as number) & LOOKALIKE) !== 0;
    append(out, isLike ? (lookalikes[unit] as number) : unit, { from, to });
  }
}

function append(out: TextBuffer, unit: number, { from, to }: Place): void {
  out.units[out.length] = unit;
  out.from[out.length] = from;
  out.to[out.length++] = to;
}

/** The second way differs only where it was written. */
function fillAlternate(out: TextBuffer): void {
  for (let at = 0; at < out.length; at++)
    if (out.alternate[at] === 0) out.alternate[at] = out.units[at] as number;
}

const shown = createBuffer(64);

function spell(term: string): readonly string[] {
  const plain = spellStripped(term);
  const [text = ''] = plain;
  const pictured = readPictures(foldedTerm, shown);
  if (!pictured && !CODE_WORDS.some(({ meant }) => text.includes(meant))) return plain;
  const spelled = new Set(plain);
  // A term may be written with an emoji itself; it then means the word.
  if (pictured) spelled.add(readUnits(shown, 0, shown.length));
  for (const word of [...spelled])
    for (const { meant, written } of CODE_WORDS)
      if (word.includes(meant)) for (const code of written) spelled.add(word.replaceAll(meant, code));
  return [...spelled];
}

/** 加微 is no code for 加微信 in 加[微笑]. */
function accepts(glimpse: Glimpse): boolean {
  const { folded, start, end, spelling, term } = glimpse;
  if (spelling.length === 2 && spelling !== term && (joinsLeft(folded, start) || joinsRight(folded, end)))
    return false;
  return !isNaturalBreak(glimpse);
}
