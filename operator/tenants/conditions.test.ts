// The page for people and the list in the code say the same, reason by reason.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CONDITION_REASONS, isKnown } from './conditions.ts';
import { judgeReports } from './judge-reports.ts';
import { observeWorkloads } from './observe-workloads.ts';
import { INGEST_REASONS, PROVISION_WORDS, PROVISIONED_REASONS } from './reported-reasons.testkit.ts';

const page = readFileSync(new URL('README.md', import.meta.url), 'utf8');
const [, list = ''] = page.split('\n| type | reason | means |\n');
const rows = [...list.matchAll(/^\| (\w+) \| (\w+|…) \| (.+) \|$/gm)].map(
  ([, type, reason]) => `${type}/${reason}`,
);

test('every reason stands in README.md, and nothing else does', () => {
  const listed = Object.entries(CONDITION_REASONS).flatMap(([type, reasons]) =>
    reasons.map((reason) => `${type}/${reason}`),
  );
  expect(rows.sort()).toEqual(listed.sort());
});

test.each(INGEST_REASONS)('what ingest reports as %s becomes known conditions, and none other', (reason) => {
  const reports = ['ingest', 'archiver', 'scanner', 'notifier'].map((role) => ({
    role,
    instance: '1',
    reportedAtMs: 1,
    reason,
    message: 'm',
    facts: {},
  }));
  const { credentials, fresh } = judgeReports(reports, { isSuspended: false });
  const all = [credentials, fresh, ...observeWorkloads({ workloads: [], reports, isSuspended: false })];
  expect(all.filter((each) => !isKnown(each))).toEqual([]);
});

test('what the steps of provisioning say is known', () => {
  expect(PROVISIONED_REASONS.length).toBeGreaterThan(10);
  const strange = PROVISIONED_REASONS.map((pair) => pair.split('/')).filter(
    ([type = '', reason = '']) => !isKnown({ type, reason, status: 'False', message: '' }),
  );
  expect(strange).toEqual([]);
});

test.each(['StreamReady', 'DatabaseReady', 'ObjectStoreReady'] as const)(
  'no reason of %s is said by nobody',
  (type) => {
    expect(CONDITION_REASONS[type].filter((reason) => !PROVISION_WORDS.has(reason))).toEqual([]);
  },
);

test.each([
  ['Ready', 'SecretMissing', true],
  ['Stalled', 'ConfigConflict', true],
  ['Ready', 'Nonsense', false],
  ['Fresh', 'SecretMissing', false],
  ['Nonsense', 'Verified', false],
])('%s with the reason %s is known: %s', (type, reason, known) => {
  expect(isKnown({ type, reason, status: 'False', message: '' })).toBe(known);
});
