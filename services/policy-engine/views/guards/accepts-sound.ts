// Whether an occurrence that was heard is meant. Syllables are few: 飞单 sounds like 非但, and in English text `women` like 我们.
import type { TextBuffer } from '../text-buffer.ts';
import { CLAUSE, LETTER, SEPARATOR, traits } from '../traits.ts';
import type { Glimpse } from '../view.ts';
import { isCommonWord, isHan } from './common-words.ts';
import { ENGLISH_PINYIN } from './english-pinyin.ts';
import { isFunctionCharacter } from './function-characters.ts';
import { joinsLeft, joinsRight } from './natural-break.ts';

/** What stands in the text where the term was heard. */
interface Heard {
  /** Characters, folded. */
  readonly han: string;
  /** How many of them the term has at the same place. */
  readonly same: number;
  /** Whether all others are words of grammar. */
  readonly isGrammar: boolean;
  readonly hasClause: boolean;
  /** Runs of letters. */
  readonly words: readonly string[];
}

export function acceptsSound(glimpse: Glimpse): boolean {
  const { folded, spelling } = glimpse;
  // A single syllable is everywhere.
  if (spelling.length < 2) return false;
  const heard = listen(glimpse);
  if (heard.words.length > 0 && heard.words.every((word) => ENGLISH_PINYIN.has(word)) && heard.han === '')
    return false;
  if (heard.hasClause && spelling.length <= 3) return false;
  if (spelling.length > 3 || heard.han.length < 2) return true;
  return !isOrdinary(folded, heard, glimpse);
}

function listen({ folded, start, end, term }: Glimpse): Heard {
  let han = '';
  let same = 0;
  let grammar = 0;
  let hasClause = false;
  let word = '';
  const words: string[] = [];
  for (let at = start; at < end; at++) {
    const unit = folded.units[at] as number;
    const trait = traits[unit] as number;
    if ((trait & LETTER) !== 0) word += String.fromCharCode(unit);
    else if (word !== '') {
      words.push(word);
      word = '';
    }
    if ((trait & CLAUSE) !== 0) hasClause = true;
    if ((trait & SEPARATOR) !== 0 || !isHan(unit)) continue;
    const character = String.fromCharCode(unit);
    if (term[han.length] === character) same++;
    else if (isFunctionCharacter(character)) grammar++;
    han += character;
  }
  if (word !== '') words.push(word);
  return { han, same, isGrammar: same + grammar === han.length, hasClause, words };
}

/** Whether the characters are grammar, words of their own, or belong to words that reach beyond the occurrence. */
function isOrdinary(
  folded: TextBuffer,
  { han, same, isGrammar }: Heard,
  { start, end, spelling }: Glimpse,
): boolean {
  if (isGrammar && same <= spelling.length - 2) return true;
  const pair = (at: number): boolean => isCommonWord(han.charCodeAt(at), han.charCodeAt(at + 1));
  if (spelling.length === 2) {
    if (pair(0)) return true;
    return joinsLeft(folded, start) || joinsRight(folded, end);
  }
  // Three: one more character must be explained by the text around it.
  if (same === 2 || han.length < 3) return false;
  return (pair(0) && joinsRight(folded, end)) || (joinsLeft(folded, start) && pair(1));
}
