// What a text shows at a glance. That nothing is overlooked, the tests of each detector check against reading everything.
import { describe, expect, it, test } from 'vitest';
import { showsAt, showsDigits, showsPlateOrHouse, showsUrl } from './signs.ts';

describe.each([
  {
    name: 'digits',
    shows: showsDigits,
    yes: ['138001', '一三八00 1', '１３８-０-０１'],
    no: ['13800', '12 人们 3456', '1一一一'],
  },
  {
    name: 'a plate or a house',
    shows: showsPlateOrHouse,
    yes: ['沪A', '沪 \u200bＡ', '5号', 'B 座', '三栋'],
    no: ['沪上', '号', '编号', '座A'],
  },
  { name: 'an at sign', shows: showsAt, yes: ['a@b', '＠'], no: ['a at b', ''] },
  {
    name: 'an address',
    shows: showsUrl,
    yes: ['a.com', 'evil dot com', 'evil ｄo\u200bt com', 'evil. com', '1.2.3.4', 'x://y', '例.中国'],
    no: ['1.2.3', 'do it', '3.5元', '10:30'],
  },
])('$name', ({ shows, yes, no }) => {
  test.each(yes)('in %j', (text) => expect(shows(text)).toBe(true));
  test.each(no)('not in %j', (text) => expect(shows(text)).toBe(false));
});

it('tells texts that are asked about in turns apart', () => {
  const texts = ['138001', 'a.com', '5号', 'a@b', ''];
  const all = texts.map((text) =>
    [showsDigits, showsUrl, showsPlateOrHouse, showsAt].map((shows) => shows(text)),
  );
  const inTurns = [showsDigits, showsUrl, showsPlateOrHouse, showsAt].map((shows) => texts.map(shows));
  expect(texts.map((_, text) => inTurns.map((ofOne) => ofOne[text]))).toEqual(all);
});
