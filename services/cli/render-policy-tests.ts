// What the tests of policies said: for people, for programs, and as JUnit for CI.
import { type PolicyReport, totalOf } from './test-policies.ts';

export function renderText(reports: readonly PolicyReport[], problems: readonly string[]): string {
  const { policies, tests, failed, rulesWithoutTest, mutants, survivors } = totalOf(reports);
  const killed = mutants - survivors;
  const share = mutants === 0 ? '' : ` (${Math.floor((100 * killed) / mutants)} %)`;
  const last =
    `${policies} policies, ${problems.length} problems, ${tests} tests, ${failed} failed, ${rulesWithoutTest} rules without a test, ` +
    `${killed} of ${mutants} mutants killed${share}\n`;
  return `${reports.map(renderPolicy).join('')}${last}`;
}

function renderPolicy({ file, policy, tests, rulesWithoutTest, mutants, survivors }: PolicyReport): string {
  const lines = [`${policy} (${file})`];
  for (const { passed, name, line, why } of tests)
    lines.push(passed ? `  ok    ${name}` : `  FAIL  ${name} (${file}:${line}): ${why}`);
  for (const { rule, line } of rulesWithoutTest)
    lines.push(`  rule ${rule} has no test that expects it (${file}:${line})`);
  if (survivors.length > 0)
    lines.push(`  no test would notice if these were missing, ${survivors.length} of ${mutants}:`);
  for (const { without, line, path } of survivors) lines.push(`    ${file}:${line}  ${without}  ${path}`);
  return `${lines.join('\n')}\n`;
}

export const renderJson = (reports: readonly PolicyReport[], problems: readonly string[]): string =>
  `${JSON.stringify({ policies: reports, problems, totals: totalOf(reports) }, undefined, 2)}\n`;

/** A suite a policy, a case a test; problems of policies are cases that ended in an error. */
export function renderJunit(reports: readonly PolicyReport[], problems: readonly string[]): string {
  const { tests, failed } = totalOf(reports);
  const suites = reports.map(renderSuite);
  if (problems.length > 0)
    suites.push(
      `  <testsuite name="policies that are not valid" tests="${problems.length}" failures="0" errors="${problems.length}">\n` +
        problems
          .map(
            (problem) =>
              `    <testcase name="${xml(problem)}"><error message="${xml(problem)}"/></testcase>\n`,
          )
          .join('') +
        '  </testsuite>\n',
    );
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    `<testsuites tests="${tests + problems.length}" failures="${failed}" errors="${problems.length}">\n${suites.join('')}</testsuites>\n`
  );
}

function renderSuite({ file, policy, tests, rulesWithoutTest, survivors }: PolicyReport): string {
  const failures = tests.filter(({ passed }) => !passed).length;
  const cases = tests.map(({ name, line, passed, why }) => {
    const head = `    <testcase classname="${xml(policy)}" name="${xml(name)}" file="${xml(file)}" line="${line}"`;
    return passed ? `${head}/>\n` : `${head}><failure message="${xml(why)}"/></testcase>\n`;
  });
  const notes = [
    ...rulesWithoutTest.map(({ rule }) => `rule ${rule} has no test that expects it`),
    ...survivors.map(({ without, path }) => `no test notices without ${without} (${path})`),
  ];
  const out = notes.length === 0 ? '' : `    <system-out>${xml(notes.join('\n'))}</system-out>\n`;
  return `  <testsuite name="${xml(policy)}" tests="${tests.length}" failures="${failures}" errors="0">\n${cases.join('')}${out}  </testsuite>\n`;
}

/** XML 1.0 has no way to write most control characters. */
const xml = (text: string): string =>
  text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"\n]/g, (sign) => `&#${sign.charCodeAt(0)};`);
