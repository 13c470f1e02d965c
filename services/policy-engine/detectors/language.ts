// The languages that a message is written in, stretch by stretch.
import type { Clue, Detector, Hit, Plan, Sight } from '../detector.ts';
import { type LanguageSpan, readLanguages } from './language/read-languages.ts';

export interface LanguageOptions {
  /** A stretch in one of these hits. `zh` stands for `zh-Hans` and `zh-Hant`, `mixed` for a text in several languages. */
  readonly in?: readonly string[];
  /** A stretch in none of these hits; what cannot be told (`und`) does not, unless `in` asks for it. */
  readonly notIn?: readonly string[];
  /** Letters, or Han characters, that a language must have in the text. Default 1. */
  readonly minLetters?: number;
}

export const language: Detector<LanguageOptions> = { name: 'language', compile };

/** The languages of a text, without a policy. */
export const listLanguages = (text: string): LanguageSpan[] => readLanguages(text);

function compile(options: LanguageOptions, plan: Plan) {
  if (options.in === undefined && options.notIn === undefined) plan.reject(NO_LANGUAGE);
  const wanted = options.in === undefined ? undefined : tagTest(options.in);
  const unwanted = options.notIn === undefined ? undefined : tagTest(options.notIn);
  const wantsMixed = options.in?.includes('mixed') === true;
  const minLetters = options.minLetters ?? 1;
  return { triggers: [{ kind: 'clue' as const, clue: hasText }], find };

  function find(sight: Sight): Hit[] {
    return sight.readTexts(readLanguages).flatMap((spans, text) => {
      // Every span has a letter, so that mostly nobody need count.
      const letters = minLetters > 1 || wantsMixed ? countLetters(spans) : undefined;
      const isMixed = wantsMixed && letters !== undefined && languagesOf(letters) > 1;
      const hasLetters = ({ language: tag }: LanguageSpan): boolean =>
        letters === undefined || (letters.get(tag) ?? 0) >= minLetters;
      return spans
        .filter((span) => counts(span, isMixed) && hasLetters(span))
        .map((span) => asHit(text, span));
    });
  }

  function counts({ language: tag }: LanguageSpan, isMixed: boolean): boolean {
    if (wanted !== undefined && !wanted(tag) && !isMixed) return false;
    if (unwanted === undefined) return true;
    return !unwanted(tag) && (tag !== 'und' || wanted !== undefined);
  }

  function languagesOf(letters: ReadonlyMap<string, number>): number {
    return [...letters].filter(([tag, count]) => tag !== 'und' && count >= minLetters).length;
  }
}

/** Whether a tag, or the language that it begins with, is one of these. Every message asks, and there are few tags. */
function tagTest(tags: readonly string[]): (tag: string) => boolean {
  const named = new Set(tags);
  const known = new Map<string, boolean>();
  return (tag) => {
    const told = known.get(tag) ?? (named.has(tag) || named.has(tag.split('-')[0] ?? tag));
    known.set(tag, told);
    return told;
  };
}

const NO_LANGUAGE = {
  field: '',
  value: {},
  message: 'every language would hit',
  remedy: 'give in, notIn, or both',
};

/** Nearly every text has letters, so nothing cheaper is worth asking. */
const hasText: Clue = (text) => text.length > 0;

function countLetters(spans: readonly LanguageSpan[]): Map<string, number> {
  const letters = new Map<string, number>();
  for (const { language: tag, letters: count } of spans) letters.set(tag, (letters.get(tag) ?? 0) + count);
  return letters;
}

function asHit(text: number, { start, end, language: tag }: LanguageSpan): Hit {
  const span = { text, start, end, view: 'Literal', shownStart: start, shownEnd: end, seen: tag, term: -1 };
  return { kind: 'span', span, label: `language.${tag}` };
}
