// What holds for every view and any text: evidence stands in the original, never inside a character, shows the term when it is looked at
// again, and is the same whatever was looked at before; and no text takes longer than its length allows.
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Engine } from '../build-engine.ts';
import { evaluate } from '../evaluate.ts';
import { message, ruleOf } from '../judging.testkit.ts';
import { views } from './registry.ts';

const TERMS = [
  '保本',
  '内幕消息',
  '加微信',
  '赚钱',
  '违法',
  '12345',
  '返15个点',
  'password',
  'risk free',
  '方案',
];
const NAMES = views.map(({ name }) => name);
const engines = new Map(NAMES.map((name) => [name, engineOf([name])]));
const everything = engineOf(NAMES);

function engineOf(see: readonly string[]): Engine {
  return ruleOf({ any: [{ keywords: { terms: TERMS, see } }] });
}

/** Pieces of terms in every writing, and what may stand between and beside them. */
const PIECES = [
  ...'保本内幕消息加微信赚钱违法方案一二三四五十五返个点',
  ...[
    '保',
    '本',
    '証',
    '證',
    'bao',
    'ben',
    'nei',
    'mu',
    'fangan',
    'bb',
    'nmxx',
    'v信',
    '薇',
    '❤️',
    '💰',
    '氵去',
    '亻言',
  ],
  ...[
    'p@ss',
    'w0rd',
    'password',
    'risk',
    'free',
    '１２',
    '③',
    '4',
    '5',
    '幺两',
    '宝',
    '笨',
    '木',
    '贝兼',
    'p',
    'а',
    'о',
    'カ',
  ],
  ...[
    ' ',
    '，',
    '。',
    '\n',
    '.',
    '*',
    '\u200b',
    '\ufe0f',
    '\u0301',
    '\u0336',
    '😀',
    '👍🏻',
    '👨‍👩‍👧',
    '𠮷',
    '\ue000',
    '丨',
    'é',
    'e\u0301',
    'ﬁ',
  ],
  ...['\ud83d', '\udc00'],
];
const anyText = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.array(fc.constantFrom(...PIECES), { maxLength: 24 }).map((parts) => parts.join('')),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
);

const evidenceOf = (engine: Engine, text: string) =>
  evaluate(engine, message(text)).flatMap(({ evidence }) => evidence);

describe.each(NAMES)('the evidence of %s', (name) => {
  const engine = engines.get(name) as Engine;

  it('stands in the original and splits no character', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        for (const { start, end, text: shown } of evidenceOf(engine, text)) {
          expect(shown).toBe(text.slice(start, end));
          expect(end).toBeGreaterThan(start);
          expect(isInsidePair(text, start) || isInsidePair(text, end)).toBe(false);
          expect(/^\p{M}/u.test(text.slice(end))).toBe(false);
        }
      }),
      { numRuns: 1500 },
    );
  });

  it('shows a term when the evidence alone is looked at', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        for (const one of evidenceOf(engine, text)) {
          const again = evidenceOf(everything, one.text);
          expect(again.some(({ condition }) => condition === one.condition)).toBe(true);
        }
      }),
      { numRuns: 1500 },
    );
  });

  it('does not depend on what was looked at before', () => {
    fc.assert(
      fc.property(anyText, anyText, (before, text) => {
        evaluate(engine, message(before));
        const after = evaluate(engine, message(text));
        expect(JSON.stringify(after)).toBe(JSON.stringify(evaluate(engineOf([name]), message(text))));
      }),
      { numRuns: 60 },
    );
  });
});

const isInsidePair = (text: string, at: number): boolean =>
  at > 0 && (text.codePointAt(at - 1) ?? 0) > 0xffff;

it('sees through every view what Folded sees, except exactly as written', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const folded = placesOf('Folded', text);
      for (const name of NAMES)
        if (name !== 'Literal')
          for (const place of folded) expect(placesOf(name, text), `${name} in ${text}`).toContain(place);
    }),
    { numRuns: 1500 },
  );
});

function placesOf(name: string, text: string): string[] {
  return evidenceOf(engines.get(name) as Engine, text)
    .filter(({ view }) => view === 'Folded')
    .map(({ start, end, condition }) => `${start}-${end} ${condition}`);
}

const SIZE = 65_536;
const flood = (piece: string): string => piece.repeat(Math.ceil(SIZE / piece.length)).slice(0, SIZE);

test.each([
  ['one character', '保'],
  ['a term', '保本'],
  ['a term in parts', '氵去违'],
  ['numerals', '一'],
  ['tens', '十'],
  ['spoken numerals', '幺洞'],
  ['a letter', 'a'],
  ['pinyin without gaps', 'bao'],
  ['pinyin with gaps', 'bao ben '],
  ['leet', 'p4'],
  ['leet signs', '$1'],
  ['emoji', '💰'],
  ['emoji that mean nothing', '😀'],
  ['separators', '，'],
  ['characters far apart', `保${' '.repeat(500)}`],
  ['lookalikes', 'раѕѕ'],
  ['zero width', '保\u200b'],
  ['combining marks', '保\u0336'],
  ['polyphones', '行了'],
  ['halves of pairs', '\ud83d'],
])('a flood of %s takes no more than its length allows', (_, piece) => {
  // No clock is asked: what grows with the square of 64 Ki units would run into the limit of the test.
  const text = flood(piece);
  const found = evidenceOf(everything, text);
  expect(found.every(({ start, end }) => start < end && end <= text.length)).toBe(true);
});
