import { describe, expect, test } from 'vitest';
import { fitText, padText, printable, textWidth } from './measure-text.ts';

test.each([
  ['', 0],
  ['abc', 3],
  ['保本', 4],
  ['Ａ１', 4],
  ['한글', 4],
  ['，。', 4],
  ['é', 1],
  ['e\u0301', 1],
  ['👍', 2],
  ['👨‍👩‍👧', 2],
  ['❤️', 2],
])('%j takes %d columns', (text, columns) => expect(textWidth(text)).toBe(columns));

test.each([
  ['abc', 3, 'abc'],
  ['abcd', 3, 'ab…'],
  ['保本收益', 5, '保本…'],
  ['保本收益', 4, '保…'],
  ['保本', 0, ''],
])('%j in %d columns is %j', (text, columns, fitted) => {
  expect(fitText(text, columns)).toBe(fitted);
  expect(textWidth(padText(text, columns))).toBe(columns);
});

describe('text from outside', () => {
  test.each([
    ['\u001b[2Jgone', ' [2Jgone'],
    ['one\r\ntwo', 'one two'],
    ['a\u202egnp.exe', 'a gnp.exe'],
    ['\u009b31m', ' 31m'],
    ['零\u200d宽', '零\u200d宽'],
  ])('%j is printed as %j', (text, shown) => expect(printable(text)).toBe(shown));
});
