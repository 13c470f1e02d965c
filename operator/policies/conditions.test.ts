// The README is the closed list that people read; the code may say no more and no less.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { POLICY_CONDITIONS } from './conditions.ts';

function documented(): Record<string, string[]> {
  const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8');
  const table = readme.slice(readme.indexOf('| condition | reason |'));
  const rows = [...table.matchAll(/^\| (\w+) \| ([\w, ]+) \| (?:True|False|Unknown) \| \S/gm)];
  const byType = Map.groupBy(rows, ([, type]) => type ?? '');
  return Object.fromEntries(
    [...byType].map(([type, found]) => [
      type,
      found.flatMap(([, , reasons]) => (reasons ?? '').split(', ')).sort(),
    ]),
  );
}

test('the list of conditions and reasons is the documented one', () => {
  const known = Object.fromEntries(
    Object.entries(POLICY_CONDITIONS).map(([type, reasons]) => [type, [...reasons].sort()]),
  );
  expect(documented()).toEqual(known);
});
