// The contests with the peers in small: every peer runs, and both sides look for the same.
import { expect, it, test } from 'vitest';
import { CONTESTS, measureContest, type PeerResult } from './measure-peers.ts';

const ORDER = { messages: 50, seed: 9 };
const results: PeerResult[] = [];

test.each(CONTESTS.map((entry, index) => ({ ...entry, index })))('contest $index', async ({ make }) => {
  const result = await measureContest(await make(ORDER));
  results.push(result);
  expect(result).toMatchObject({
    what: expect.any(String),
    peer: expect.stringMatching(/^[\w@/-]+ \d+\.\d+\.\d+/),
    messages: 50,
  });
  expect(result.ours).toBeGreaterThan(0);
  expect(result.theirs).toBeGreaterThan(0);
  expect(result.found.ours).toBeGreaterThan(0);
  expect(result.found.ours).toBeLessThan(50);
});

const of = (what: string): PeerResult[] => results.filter((result) => result.what.includes(what));

// This seed puts a keyword into two messages. Views may find more than what is written.
it('finds the keywords that the peers find, in one view and in five', () => {
  expect(of('keywords')).toHaveLength(4);
  for (const { found } of of('view Folded')) expect(found).toEqual({ ours: 2, theirs: 2 });
  for (const { found } of of('5 views')) expect(found.ours).toBeGreaterThanOrEqual(2);
});

it('finds patterns in the same messages as the peers', () => {
  expect(of('patterns')).toHaveLength(4);
  for (const { found } of of('patterns')) expect(found.ours).toBe(found.theirs);
});

it('finds the personal data and the secrets that were put in', () => {
  for (const { planted } of [...of('personal data'), ...of('secrets')])
    expect(planted).toMatchObject({ messages: 2, ours: 2 });
});
