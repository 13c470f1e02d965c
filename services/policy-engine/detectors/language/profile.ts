// How well a text of letters fits each language of a profile: by beginnings, stretches and ends of its words.

export interface Profile {
  readonly languages: readonly string[];
  /** N-gram → for each language its number, then its score. */
  readonly ngrams: ReadonlyMap<string, Uint8Array>;
}

/** From the form that profiles.ts describes. */
export function readProfile(languages: string, packed: string): Profile {
  const ngrams = new Map<string, Uint8Array>();
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
    ngrams.set(ngram, scores);
  }
  return { languages: languages.split(' '), ngrams };
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

/** Sum of scores by the languages' numbers. `text` in lower case; words are parted by anything but letters. */
export function scoreProfile(profile: Profile, words: readonly string[]): Float64Array {
  const scores = new Float64Array(profile.languages.length);
  const seen = new Set<string>();
  for (const word of words.slice(0, MOST_WORDS)) {
    const bytes = toBytes(word.slice(0, LONGEST_WORD));
    let at = 0;
    for (; at + LENGTH < bytes.length; at += STRIDE)
      seen.add((at === 0 ? ' ' : '') + bytes.slice(at, at + LENGTH));
    seen.add(
      `${at === 0 ? ' ' : ''}${bytes.slice(bytes.length === 3 ? 0 : Math.max(0, bytes.length - LENGTH))} `,
    );
  }
  for (const ngram of seen) {
    const found = profile.ngrams.get(ngram);
    if (found === undefined) continue;
    for (let at = 0; at < found.length; at += 2)
      scores[found[at] as number] =
        (scores[found[at] as number] as number) + (found[at + 1] as number) + BASE;
  }
  return scores;
}

/** UTF-8 bytes as characters below 256. */
function toBytes(word: string): string {
  let plain = true;
  for (let at = 0; at < word.length; at++) if (word.charCodeAt(at) > 0x7f) plain = false;
  return plain ? word : Buffer.from(word, 'utf8').toString('latin1');
}
