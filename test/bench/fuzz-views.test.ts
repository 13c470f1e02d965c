// The fuzzer in small; `npm run bench -- detection --fuzz=10000000` is the long run.
import { expect, it } from 'vitest';
import { fuzzViews } from './fuzz-views.ts';

it('finds nothing wrong in 200,000 generated messages, and enough to look at', () => {
  const { hits, wrong } = fuzzViews(200_000, 20_261_124);
  expect(wrong).toEqual([]);
  expect(hits).toBeGreaterThan(200_000);
}, 180_000);
