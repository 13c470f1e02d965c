// Patterns: what is refused and how it is said, how folding rewrites them, and that no gate ever turns a match away.
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it, test } from 'vitest';
import { folded } from '../views/folded.ts';
import { literal } from '../views/literal.ts';
import { createBuffer, readUnits } from '../views/text-buffer.ts';
import { compilePattern, type Pattern } from './compile-pattern.ts';
import { findMatches, MAX_MATCHES } from './find-matches.ts';
import { findNeeds } from './find-needs.ts';
import { foldPattern } from './fold-pattern.ts';
import { listBeginnings } from './list-beginnings.ts';
import { matchesRe2 } from './matches-re2.ts';
import { buildPatternAutomaton } from './pattern-automaton.ts';
import { type Program, readProgram, readRequired } from './re2-internals.ts';

const fold = (text: string): string => {
  const buffer = createBuffer();
  folded.show(text, buffer);
  return readUnits(buffer, 0, buffer.length);
};

function compiled(regex: string, view = folded): Pattern {
  const result = compilePattern(regex, view);
  if (!result.ok) throw new Error(result.message);
  return result.pattern;
}

function programOf(regex: string): Program {
  const program = readProgram(RE2JS.compile(regex));
  if (program === undefined) throw new Error('unreadable');
  return program;
}

describe('refuses what RE2 refuses, in its words', () => {
  test.each([
    ['look-ahead', 'a(?=b)', 'invalid or unsupported Perl syntax: `(?=`'],
    ['look-behind', '(?<=a)b', 'invalid named capture'],
    ['back-reference', '(a)\\1', 'invalid escape sequence: `\\1`'],
    ['open group', '(保本', 'missing closing )'],
    ['too many repeats', 'a{1001}', 'invalid repeat count'],
    ['nothing to repeat', '*a', 'missing argument to repetition operator'],
    ['bad range', '[z-a]', 'invalid character class range'],
  ])('%s', (_, regex, words) => {
    const result = compilePattern(regex, folded);
    expect(result).toMatchObject({
      ok: false,
      message: expect.stringContaining(words),
      remedy: expect.stringContaining('RE2'),
    });
    expect(() => matchesRe2('', regex)).toThrow(words);
  });

  test.each(['', 'a*', '(保本)?', '^', 'a|', '$'])('a pattern that matches the empty text: %s', (regex) => {
    expect(compilePattern(regex, literal)).toMatchObject({
      ok: false,
      message: expect.stringContaining('empty text'),
    });
  });
});

describe('folds the characters of a pattern, not its syntax', () => {
  test.each([
    ['traditional characters', '(保證|穩賺)', '(保证|稳赚)'],
    ['case', 'LTAI[0-9A-Z]+', 'ltai[0-9A-Z]+'],
    ['escapes stay', '\\D\\W\\S\\x41\\x{8B49}\\pL\\p{Lu}\\.A', '\\D\\W\\S\\x41\\x{8B49}\\pL\\p{Lu}\\.a'],
    ['quoted text stays', '\\QA.B\\E證', '\\QA.B\\E证'],
    ['full-width brackets are characters', 'ａ（ｂ）', 'a\\(b\\)'],
    ['one character becomes several', '㎏+', '(?:kg)+'],
    ['characters of a class', '[證券]', '[证券]'],
    ['bounds of a range stay', '[一-龥Ａ]', '[一-龥a]'],
    ['named classes stay', '[[:upper:]證]', '[[:upper:]证]'],
    ['a bracket first in a class', '[]證]', '[]证]'],
    ['names of groups stay', '(?P<Name>證)', '(?P<Name>证)'],
    ['case flags go', '(?i)A(?is)B(?i:C)(?-i:D)', 'a(?s)b(?:c)(?:d)'],
    ['other flags stay', '(?s)證(?U:a)', '(?s)证(?U:a)'],
    ['what cannot be seen goes', '保\u200b本', '保本'],
  ])('%s', (_, regex, expected) => {
    expect(RE2JS.compile(regex)).toBeDefined();
    expect(foldPattern(regex, fold)).toBe(expected);
    expect(RE2JS.compile(expected)).toBeDefined();
  });
});

