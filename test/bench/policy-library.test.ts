// The policy library on sentences that are not its own: what people write is found, what only sounds like it is left alone.
import { expect, it } from 'vitest';
import { OFFICE_TALK, VIOLATIONS } from './library-sentences.ts';
import { judgeSentences, measureLibrary } from './measure-library.ts';

const { missed, flagged } = judgeSentences(VIOLATIONS, OFFICE_TALK);

it('finds what people of a financial firm write, but for what is known to be missed', () => {
  expect(missed).toEqual([
    'no-guaranteed-return: 包您满意，收益包在我身上',
    'delete-records: 把那几条del晒佢，啲msg',
  ]);
});

it('leaves business talk with the same words alone', () => {
  expect(flagged).toEqual([]);
});

it('flags at most one in a thousand harmless messages, whatever their direction', () => {
  const { percent, messages } = measureLibrary(6_000, 7);
  expect(messages).toBeGreaterThan(8_000);
  expect(percent).toBeLessThanOrEqual(0.1);
});
