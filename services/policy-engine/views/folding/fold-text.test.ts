// Folding: what becomes equal, what stays different, and that every unit still knows where it came from.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { createBuffer, endOf, readUnits, startOf } from '../text-buffer.ts';
import { foldText } from './fold-text.ts';
import { renderUnicodeFolds } from './generate-unicode-folds.ts';

function fold(text: string): string {
  const buffer = createBuffer(4);
  foldText(text, buffer);
  return readUnits(buffer, 0, buffer.length);
}

/** Each folded unit with the original text it stands for. */
function mapped(text: string): [shown: string, original: string][] {
  const buffer = createBuffer(4);
  foldText(text, buffer);
  return Array.from({ length: buffer.length }, (_, index) => [
    readUnits(buffer, index, index + 1),
    text.slice(startOf(buffer, index), endOf(buffer, index)),
  ]);
}

/** Any text, rich in what folding treats specially. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc
    .array(
      fc.constantFrom(
        '保',
        '證',
        '\u200b',
        '\u0301',
        'e',
        'É',
        'ﬁ',
        '😀',
        '\ufe0f',
        '\ud83d',
        '\u3099',
        'か',
        'ㅎ',
        'ㅏ',
        '㎏',
        '𝓗',
        '\u0336',
      ),
    )
    .map((parts) => parts.join('')),
);

describe('folding makes equal', () => {
  test.each([
    ['case', 'ＶＩＰ Vip VIP', 'vip vip vip'],
    ['full case folding', 'Straße STRASSE ΣΑΣ ſ K', 'strasse strasse σασ s k'],
    ['the dotted and the dotless i', 'İstanbul ı', 'istanbul i'],
    ['width', '１２３，：％￥', '123,:%¥'],
    ['half-width kana with voicing marks', 'ｶﾞｷﾞ', 'ガギ'],
    ['compatibility forms', 'ﬁ ㎏ ① ㊣ ½ …', 'fi kg 1 正 1⁄2 ...'],
    ['mathematical letters', '𝓗𝓮𝓵𝓵𝓸 𝟏𝟐', 'hello 12'],
    ['traditional and simplified', '這款穩賺不賠', '这款稳赚不赔'],
    ['variants of Hong Kong and Taiwan', '裏裡 爲為 綫線 衞衛', '里里 为为 线线 卫卫'],
    ['composed and decomposed accents', 'e\u0301 é E\u0301 \u1ec7 e\u0323\u0302', 'é é é ệ ệ'],
    ['conjoining and compatibility jamo', '\u1112\u1161\u11ab 한', '한 한'],
  ])('%s', (_, text, expected) => {
    expect(fold(text)).toBe(expected);
  });
});

describe('folding removes what cannot be seen', () => {
  test.each([
    ['zero-width space, joiner, non-joiner, no-break', '保\u200b\u200c\u200d\ufeff本', '保本'],
    ['direction marks and overrides', '保\u200e\u202e\u2066本', '保本'],
    ['variation selectors, also of the supplementary plane', '❤\ufe0f保\u{e0100}本', '❤保本'],
    ['tag characters', '保\u{e0061}\u{e007f}本', '保本'],
    ['soft hyphen and combining grapheme joiner', 'pass\u00ad\u034fword', 'password'],
    ['Hangul fillers', '가\u3164\u115f나', '가나'],
    ['controls except white space', 'a\u0000\u0008\u001b\u0085b\tc\nd', 'ab\tc\nd'],
    ['strike-through and zalgo', '保̶本̷ b\u0335a\u0336d\u0489', '保本 bad'],
    ['enclosing keycaps', '1\ufe0f\u20e3', '1'],
  ])('%s', (_, text, expected) => {
    expect(fold(text)).toBe(expected);
  });
});

describe('folding keeps apart', () => {
  test.each([
    ['letters with different accents', 'résumé resume'],
    ['Vietnamese tones', 'má mà mả mã mạ'],
    ['kana with and without voicing', 'はばぱ'],
    ['Thai vowels and tones', 'เก่า เก้า'],
    ['emoji', '😀👍'],
    ['Cantonese characters', '喺嘅咗哋冇'],
  ])('%s', (_, text) => {
    expect(fold(text)).toBe(text);
  });
});

describe('every folded unit knows the original it stands for', () => {
  test.each<[string, string, [string, string][]]>([
    [
      'plain text',
      '保本',
      [
        ['保', '保'],
        ['本', '本'],
      ],
    ],
    [
      'after something dropped',
      '保\u200b本',
      [
        ['保', '保'],
        ['本', '本'],
      ],
    ],
    [
      'an expansion',
      '㎏',
      [
        ['k', '㎏'],
        ['g', '㎏'],
      ],
    ],
    [
      'a surrogate pair',
      '𝓗!',
      [
        ['h', '𝓗'],
        ['!', '!'],
      ],
    ],
    [
      'a composed accent',
      'xe\u0301y',
      [
        ['x', 'x'],
        ['é', 'e\u0301'],
        ['y', 'y'],
      ],
    ],
    [
      'an emoji in two halves',
      '😀',
      [
        ['\ud83d', '😀'],
        ['\ude00', '😀'],
      ],
    ],
    [
      'traditional writing',
      '證券',
      [
        ['证', '證'],
        ['券', '券'],
      ],
    ],
  ])('%s', (_, text, expected) => {
    expect(mapped(text)).toEqual(expected);
  });

  it('in any text: spans ascend, stay inside, and never split a surrogate pair', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const buffer = createBuffer(4);
        foldText(text, buffer);
        let last = 0;
        for (let index = 0; index < buffer.length; index++) {
          const [start, end] = [startOf(buffer, index), endOf(buffer, index)];
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          expect(end).toBeLessThanOrEqual(text.length);
          if (text.isWellFormed()) expect(text.slice(start, end).isWellFormed()).toBe(true);
          last = start;
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('in any text: folding the original of a piece gives that piece', () => {
    fc.assert(
      fc.property(anyText, fc.nat(), fc.nat(), (text, a, b) => {
        const buffer = createBuffer(4);
        foldText(text, buffer);
        if (buffer.length === 0) return;
        const [first, last] = [a % buffer.length, b % buffer.length].sort((x, y) => x - y) as [
          number,
          number,
        ];
        const original = text.slice(startOf(buffer, first), endOf(buffer, last));
        expect(fold(original)).toContain(readUnits(buffer, first, last + 1));
      }),
      { numRuns: 3000 },
    );
  });
});

it('folds twice as it folds once', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(fold(fold(text))).toBe(fold(text));
    }),
    { numRuns: 3000 },
  );
});

it('folds each character of Unicode by itself as it folds it twice', () => {
  const unstable: string[] = [];
  for (let point = 0; point <= 0x2ffff; point++) {
    if (point >= 0xd800 && point <= 0xdfff) continue;
    const once = fold(String.fromCodePoint(point));
    if (fold(once) !== once) unstable.push(point.toString(16));
  }
  expect(unstable).toEqual([]);
});

it('agrees with NFKC and lower case on what is neither dropped, nor traditional, nor overlaid', () => {
  const wrong: string[] = [];
  for (let point = 0x20; point < 0x3400; point++) {
    const character = String.fromCodePoint(point);
    if (/[\p{M}\p{C}\p{DI}]/u.test(character.normalize('NFKD'))) continue;
    const expected = character.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
    const expectedAgain = expected.toUpperCase().toLowerCase().normalize('NFKC');
    if (/\p{Script=Han}/u.test(expected)) continue;
    if (fold(character) !== expectedAgain) wrong.push(point.toString(16));
  }
  expect(wrong).toEqual([]);
});

it('takes a text full of combining marks in one pass', () => {
  const zalgo = `a${'\u0336'.repeat(50_000)}b${'\u3099'.repeat(50_000)}`;
  expect(fold(zalgo)).toHaveLength(2 + 50_000);
});

it('is made from the tables that are committed', () => {
  const committed = readFileSync(new URL('./unicode-folds.ts', import.meta.url), 'utf8');
  expect(
    committed === renderUnicodeFolds(),
    'run node services/policy-engine/views/folding/generate-unicode-folds.ts',
  ).toBe(true);
});