describe('a pattern in the Folded view finds', () => {
  test.each([
    ['the other writing', '(保證|穩賺).{0,4}收益', '我们保证收益', '保证收益'],
    ['any case, however the pattern says it', 'LTAI[A-Z0-9]{4}', 'ltaiAb9z', 'ltaiab9z'],
    ['letters written as escapes', '\\x41\\x{42}c', 'ABC', 'abc'],
    ['upper-case classes', '\\p{Lu}{3}', 'vip', 'vip'],
    ['full-width digits', '年化\\d+%', '年化１２％', '年化12%'],
    ['through invisible characters', '加.{0,2}微信', '加\u200b我\u200d微\ufeff信', '加我微信'],
    [
      'a traditional character written as an escape, in text that folds to it, not at all',
      '\\x{8B49}',
      '證',
      '',
    ],
  ])('%s', (_, regex, text, seen) => {
    const shown = fold(text);
    const found = findMatches(compiled(regex).compiled, shown).map(([start, end]) => shown.slice(start, end));
    expect(found).toEqual(seen === '' ? [] : [seen]);
  });
});

describe('knows what every match contains', () => {
  test.each([
    ['年化.{0,6}\\d+%', [['年化'], ['%']]],
    [
      '(保证|确保).{0,8}(收益|回报)',
      [
        ['保证', '确保'],
        ['收益', '回报'],
      ],
    ],
    ['https?://\\S+', [['http'], ['://']]],
    ['(?i)LTAI\\w+', [['ltai']]],
    ['\\x41\\x42\\w', [['ab']]],
    ['[傻蠢][逼货]', [['傻逼', '傻货', '蠢逼', '蠢货']]],
    ['(wx|vx|v信|微信)[a-z]+', [['wx', 'vx', 'v信', '微信']]],
    ['a?b', undefined],
    ['\\d{11}', undefined],
    ['.+', undefined],
    ['[^a]b', undefined],
  ])('%s', (regex, gate) => {
    const sorted = (groups: readonly (readonly string[])[] | undefined) =>
      groups?.map((group) => [...group].sort());
    expect(sorted(compiled(regex).gate)).toEqual(sorted(gate));
  });

  it('in the Literal view too, with regard to case', () => {
    expect(compiled('LTAI\\w+', literal).gate).toEqual([['LTAI']]);
    expect(compiled('(?i)vx\\w+', literal).gate?.map((group) => [...group].sort())).toEqual([
      ['VX', 'Vx', 'vX', 'vx'],
    ]);
  });
});

describe('knows what a match needs', () => {
  test.each([
    ['\\b1[3-9]\\d{9}\\b', 11, []],
    ['\\d{17}[\\dx]', 17, []],
    ['(\\d{3}-)?\\d{4}', 4, []],
    ['\\d*[傻蠢].', 0, [[...'傻蠢'].map((one) => one.charCodeAt(0))]],
    ['[傻蠢]?a', 0, []],
    ['[傻蠢]a|b', 0, []],
    ['.', 0, []],
  ])('%s', (regex, digits, sets) => {
    expect(findNeeds(programOf(regex))).toEqual({ digits, sets });
  });
});

describe('knows how a match begins', () => {
  test.each([
    ['a(b|c)d', ['abd', 'acd']],
    ['a.c', ['a']],
    ['(ab|a)', ['a']],
    ['^保本', ['保本']],
    ['\\d{3}', ['000']],
    ['.a', undefined],
    ['a*', undefined],
    // One goes on in too many ways; the other is made longer all the same.
    ['(tg|skype)[0-9]', ['sky', 'tg']],
  ])('%s', (regex, beginnings) => {
    const found = listBeginnings(programOf(regex));
    if (regex === '\\d{3}') expect(found).toHaveLength(10);
    else expect(found === undefined ? undefined : [...found].sort()).toEqual(beginnings);
  });
});

