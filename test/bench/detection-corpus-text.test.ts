// The corpus of the detection benchmark is what it says: harmless chat without the terms, evasions where they are said to stand.
import { expect, it, test } from 'vitest';
import {
  EVASIONS,
  HAND_WRITTEN,
  LATIN_TERMS,
  NUMBER_TERMS,
  TERMS,
  writeEvasions,
  writeHarmless,
} from './detection-corpus-text.ts';

const harmless = writeHarmless(2_000, 7);

it('writes the same for the same seed, and something else for another', () => {
  expect(writeHarmless(50, 7)).toEqual(harmless.slice(0, 50));
  expect(writeHarmless(50, 8)).not.toEqual(harmless.slice(0, 50));
});

it('writes harmless chat in several languages that is wide and holds no term', () => {
  for (const term of [...TERMS, ...LATIN_TERMS, ...NUMBER_TERMS])
    expect(harmless.filter((text) => text.includes(term))).toEqual([]);
  expect(new Set(harmless).size).toBeGreaterThan(1_800);
  expect(new Set(harmless.join('').match(/\p{sc=Han}/gu)).size).toBeGreaterThan(1_000);
  for (const pattern of [/嘅|哋|喺/, /^[\x20-\x7e]+$/, /[\u4e00-\u9fff].*[a-z]/])
    expect(harmless.filter((text) => pattern.test(text)).length).toBeGreaterThan(80);
});

test.each(EVASIONS.map((evasion) => [evasion.name, evasion] as const))(
  '%s stands where it is said to',
  (_, evasion) => {
    const written = writeEvasions(evasion, harmless.slice(0, 5), 3);
    expect(written.length).toBeGreaterThan(0);
    for (const { text, term, start, end } of written) {
      expect(evasion.terms).toContain(term);
      expect(end).toBeGreaterThan(start);
      expect(harmless).toContain(text.slice(0, start) + text.slice(end));
      if (evasion.name !== 'literal') expect(text.slice(start, end)).not.toBe(term);
    }
  },
);

it('has evasions written by hand for every view that rewrites', () => {
  const views = new Set(HAND_WRITTEN.map(([view]) => view));
  expect([...views].sort()).toEqual([
    'Emoji',
    'Initials',
    'Leet',
    'Numbers',
    'Pinyin',
    'Reversed',
    'Separators',
    'Split',
  ]);
});
