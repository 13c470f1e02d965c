// Who is struck out after a minute of silence, and what is news.
import { expect, test } from 'vitest';
import { fakeClock } from '../kube/clock.testkit.ts';
import { REPORT_LIFE_MS, ReportBook } from './report-book.ts';

const report = (role: string, reason: string, facts: Record<string, unknown> = {}) =>
  Buffer.from(JSON.stringify({ role, instance: 'i', reportedAtMs: 0, reason, message: '', facts }));
const judging = (...policies: string[]) => ({
  inForceDigests: JSON.stringify(Object.fromEntries(policies.map((policy) => [policy, 'd']))),
});

test('a scanner that falls silent no longer counts, and its policies are news', () => {
  const clock = fakeClock();
  const book = new ReportBook(clock);
  expect(book.heard('scanner.a', report('scanner', 'CaughtUp', judging('n/p')))).toEqual({
    policies: new Set(['n/p']),
    isOtherScanner: true,
    isOtherReason: true,
  });
  book.heard('ingest.a', report('ingest', 'Verified'));
  clock.jump(REPORT_LIFE_MS - 1);
  expect(book.expire()).toEqual([]);
  book.heard('ingest.a', report('ingest', 'Verified'));
  clock.jump(1);
  expect(book.expire()).toEqual([{ policies: new Set(['n/p']), isOtherScanner: true, isOtherReason: true }]);
  expect([...book.reports.keys()]).toEqual(['ingest.a']);
  expect(book.scanners.size).toBe(0);
});

test.each([
  ['the same again', judging('n/p'), 'CaughtUp', { policies: new Set([]), isOtherReason: false }],
  ['another reason', judging('n/p'), 'Lagging', { policies: new Set([]), isOtherReason: true }],
  [
    'one more policy',
    judging('n/p', 'n/q'),
    'CaughtUp',
    { policies: new Set(['n/q']), isOtherReason: false },
  ],
  ['an older scanner, which says less', {}, 'CaughtUp', { policies: new Set(['n/p']), isOtherReason: false }],
  [
    'a refusal',
    { ...judging('n/p'), rejectedPolicies: '{"n/q":"why"}' },
    'CaughtUp',
    { policies: new Set(['n/q']), isOtherReason: false },
  ],
])('%s', (_what, facts, reason, news) => {
  const book = new ReportBook(fakeClock());
  book.heard('scanner.a', report('scanner', 'CaughtUp', judging('n/p')));
  expect(book.heard('scanner.a', report('scanner', reason, facts))).toEqual({
    ...news,
    isOtherScanner: false,
  });
});

test('a scanner that comes or goes is news also for policies it never spoke of: it counts among those that have to take them', () => {
  const clock = fakeClock();
  const book = new ReportBook(clock);
  const nothing = { policies: new Set(), isOtherReason: true };
  expect(book.heard('scanner.old', report('scanner', 'CaughtUp'))).toEqual({
    ...nothing,
    isOtherScanner: true,
  });
  clock.jump(REPORT_LIFE_MS);
  expect(book.expire()).toEqual([{ ...nothing, isOtherScanner: true }]);
  expect(book.heard('ingest.a', report('ingest', 'CaughtUp'))).toEqual({ ...nothing, isOtherScanner: false });
});

test.each(['not json', '7', '{}', '{"role":"scanner","facts":null}'])('%s is no report', (text) => {
  const book = new ReportBook(fakeClock());
  expect(book.heard('scanner.a', Buffer.from(text))).toEqual({
    policies: new Set(),
    isOtherScanner: false,
    isOtherReason: false,
  });
  expect(book.reports.size).toBe(0);
});