it('reads from re2js what the exact version is known to hold', () => {
  expect(readRequired(RE2JS.compile('ab(cd|ef)'))).toEqual({
    kind: 'all',
    of: [
      { kind: 'literal', text: 'ab' },
      {
        kind: 'any',
        of: [
          { kind: 'literal', text: 'cd' },
          { kind: 'literal', text: 'ef' },
        ],
      },
    ],
  });
  expect(programOf('(?i)k$').instructions.map(({ kind, runes }) => [kind, [...new Set(runes)]])).toEqual([
    ['fail', []],
    ['rune', [0x4b, 0x6b, 0x212a]],
    ['assertion', []],
    ['match', []],
  ]);
});

/** Patterns without a gate, of every kind of instruction. */
const UNGATED = [
  '\\b\\d{3}\\b',
  '\\B\\d\\d\\B',
  '^[ab]{2}',
  '(?m)^a\\d',
  '[ab]$',
  '(?m)b$',
  '\\A.b',
  'a?b\\z',
  '(?s)a.b',
  'a.b',
  '[^a]b',
  '\\p{Han}a',
  '[\\x{1F600}-\\x{1F64F}]a?',
  '(?i)k\\b',
  '\\w+a\\d',
  'a{2,3}b?c',
  '(a|b|ab)(c|bcd)?\\d',
];
const LETTERS = ['a', 'b', 'c', 'd', 'k', 'K', '1', '2', ' ', '\n', '_', '保', '😀', '\ud83d', '\u212a'];

it('the automaton names exactly the patterns that match', () => {
  const patterns = UNGATED.map((regex) => compiled(regex, literal));
  const automaton = buildPatternAutomaton(
    patterns.map(({ compiled: regex }, pattern) => ({ pattern, program: readProgram(regex) as Program })),
  );
  const buffer = createBuffer();
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...LETTERS), maxLength: 24 }), (text) => {
      literal.show(text, buffer);
      const named = new Set<number>();
      automaton.match(buffer, (pattern) => named.add(pattern));
      const matching = patterns.flatMap(({ compiled: regex }, pattern) =>
        regex.test(text) ? [pattern] : [],
      );
      expect([...named].sort((a, b) => a - b)).toEqual(matching);
    }),
    { numRuns: 5000 },
  );
});

it('the automaton names everybody rather than grow without end', () => {
  // (a|b)*a(a|b){14} needs 2^15 states; a long random text makes most of them.
  const program = programOf('(a|b)*a(a|b){14}c');
  const automaton = buildPatternAutomaton([{ pattern: 7, program }]);
  let state = 1;
  const text = Array.from({ length: 60_000 }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 16) & 1 ? 'a' : 'b';
  }).join('');
  const buffer = createBuffer();
  literal.show(`${text}c`, buffer);
  const named: number[] = [];
  automaton.match(buffer, (pattern) => named.push(pattern));
  expect(named).toContain(7);
});

describe('takes hostile texts in linear time (exponential would never end)', () => {
  test.each([
    ['nested repeats', '(a+)+$', 'a'.repeat(100_000)],
    ['nested repeats that fail', '(a+)+b$', 'a'.repeat(100_000)],
    ['alternatives that overlap', '(a|aa)+x', 'a'.repeat(100_000)],
    ['many wildcards', '.*.*.*=.*', 'x'.repeat(100_000)],
  ])('%s', (_, regex, text) => {
    expect(findMatches(compiled(regex).compiled, text).length).toBeLessThanOrEqual(MAX_MATCHES);
  });
});

it('finds matches from left to right, not overlapping, never empty, and not without end', () => {
  expect(findMatches(RE2JS.compile('a+|b*'), 'aabba')).toEqual([
    [0, 2],
    [2, 4],
    [4, 5],
  ]);
  expect(findMatches(RE2JS.compile('a'), 'a'.repeat(1000))).toHaveLength(MAX_MATCHES);
});
