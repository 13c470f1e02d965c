// How many are inside at once, and that everybody comes in, also behind somebody who fails.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createGate } from './gate.ts';

test('never lets in more than its number, and everybody once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.record({ steps: fc.nat(4), fails: fc.boolean() }), { maxLength: 20 }),
      async (most, visits) => {
        const gate = createGate(most);
        let [inside, peak] = [0, 0];
        const outcomes = await Promise.allSettled(
          visits.map(({ steps, fails }) =>
            gate.pass(async () => {
              inside += 1;
              peak = Math.max(peak, inside);
              for (let step = 0; step < steps; step++) await Promise.resolve();
              inside -= 1;
              if (fails) throw new Error('x');
            }),
          ),
        );
        expect(outcomes.map(({ status }) => status === 'rejected')).toEqual(visits.map(({ fails }) => fails));
        expect(peak).toBeLessThanOrEqual(most);
        expect(inside).toBe(0);
      },
    ),
  );
});
