// The text as it sounds: other characters of the same sound, pinyin in Latin letters, and both mixed.

import { foldText } from './folding/fold-text.ts';
import { acceptsSound } from './guards/accepts-sound.ts';
import { parsed, parseLetters } from './pinyin/parse-letters.ts';
import { readAloud } from './pinyin/read-aloud.ts';
import { lettersOf, syllables, unitsOf, writeSyllables } from './pinyin/syllables.ts';
import { createBuffer, readArray, readUnits } from './text-buffer.ts';
import type { View } from './view.ts';

export const pinyin: View = {
  name: 'Pinyin',
  space: 'Syllables',
  spell,
  accepts: acceptsSound,
  read: writeSyllables,
};

/** A term of many characters with two readings each is spelled in so many ways and no more. */
const MOST_SPELLINGS = 12;

const folded = createBuffer(64);
const sounded = createBuffer(64);

function spell(term: string): readonly string[] {
  foldText(term, folded);
  readAloud(folded, sounded);
  if (sounded.length === 0) return [];
  const commonest = readUnits(sounded, 0, sounded.length);
  const cut = cutAgain() ?? commonest;
  if (!sounded.alternates) return cut === commonest ? [commonest] : [commonest, cut];
  const ways: string[][] = [];
  for (let at = 0; at < sounded.length; at++) ways.push(waysAt(at));
  return [...new Set([...combine(ways), cut])];
}

/** How the character at a place of {@link sounded} may sound. */
function waysAt(at: number): string[] {
  const character = folded.units[sounded.from[at] as number] as number;
  const own = String.fromCharCode(sounded.units[at] as number);
  const isCharacter = (sounded.to[at] as number) - (sounded.from[at] as number) === 1;
  if (!isCharacter || syllables[character] === 0) return [own];
  return unitsOf(character).map((unit) => String.fromCharCode(unit));
}

/** Every combination, those of the commonest readings first, up to the limit. */
export function combine(ways: readonly (readonly string[])[], most = MOST_SPELLINGS): string[] {
  let combined = [''];
  for (const way of ways) {
    const next: string[] = [];
    for (const piece of way) for (const start of combined) if (next.length < most) next.push(start + piece);
    combined = next;
  }
  return combined;
}

const letters = new Uint8Array(128);

/** Typed in letters without gaps, the term may be cut elsewhere than between its characters: fangan is 方案 and fan gan. */
function cutAgain(): string | undefined {
  let written = '';
  for (let at = 0; at < sounded.length; at++) {
    const spelling = lettersOf(folded.units[sounded.from[at] as number] as number)[0];
    if (spelling === undefined) return undefined;
    written += spelling;
  }
  if (written.length > letters.length) return undefined;
  for (let at = 0; at < written.length; at++) letters[at] = written.charCodeAt(at) - 0x61;
  const count = parseLetters(letters, written.length);
  return count === 0 ? undefined : readArray(parsed.units, 0, count);
}
