import fc from 'fast-check';
import { expect, it } from 'vitest';
import { indexLiterals } from './index-literals.ts';

const words = fc.string({ unit: fc.constantFrom('a', 'b', 'k', '_', '密'), minLength: 2, maxLength: 4 });

it('tells what asking for each word would tell', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(words, { minLength: 1, maxLength: 3 }), { maxLength: 6 }),
      fc.string({ unit: fc.constantFrom('a', 'b', 'k', '_', '密', 'x'), maxLength: 24 }),
      (lists, text) => {
        const said = indexLiterals(lists.map((literals, number) => ({ literals, number })))(text);
        const expected = [...lists.keys()].filter((number) =>
          lists[number]?.some((literal) => text.includes(literal)),
        );
        expect([...said].sort((a, b) => a - b)).toEqual(expected);
      },
    ),
    { numRuns: 2000 },
  );
});
