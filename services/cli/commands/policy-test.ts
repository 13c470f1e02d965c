// `menshen policy test`: the tests inside the policies of a folder, and what they do not test.
import { watch } from 'node:fs';
import { type Command, type CommandIo, oneOf, Refusal } from '../command.ts';
import { loadPolicies } from '../load-policies.ts';
import { renderJson, renderJunit, renderText } from '../render-policy-tests.ts';
import { testPolicy, totalOf } from '../test-policies.ts';

const RENDERERS = { text: renderText, json: renderJson, junit: renderJunit };

export const policyTest: Command = {
  name: 'policy test',
  summary: 'run the tests inside the policies of a folder, and say what they do not test',
  about: `Runs spec.tests of every CompliancePolicy below DIR (or of one file), each policy by itself, and names the rules that no test expects. Then it
takes away every term, list entry, near, except, condition and scope field in turn, and names those whose absence no test notices.
Exit code 1: a test fails or a policy is not valid; with --strict also a rule without a test or a part that no test needs.`,
  positionals: ['DIR'],
  flags: [
    { name: 'output', value: 'FORMAT', help: 'text, json or junit (default: text)' },
    { name: 'watch', help: 'run again whenever a file changes, until interrupted' },
    { name: 'strict', help: 'fail as well where something is not tested' },
  ],
  async run(given, io) {
    const output = oneOf(given, 'output', ['text', 'json', 'junit']);
    const [path, more] = given.positionals;
    if (path === undefined)
      throw new Refusal('Usage', 'DIR is missing: give the folder of the policies, e.g. deploy/policies');
    if (more !== undefined)
      throw new Refusal('Usage', `${JSON.stringify(more)} is one DIR too many: run the command for each`);
    const run = (): 0 | 1 => runOnce(path, { output, isStrict: given.flags['strict'] !== undefined }, io);
    if (given.flags['watch'] === undefined) return run();
    // Watched first: a change during the first run must not be missed.
    const watched = watchFolder(path, () => runOrSay(run, io));
    runOrSay(run, io);
    return watched;
  },
};

function runOnce(
  path: string,
  how: { output: keyof typeof RENDERERS; isStrict: boolean },
  io: CommandIo,
): 0 | 1 {
  const loaded = loadPolicies('DIR', path);
  if (loaded.policies.length + loaded.problems.length === 0)
    throw new Refusal('Failed', `there is no CompliancePolicy in ${path}: give the folder that holds them`);
  for (const problem of loaded.problems) io.err(`${problem}\n`);
  const reports = loaded.policies.map((policy) => testPolicy(policy, loaded));
  io.out(RENDERERS[how.output](reports, loaded.problems));
  const { failed, rulesWithoutTest, survivors } = totalOf(reports);
  const isUntested = how.isStrict && rulesWithoutTest + survivors > 0;
  return failed + loaded.problems.length > 0 || isUntested ? 1 : 0;
}

/** While a folder is being edited a file may be missing for a moment. */
function runOrSay(run: () => unknown, io: CommandIo): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    io.err(`${error.message}\n`);
  }
}

/** Editors write a file in several steps: one run for all of them. */
const SETTLE_MS = 100;

function watchFolder(path: string, changed: () => void): Promise<never> {
  return new Promise((_, reject) => {
    let timer: NodeJS.Timeout | undefined;
    watchPath(path, () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        try {
          changed();
        } catch (error) {
          reject(error);
        }
      }, SETTLE_MS);
    });
  });
}

function watchPath(path: string, changed: () => void): void {
  try {
    watch(path, { recursive: true }, changed);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new Refusal(
      'Usage',
      `DIR is ${path}, which cannot be watched (${code}): give a folder of policies`,
      error,
    );
  }
}
