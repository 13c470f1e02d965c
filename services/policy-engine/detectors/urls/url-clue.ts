// Which units of a text make it worth reading for addresses.
import { DROPPED, SPECIAL, singles } from '../../views/folding/fold-table.ts';

// What a unit means, whatever its width.
const OTHER = 0;
/** Or what stands for one in a host. */
const ASCII_LETTER = 1;
const DIGIT = 2;
/** Beyond ASCII, Han included. */
const LETTER = 3;
const DOT = 4;
/** `。` and `点`, which stand for a dot only between ASCII characters. */
const STOP = 5;
const COLON = 6;
const SLASH = 7;
const OPEN = 8;
const CLOSE = 9;
const QUERY = 10;
const NOTHING = 11;

const MEANINGS = meaningsOfUnits();

/** With one of these {@link isUrlClue} is worth asking. */
export const mayBeUrlClue = (unit: number): boolean =>
  isMark(MEANINGS[unit] as number) || singles[unit] === SMALL_D;

/** Whether a unit makes a text worth reading for addresses. */
export function isUrlClue(text: string, at: number): boolean {
  const meaning = MEANINGS[text.charCodeAt(at)] as number;
  if (!isMark(meaning)) return saysDot(text, at);
  if (meaning === DOT && SPACED.test(text.slice(at + 1, at + 5))) return true;
  return isClue(meaning, meaningBefore(text, at), meaningBehind(text, at));
}

/** Whether a dot stands between two digits: three of those are an address. */
export function isDotOfNumbers(text: string, at: number): boolean {
  return (
    MEANINGS[text.charCodeAt(at)] === DOT &&
    meaningBefore(text, at) === DIGIT &&
    meaningBehind(text, at) === DIGIT
  );
}

const isMark = (meaning: number): boolean => meaning >= DOT && meaning <= COLON;

/** `evil. com`. */
const SPACED = /^ (?:com|cn|net)/i;

/** `evil(dot)com`, `evil dot com`, also in full width or with something invisible between. */
function saysDot(text: string, start: number): boolean {
  let said = 0;
  for (let at = start; at < text.length; at++) {
    const folded = singles[text.charCodeAt(at)] as number;
    if (folded === DROPPED) continue;
    if (folded !== 'dot'.charCodeAt(said)) return false;
    if (++said === 3) return true;
  }
  return false;
}

const SMALL_D = 'd'.charCodeAt(0);

function isClue(meaning: number, before: number, next: number): boolean {
  const isPlain = next === ASCII_LETTER || next === DIGIT;
  if (meaning === DOT) return next === ASCII_LETTER || next === LETTER;
  if (meaning === STOP) return isPlain && (before === ASCII_LETTER || before === DIGIT);
  // `://`, `:[/]`, `javascript:a`, `magnet:?`.
  return (
    next === SLASH || next === OPEN || (before === ASCII_LETTER && (next === ASCII_LETTER || next === QUERY))
  );
}

function meaningBefore(text: string, at: number): number {
  for (let before = at - 1; before >= 0; before--) {
    const meaning = MEANINGS[text.charCodeAt(before)] as number;
    if (meaning !== NOTHING) return meaning;
  }
  return OTHER;
}

/** What stands behind a unit, a closing bracket, a blank and what cannot be seen passed over. */
function meaningBehind(text: string, at: number): number {
  let isBracketed = false;
  for (let next = at + 1; next < text.length && next < at + LOOK_AHEAD; next++) {
    const meaning = MEANINGS[text.charCodeAt(next)] as number;
    if (meaning === CLOSE) isBracketed = true;
    else if (meaning !== NOTHING && !(meaning === OTHER && isBracketed)) return meaning;
  }
  // Nothing but what cannot be seen, as far as one looks: to be read.
  return at + LOOK_AHEAD <= text.length ? LETTER : OTHER;
}

const LOOK_AHEAD = 8;

function meaningsOfUnits(): Uint8Array {
  const classes: readonly [number, string][] = [
    [ASCII_LETTER, 'abcdefghijklmnopqrstuvwxyz-_'],
    [DIGIT, '0123456789'],
    [DOT, '.'],
    [STOP, '。点'],
    [COLON, ':'],
    [SLASH, '/\\'],
    [OPEN, '[({【〔'],
    [CLOSE, '])}】〕'],
    [QUERY, '?'],
  ];
  const byFolded = new Map(
    classes.flatMap(([meaning, units]) => [...units].map((unit) => [unit.charCodeAt(0), meaning])),
  );
  return Uint8Array.from(singles, (folded, unit) => {
    if (folded === DROPPED) return NOTHING;
    const known = byFolded.get(folded);
    if (known !== undefined) return known;
    // Astral characters and marks: part of a name, or in its way.
    return (folded === SPECIAL || unit >= 0xc0) && !isPunctuation(unit) ? LETTER : OTHER;
  });
}

/** General and CJK punctuation, and full-width forms of ASCII's. */
function isPunctuation(unit: number): boolean {
  return (
    (unit >= 0x2010 && unit <= 0x206f) ||
    (unit >= 0x3000 && unit <= 0x303f) ||
    (unit >= 0xff00 && unit <= 0xff20) ||
    unit === 0xff65
  );
}
