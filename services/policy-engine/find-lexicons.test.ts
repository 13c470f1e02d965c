// Every list that a condition refers to is found, whatever the condition.
import { expect, it } from 'vitest';
import { findLexicons } from './find-lexicons.ts';

const ref = (digit: string) => ({ digest: `sha256:${digit.repeat(64)}` });

it('finds the lists of every detector, with the place of each', () => {
  const spec = {
    rules: [
      {
        name: 'a',
        any: [
          { keywords: { terms: ['x'], lexiconRef: ref('1') } },
          { urls: { domainsRef: ref('2'), notDomainsRef: ref('3'), listedIn: [ref('4'), ref('5')] } },
        ],
        not: [{ sticker: { knownRef: ref('6') } }],
      },
      { name: 'b', all: [{ expr: 'true' }] },
    ],
  };
  expect(findLexicons(spec).map(({ digest, path, rule }) => [rule, path, digest.at(-1)])).toEqual([
    ['a', 'spec.rules[0].any[0].keywords.lexiconRef.digest', '1'],
    ['a', 'spec.rules[0].any[1].urls.domainsRef.digest', '2'],
    ['a', 'spec.rules[0].any[1].urls.notDomainsRef.digest', '3'],
    ['a', 'spec.rules[0].any[1].urls.listedIn[0].digest', '4'],
    ['a', 'spec.rules[0].any[1].urls.listedIn[1].digest', '5'],
    ['a', 'spec.rules[0].not[0].sticker.knownRef.digest', '6'],
  ]);
});
