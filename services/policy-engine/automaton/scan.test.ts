// The automaton finds what looking at every place for every term finds.
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { literal } from '../views/literal.ts';
import { createBuffer } from '../views/text-buffer.ts';
import { buildAutomaton } from './build-automaton.ts';
import { createOccurrences, scan } from './scan.ts';

type Found = [term: string, start: number];

function find(terms: readonly string[], text: string): Found[] {
  const automaton = buildAutomaton(terms);
  const buffer = createBuffer(1);
  literal.show(text, buffer);
  const occurrences = createOccurrences();
  scan(automaton, buffer, occurrences);
  const found: Found[] = [];
  for (let at = 0; at < occurrences.length; at += 2) {
    const term = occurrences.pairs[at] as number;
    found.push([
      terms[term] as string,
      (occurrences.pairs[at + 1] as number) - (automaton.termLength[term] as number),
    ]);
  }
  return found;
}

function findNaively(terms: readonly string[], text: string): Found[] {
  const found: Found[] = [];
  for (let end = 1; end <= text.length; end++)
    for (const term of [...terms].sort((a, b) => b.length - a.length))
      if (text.slice(0, end).endsWith(term)) found.push([term, end - term.length]);
  return found;
}

describe('finds', () => {
  test.each<[string, string[], string, Found[]]>([
    ['nothing without terms', [], '保本', []],
    ['nothing in an empty text', ['保本'], '', []],
    [
      'a term at both ends',
      ['保本'],
      '保本x保本',
      [
        ['保本', 0],
        ['保本', 3],
      ],
    ],
    [
      'terms inside terms',
      ['he', 'she', 'hers', 'e'],
      'ushers',
      [
        ['she', 1],
        ['he', 2],
        ['e', 3],
        ['hers', 2],
      ],
    ],
    [
      'overlapping occurrences of one term',
      ['aa'],
      'aaa',
      [
        ['aa', 0],
        ['aa', 1],
      ],
    ],
    ['a term that follows a broken-off one', ['abcd', 'bc'], 'abce', [['bc', 1]]],
    [
      'single characters',
      ['保', 'x'],
      '保x保',
      [
        ['保', 0],
        ['x', 1],
        ['保', 2],
      ],
    ],
    ['a term of U+0000', ['\0a'], 'x\0a', [['\0a', 1]]],
  ])('%s', (_, terms, text, expected) => {
    expect(find(terms, text)).toEqual(expected);
  });
});

it('finds the same as a naive search, in any text for any terms', () => {
  // Few letters make many near misses; the others make hashes of many kinds.
  const word = fc.oneof(
    fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 6 }),
    fc.string({ unit: fc.constantFrom('a', '保', '本', '😀', '\0', '\uffff'), minLength: 1, maxLength: 4 }),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }),
  );
  const terms = fc.uniqueArray(word, { maxLength: 30 });
  const text = fc.array(fc.oneof(word, fc.constant('a')), { maxLength: 40 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(terms, text, (some, within) => {
      expect(find(some, within)).toEqual(findNaively(some, within));
    }),
    { numRuns: 3000 },
  );
});

it('finds each of many terms', () => {
  const terms = Array.from({ length: 20_000 }, (_, index) => `词${index.toString(36)}。`);
  expect(find(terms, terms.join('')).map(([term]) => term)).toEqual(terms);
});

it('keeps every occurrence of a flood', () => {
  expect(find(['a', 'aa'], 'a'.repeat(50_000))).toHaveLength(99_999);
});
