// What every view owes its users, whichever views there are.
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { literal } from './literal.ts';
import { textViews, views } from './registry.ts';
import { showTerms } from './show-terms.ts';
import { createBuffer, endOf, readUnits, startOf } from './text-buffer.ts';
import { isWordUnit } from './word-units.ts';

describe.each(textViews)('the $name view', (view) => {
  it('shows the same whatever the buffer was used for before', () => {
    const used = createBuffer(1);
    view.show(`x\u200b${'長文'.repeat(500)}`, used);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const fresh = createBuffer(1);
        view.show(text, fresh);
        view.show(text, used);
        const read = (buffer: typeof fresh) =>
          Array.from({ length: buffer.length }, (_, index) => [
            buffer.units[index],
            startOf(buffer, index),
            endOf(buffer, index),
          ]);
        expect(read(used)).toEqual(read(fresh));
      }),
      { numRuns: 500 },
    );
  });

  it('shows a term as it shows the same words in a text', () => {
    const [[spelling] = []] = showTerms(view, ['保本 VIP']);
    const buffer = createBuffer();
    view.show('这个保本 VIP产品', buffer);
    expect(readUnits(buffer, 0, buffer.length)).toContain(spelling);
  });
});

it.each(views)('the $name view says when nothing is left of a term', (view) => {
  expect(showTerms(view, ['', '  ', '\ud83d', undefined])).toEqual([[], [], [], []]);
});

it('the Literal view changes nothing and keeps pairs together', () => {
  const buffer = createBuffer(1);
  const text = 'A證\u200b😀z\ud83d';
  literal.show(text, buffer);
  expect(readUnits(buffer, 0, buffer.length)).toBe(text);
  const spans = Array.from({ length: buffer.length }, (_, index) => [
    startOf(buffer, index),
    endOf(buffer, index),
  ]);
  expect(spans).toEqual([
    [0, 1],
    [1, 2],
    [2, 3],
    [3, 5],
    [3, 5],
    [5, 6],
    [6, 7],
  ]);
});

describe('words go on', () => {
  test.each(['a', 'Z', 'é', 'ß', '7', 'я', 'ω', 'ب', 'ә', 'đ', '\u0301'])('with %s', (character) => {
    expect(isWordUnit(character.charCodeAt(0))).toBe(true);
  });
  test.each(['保', 'の', 'カ', 'ー', '한', 'ก', '་', ' ', '，', '.', '_', '-', '😀', '\u200b'])(
    'not with %s',
    (character) => {
      expect(isWordUnit(character.charCodeAt(0))).toBe(false);
    },
  );
});
