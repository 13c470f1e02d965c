import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSequences, encodeSequences } from './judged-sequences.ts';

describe('stream sequences as a header', () => {
  it.each([
    [[], ''],
    [[5], '5'],
    [[5, 6, 7, 20], '5+2,13'],
    [[1, 3, 5], '1,2,2'],
    [[9_007_199_254_740_990, 9_007_199_254_740_991], '9007199254740990+1'],
  ])('%j', (sequences, text) => {
    expect(encodeSequences(sequences)).toBe(text);
    expect(decodeSequences(text)).toEqual(sequences);
  });

  it('comes back as it went, whatever the gaps', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 5_000 }), { maxLength: 300 }), (given) => {
        const sequences = given.toSorted((a, b) => a - b);
        expect(decodeSequences(encodeSequences(sequences))).toEqual(sequences);
      }),
    );
  });

  it('refuses what it did not write', () => {
    expect(() => decodeSequences('1,x')).toThrow('not a list of sequences');
  });
});
