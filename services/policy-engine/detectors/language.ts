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
      const isMixed = wantsMixed && languagesOf(spans) > 1;
      const hits: Hit[] = [];
      for (const span of spans)
        if (counts(span, isMixed) && hasLetters(spans, span.language)) hits.push(asHit(text, span));
      return hits;
    });
  }

  function counts({ language: tag }: LanguageSpan, isMixed: boolean): boolean {
    if (wanted !== undefined && !wanted(tag) && !isMixed) return false;
    if (unwanted === undefined) return true;
    return !unwanted(tag) && (tag !== 'und' || wanted !== undefined);
  }

  /** Every span has one letter. */
  function hasLetters(spans: readonly LanguageSpan[], tag: string): boolean {
    return minLetters <= 1 || (countLetters(spans).get(tag) ?? 0) >= minLetters;
  }

  function languagesOf(spans: readonly LanguageSpan[]): number {
    return [...countLetters(spans)].filter(([tag, count]) => tag !== 'und' && count >= minLetters).length;
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
