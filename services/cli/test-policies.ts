// Runs the tests inside policies, and finds out what they do not test: rules without a test, and parts that no test misses.

import { mutatePolicy } from '@menshen/policy-engine/mutate-policy';
import { runPolicyTests } from '@menshen/policy-engine/run-policy-tests';
import type { LoadedPolicies, LoadedPolicy } from './load-policies.ts';

export interface PolicyReport {
  readonly file: string;
  readonly policy: string;
  readonly tests: readonly TestReport[];
  /** Names and lines of the rules that no test expects to hold. */
  readonly rulesWithoutTest: readonly { readonly rule: string; readonly line: number }[];
  readonly mutants: number;
  /** Mutants with which every test still passes. Not looked for while a test fails. */
  readonly survivors: readonly Survivor[];
}

export interface TestReport {
  readonly name: string;
  readonly line: number;
  readonly passed: boolean;
  /** What came instead of what was expected; empty when passed. */
  readonly why: string;
}

export interface Survivor {
  readonly line: number;
  /** `spec.rules[0].any[0].keywords.terms[2]` */
  readonly path: string;
  readonly without: string;
}

export function testPolicy(policy: LoadedPolicy, { lexicons }: LoadedPolicies): PolicyReport {
  const run = runPolicyTests(policy, lexicons);
  const results = run.ok ? run.results : [];
  const tests = results.map((result, index) => ({
    ...result,
    line: policy.lineOf(['spec', 'tests', index]),
  }));
  const mutants = tests.length > 0 && tests.every(({ passed }) => passed) ? mutatePolicy(policy.spec) : [];
  const survivors = mutants.filter(({ spec }) => {
    const mutated = runPolicyTests({ ...policy, spec }, lexicons);
    // What does not even compile is noticed.
    return mutated.ok && mutated.results.every(({ passed }) => passed);
  });
  return {
    file: policy.file,
    policy: `${policy.namespace}/${policy.name}`,
    tests,
    rulesWithoutTest: findUntested(policy),
    mutants: mutants.length,
    survivors: survivors.map(({ path, without }) => ({
      line: policy.lineOf(path),
      path: formatPath(path),
      without,
    })),
  };
}

function findUntested({ spec, lineOf }: LoadedPolicy): PolicyReport['rulesWithoutTest'] {
  const expected = new Set((spec.tests ?? []).map(({ expect }) => expect.rule));
  return (spec.rules ?? []).flatMap(({ name }, index) =>
    expected.has(name) ? [] : [{ rule: name, line: lineOf(['spec', 'rules', index]) }],
  );
}

const formatPath = (path: readonly (string | number)[]): string =>
  path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    '',
  );

export interface Totals {
  readonly policies: number;
  readonly tests: number;
  readonly failed: number;
  readonly rulesWithoutTest: number;
  readonly mutants: number;
  readonly survivors: number;
}

export function totalOf(reports: readonly PolicyReport[]): Totals {
  const count = (of: (report: PolicyReport) => number): number =>
    reports.reduce((sum, report) => sum + of(report), 0);
  return {
    policies: reports.length,
    tests: count(({ tests }) => tests.length),
    failed: count(({ tests }) => tests.filter(({ passed }) => !passed).length),
    rulesWithoutTest: count(({ rulesWithoutTest }) => rulesWithoutTest.length),
    mutants: count(({ mutants }) => mutants),
    survivors: count(({ survivors }) => survivors.length),
  };
}
