import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DueQueue } from './due-queue.ts';

describe('what is due next', () => {
  it('comes in the order of its time, and of its coming where that is the same', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 200 }), (times) => {
        const queue = new DueQueue();
        for (const [at, time] of times.entries()) queue.add(String(at), time);
        const expected = times
          .map((time, at) => [time, at] as const)
          .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
        for (const [time, at] of expected) {
          expect(queue.nextDueAtMs()).toBe(time);
          expect(queue.take()).toBe(String(at));
        }
        expect(queue.take()).toBeUndefined();
        expect(queue.nextDueAtMs()).toBe(Number.POSITIVE_INFINITY);
      }),
    );
  });

  it('stays in order while some are taken and others come', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 9 })), { maxLength: 200 }), (steps) => {
        const queue = new DueQueue();
        let model: { id: string; time: number }[] = [];
        steps.forEach((time, at) => {
          if (time !== null) {
            queue.add(String(at), time);
            model.push({ id: String(at), time });
            return;
          }
          const first = [...model].sort((a, b) => a.time - b.time)[0];
          model = model.filter((one) => one !== first);
          expect(queue.take()).toBe(first?.id);
        });
      }),
    );
  });
});
