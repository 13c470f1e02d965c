// The command itself: what passes, what fails, and what the tests of a policy do not test.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { type Folder, makeFolder, menshen } from '../run-from-source.testkit.ts';
import type { PolicyReport, Totals } from '../test-policies.ts';

const policy = (name: string, spec: string): string =>
  `apiVersion: menshen.dev/v1alpha1\nkind: CompliancePolicy\nmetadata: { name: ${name}, namespace: acme }\nspec:\n${spec}`;

const RULE = `  rules:
    - name: principal
      any:
        - keywords: { terms: [保本, 稳赚] }
      not:
        - keywords: { terms: [不保本] }
`;
const test1 =
  '    - { name: promise, message: { text: 这个保本 }, expect: { rule: principal, text: 保本 } }\n';
const test2 = '    - { name: gain, message: { text: 稳赚 }, expect: { rule: principal } }\n';
const test3 = '    - { name: denial, message: { text: 不保本 }, expect: { none: true } }\n';

let folder: Folder;
beforeAll(() => {
  folder = makeFolder();
  for (const name of ['whole', 'holes', 'fails', 'invalid', 'empty', 'watched'])
    mkdirSync(`${folder.path}/${name}`);
  folder.write({
    'whole/a.yaml': policy('whole', `${RULE}  tests:\n${test1}${test2}${test3}`),
    'holes/a.yaml': policy(
      'holes',
      `  scope: { direction: [Outbound] }\n${RULE}    - name: forgotten\n      any:\n        - keywords: { terms: [返点], near: { terms: [私下, 回扣], within: 5 } }\n  tests:\n${test1}`,
    ),
    'fails/a.yaml': policy(
      'fails',
      `${RULE}  tests:\n${test1}    - { name: 'a <bad> "one"', message: { text: 你好 }, expect: { rule: principal } }\n`,
    ),
    'invalid/a.yaml': policy(
      'invalid',
      "  rules:\n    - name: a\n      any:\n        - pattern: { regex: '(a' }\n",
    ),
    'invalid/b.yaml': policy('whole', `${RULE}  tests:\n${test1}`),
    'watched/a.yaml': policy('watched', `${RULE}  tests:\n${test1}`),
  });
});
afterAll(() => folder.remove());

const run = (...args: string[]) => menshen(['policy', 'test', ...args], { cwd: folder.path });
const read = (out: string) =>
  JSON.parse(out) as { policies: PolicyReport[]; problems: string[]; totals: Totals };

describe('menshen policy test', () => {
  it('passes where every part is tested', async () => {
    const { code, out } = await run('whole', '--strict');
    expect(out).toMatch(
      /1 policies, 0 problems, 3 tests, 0 failed, 0 rules without a test, 4 of 4 mutants killed \(100 %\)\n$/,
    );
    expect(code).toBe(0);
  });

  it('names rules without a test and every part that no test misses, with its line', async () => {
    const { code, out } = await run('holes', '--output', 'json');
    const report = read(out).policies[0];
    expect(code).toBe(0);
    expect(report?.rulesWithoutTest).toEqual([{ rule: 'forgotten', line: 12 }]);
    expect(report?.survivors.map(({ without, line }) => `${line} ${without}`)).toEqual([
      '9 term 稳赚',
      '11 the condition (keywords)',
      '14 the condition (keywords)',
      '14 near',
      '14 term 私下',
      '14 term 回扣',
      '5 scope direction',
    ]);
  });

  it('fails on untested parts when asked', async () => {
    expect((await run('holes', '--strict')).code).toBe(1);
  });

  it('fails where a test fails, says what came instead and looks for no mutants', async () => {
    const { code, out } = await run('fails');
    expect(out).toMatch(
      /FAIL {2}a <bad> "one" \(fails\/a\.yaml:13\): expected rule principal to hold, but no rule held/,
    );
    expect(out).toMatch(/2 tests, 1 failed, .*0 of 0 mutants/);
    expect(code).toBe(1);
  });

  it('writes JUnit that is well-formed', async () => {
    const { code, out } = await run('fails', '--output', 'junit');
    expect(out).toContain('<testsuites tests="2" failures="1" errors="0">');
    expect(out).toContain(
      'name="a &#60;bad&#62; &#34;one&#34;" file="fails/a.yaml" line="13"><failure message="expected rule',
    );
    expect(code).toBe(1);
  });

  it('tests the others where one policy is not valid, and fails', async () => {
    const { code, out, err } = await run('invalid', '--output', 'json');
    expect(err).toMatch(/^invalid\/a\.yaml:8: .*regex: .*not a valid RE2 pattern/m);
    expect(read(out).totals).toMatchObject({ policies: 1, tests: 1, failed: 0 });
    expect(code).toBe(1);
  });

  test.each<[string, string[], number, RegExp]>([
    ['no folder', [], 2, /DIR is missing: give the folder/],
    ['two', ['a', 'b'], 2, /"b" is one DIR too many/],
    ['a folder that is not there', ['none'], 2, /DIR is none, which cannot be read \(ENOENT\)/],
    ['a folder without policies', ['empty'], 1, /there is no CompliancePolicy in empty/],
    ['a format nobody knows', ['whole', '--output', 'tap'], 2, /must be text or json or junit/],
  ])('refuses %s', async (_what, args, code, says) => {
    const outcome = await run(...args);
    expect(outcome.err).toMatch(says);
    expect(outcome.code).toBe(code);
  });

  it('runs again when a file changes', async () => {
    const main = fileURLToPath(new URL('../main.ts', import.meta.url));
    const child = spawn(
      process.execPath,
      ['--conditions=source', main, 'policy', 'test', 'watched', '--watch'],
      { cwd: folder.path },
    );
    try {
      await untilSays(child.stdout, /1 tests, 0 failed/);
      const again = untilSays(child.stdout, /2 tests, 1 failed/);
      folder.write({
        'watched/a.yaml': policy(
          'watched',
          `${RULE}  tests:\n${test1}    - { name: new, message: { text: 好 }, expect: { rule: principal } }\n`,
        ),
      });
      await again;
    } finally {
      child.kill();
      await once(child, 'exit');
    }
  });
});

/** Resolves once a stream has said it; what was said before the call does not count. */
function untilSays(stream: NodeJS.ReadableStream, words: RegExp): Promise<void> {
  return new Promise((resolve) => {
    let said = '';
    const listen = (chunk: Buffer): void => {
      said += chunk.toString('utf8');
      if (!words.test(said)) return;
      stream.off('data', listen);
      resolve();
    };
    stream.on('data', listen);
  });
}
