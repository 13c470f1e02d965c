// What every code unit of folded text is to the views: one look-up tells the loop over a text whether there is anything to do.
import { LOOKALIKE_PAIRS } from './folding/lookalikes.ts';
import { SEPARATOR_RANGES } from './separator-ranges.ts';

/** Nothing of a word: white space, punctuation, symbols, emoji. */
export const SEPARATOR = 1;
/** A separator that ends a clause or a line, so that what stands on both sides may well belong to different words. */
export const CLAUSE = 2;
/** First half of a surrogate pair. */
export const PAIR = 4;
/** a to z. */
export const LETTER = 8;
/** Digit or sign that can stand for a letter. */
export const LEET = 16;
/** A Chinese numeral, written or spoken. */
export const NUMERAL = 32;
/** Can be the first part of a character that is written in parts. */
export const PART = 64;
/** Looks like another character. */
export const LOOKALIKE = 128;
/** An emoji that stands for a word; of a pair, only once the pair has been read. */
export const PICTURE = 256;
/** A vowel with a tone mark, or ü. */
export const TONED = 512;
/** 0 to 9. */
export const DIGIT = 1024;

/** Unit → traits. Views add theirs when they are loaded. */
export const traits = new Uint16Array(65536);
/** Unit → what it looks like; 0 = nothing else. */
export const lookalikes = new Uint16Array(65536);

export function addTrait(units: Iterable<number>, trait: number): void {
  for (const unit of units) traits[unit] = (traits[unit] as number) | trait;
}

const unitsOf = (text: string): number[] =>
  Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));

for (const range of SEPARATOR_RANGES.split(' ')) {
  const [first = '', last = first] = range.split('-');
  for (let unit = Number.parseInt(first, 16); unit <= Number.parseInt(last, 16); unit++)
    addTrait([unit], SEPARATOR);
}
// Strokes that no modern word holds and that spammers draw between characters.
addTrait(unitsOf('丶丨丿'), SEPARATOR);
addTrait(unitsOf(',。!?;:、\n\r'), CLAUSE);
addTrait(unitsOf('abcdefghijklmnopqrstuvwxyz'), LETTER);
addTrait(unitsOf('0123456789'), DIGIT);
for (let unit = 0xd800; unit < 0xdc00; unit++) addTrait([unit], PAIR);
for (let at = 0; at < LOOKALIKE_PAIRS.length; at += 2) {
  lookalikes[LOOKALIKE_PAIRS.charCodeAt(at)] = LOOKALIKE_PAIRS.charCodeAt(at + 1);
  addTrait([LOOKALIKE_PAIRS.charCodeAt(at)], LOOKALIKE);
}

/** Emoji, pictographs and game pieces above U+FFFF, and modifiers of them. */
export const isPicture = (point: number): boolean => point >= 0x1f000 && point <= 0x1fbff;

/** The code point of the pair at `at`; 0 when it is half of none. */
export function pointAt(units: Uint16Array, at: number, length: number): number {
  const low = at + 1 < length ? (units[at + 1] as number) : 0;
  return (low & 0xfc00) === 0xdc00 ? (((units[at] as number) - 0xd800) << 10) + low - 0xdc00 + 0x10000 : 0;
}
