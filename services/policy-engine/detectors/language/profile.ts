// How well a text of letters fits each language of a profile: by beginnings, stretches and ends of its words.

import { rememberWords } from './remember-words.ts';

export interface Profile {
  readonly languages: readonly string[];
  readonly readWord: (word: string) => Word;
  /** Number of the text at hand. */
  turn: number;
}

interface Ngram {
  /** For each language its number, then its score. */
  readonly scores: Uint8Array;
  /** The text that it was last counted for: in one text it counts once. */
  turn: number;
}

interface Word {
  /** Those of the word that the profile has, each once. */
  readonly ngrams: readonly Ngram[];
  /** What they say together, by the number of the language. */
  readonly sums: Float64Array;
}

/** From the form that profiles.ts describes. */
export function readProfile(languages: string, packed: string): Profile {
  const ngrams = new Map<string, Ngram>();
  let previous = '';
  for (const line of packed.split('\n')) {
    const tab = line.indexOf('\t');
    if (tab < 0) continue;
    const ngram = previous.slice(0, Number(line[0])) + line.slice(1, tab);
    previous = ngram;
    const scores = new Uint8Array(line.length - tab - 1);
    for (let at = 0; at < scores.length; at += 2) {
      scores[at] = line.charCodeAt(tab + 1 + at) - LETTER_A;
      scores[at + 1] = line.charCodeAt(tab + 2 + at) - DIGIT_0;
    }
    ngrams.set(ngram, { scores, turn: 0 });
  }
  const names = languages.split(' ');
  return {
    languages: names,
    readWord: rememberWords((word) => weighWord(ngramsOf(ngrams, word), names.length)),
    turn: 0,
  };
}

const LETTER_A = 97;
const DIGIT_0 = 48;
/** Scores are kept less the least of them, in steps. */
const BASE = 13;
const MOST_WORDS = 60;
/** Characters; longer is no word. */
const LONGEST_WORD = 70;
/** Bytes that an n-gram covers, and how far the next one begins behind it. */
const LENGTH = 4;
const STRIDE = 1;

/** Sum of scores by the languages' numbers. `words` in lower case. */
export function scoreProfile(profile: Profile, words: readonly string[]): Float64Array {
  const sums = new Float64Array(profile.languages.length);
  const turn = ++profile.turn;
  const most = Math.min(words.length, MOST_WORDS);
  for (let index = 0; index < most; index++) {
    const word = profile.readWord(words[index] as string);
    if (areNew(word.ngrams, turn)) addAll(word.sums, sums);
    else for (const ngram of word.ngrams) if (ngram.turn !== turn) addScores(ngram, sums);
    for (const ngram of word.ngrams) ngram.turn = turn;
  }
  return sums;
}

function areNew(ngrams: readonly Ngram[], turn: number): boolean {
  for (const ngram of ngrams) if (ngram.turn === turn) return false;
  return true;
}

function addAll(from: Float64Array, to: Float64Array): void {
  for (let at = 0; at < to.length; at++) to[at] = (to[at] as number) + (from[at] as number);
}

function addScores({ scores }: Ngram, sums: Float64Array): void {
  for (let at = 0; at < scores.length; at += 2) {
    const language = scores[at] as number;
    sums[language] = (sums[language] as number) + (scores[at + 1] as number) + BASE;
  }
}

function weighWord(ngrams: readonly Ngram[], languages: number): Word {
  const sums = new Float64Array(languages);
  for (const ngram of ngrams) addScores(ngram, sums);
  return { ngrams, sums };
}

function ngramsOf(known: ReadonlyMap<string, Ngram>, word: string): readonly Ngram[] {
  const bytes = toBytes(word.slice(0, LONGEST_WORD));
  const found = new Set<Ngram>();
  const add = (text: string): void => {
    const ngram = known.get(text);
    if (ngram !== undefined) found.add(ngram);
  };
  let at = 0;
  for (; at + LENGTH < bytes.length; at += STRIDE) add((at === 0 ? ' ' : '') + bytes.slice(at, at + LENGTH));
  add(`${at === 0 ? ' ' : ''}${bytes.slice(bytes.length === 3 ? 0 : Math.max(0, bytes.length - LENGTH))} `);
  return [...found];
}

/** UTF-8 bytes as characters below 256. */
function toBytes(word: string): string {
  let plain = true;
  for (let at = 0; at < word.length; at++) if (word.charCodeAt(at) > 0x7f) plain = false;
  return plain ? word : Buffer.from(word, 'utf8').toString('latin1');
}
