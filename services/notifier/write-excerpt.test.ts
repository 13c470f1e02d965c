import type { Evidence } from '@menshen/contracts/finding';
import { describe, expect, it } from 'vitest';
import { writeExcerpt } from './write-excerpt.ts';

const hit = (text: string): Evidence => ({
  path: 'text.content',
  start: 0,
  end: text.length,
  text,
  seen: text,
  view: 'Literal',
  condition: 'any[0]',
});

describe('what a notice shows of a message', () => {
  it.each([
    ['nothing was hit', [], undefined],
    ['hits without text', [''], undefined],
    ['one', ['保本'], '【保本】'],
    ['several, in order', ['稳赚', '保本'], '【稳赚】【保本】'],
    ['a repeated word once', ['保本', '保本'], '【保本】'],
    ['more than five', ['1', '2', '3', '4', '5', '6'], '【1】【2】【3】【4】【5】…'],
    ['a long hit is cut', ['x'.repeat(100)], `【${'x'.repeat(79)}…】`],
    ['characters outside the BMP are not torn', ['😀'.repeat(100)], `【${'😀'.repeat(79)}…】`],
  ])('%s', (_name, texts, expected) => {
    expect(writeExcerpt(texts.map(hit))).toBe(expected);
  });

  it('is never longer than 200 characters and a mark', () => {
    const texts = Array.from({ length: 5 }, (_, i) => `${i}`.repeat(80));
    expect([...(writeExcerpt(texts.map(hit)) ?? '')].length).toBeLessThanOrEqual(201);
  });
});
