// How many messages a second one thread judges when thousands of keywords are looked for through several views, against
// modern-ahocorasick, which looks for the same keywords as they are written and does nothing else.
import type { Engine } from '@menshen/policy-engine/build-engine';
import { compilePolicySet } from '@menshen/policy-engine/compile-policy-set';
import { COMMON_WORDS } from '@menshen/policy-engine/views/chinese/common-words';
import { buildKeywords, seededRandom } from './scan-corpus.ts';

/** The five of the target: those whose streams differ most. */
export const FIVE_VIEWS: readonly string[] = ['Folded', 'Separators', 'Emoji', 'Split', 'Pinyin'];

/** Distinct keywords of 3 to 20 characters: those of the firm, then everyday words joined by two or with a third character. */
export function buildManyKeywords(count: number, seed: number): string[] {
  const random = seededRandom(seed);
  const words = COMMON_WORDS.split(' ').flatMap((item) =>
    [...item.slice(1)].map((second) => `${item[0]}${second}`),
  );
  const pick = (): string => words[Math.floor(random() * words.length)] as string;
  const keywords = new Set(buildKeywords(Math.min(count, 1000), seed));
  // Parsed: a string put together piece by piece is read much more slowly.
  while (keywords.size < count)
    keywords.add(JSON.parse(JSON.stringify(random() < 0.3 ? pick() + pick()[0] : pick() + pick())));
  return [...keywords];
}

/** Ten policies that each look for a tenth of the keywords through all the views. */
export function compileViews(keywords: readonly string[], see: readonly string[]): Engine {
  const policies = Array.from({ length: 10 }, (_, index) => {
    const own = keywords.filter((_, at) => at % 10 === index);
    return {
      namespace: 'bench',
      name: `policy-${index}`,
      spec: {
        rules: Array.from({ length: Math.ceil(own.length / 1000) }, (_, part) => ({
          name: `words-${part}`,
          any: [{ keywords: { terms: own.slice(1000 * part, 1000 * (part + 1)), see } }],
        })),
      },
    };
  });
  const { engine, rejected } = compilePolicySet(policies, new Map());
  if (rejected.length > 0)
    throw new Error(`the benchmark's policies do not compile: ${JSON.stringify(rejected[0])}`);
  return engine;
}
