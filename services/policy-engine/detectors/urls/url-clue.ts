// Whether a text is worth reading for addresses: one pass over the original, for every message of a policy that asks.
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
/** `evil(dot)com`, `evil dot com`, also in full width or with something invisible between, and `evil. com`. */
const DOT_WORD = /[dｄ].{0,2}[oｏ].{0,2}[tｔ]|[.．] (?:com|cn|net)/i;

export function showsUrl(text: string): boolean {
  let before = OTHER;
  let numbers = 0;
  for (let at = 0; at < text.length; at++) {
    const meaning = MEANINGS[text.charCodeAt(at)] as number;
    if (meaning < DOT || meaning > COLON) {
      if (meaning !== NOTHING) before = meaning;
      continue;
    }
    const next = meaningBehind(text, at);
    if (meaning === DOT && before === DIGIT && next === DIGIT) numbers++;
    if (numbers === 3 || isClue(meaning, before, next)) return true;
    before = meaning;
  }
  return mayHoldDotWord(text) && DOT_WORD.test(text);
}

/** Chinese text has none of these, and looking for one letter is quicker than for a word. */
const mayHoldDotWord = (text: string): boolean =>
  text.includes('o') || text.includes('O') || text.includes('ｏ') || text.includes('Ｏ');

function isClue(meaning: number, before: number, next: number): boolean {
  const isPlain = next === ASCII_LETTER || next === DIGIT;
  if (meaning === DOT) return next === ASCII_LETTER || next === LETTER;
  if (meaning === STOP) return isPlain && (before === ASCII_LETTER || before === DIGIT);
  // `://`, `:[/]`, `javascript:a`, `magnet:?`.
  return (
    next === SLASH || next === OPEN || (before === ASCII_LETTER && (next === ASCII_LETTER || next === QUERY))
  );
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
