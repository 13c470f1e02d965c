// The examples of a policy, judged by the policy alone.
import type { Finding } from '@menshen/contracts/finding';
import { buildEngine, type Engine } from './build-engine.ts';
import { buildTestFacts } from './build-test-facts.ts';
import { compilePolicy, type Lexicons, type PolicyProblem, type PolicySource } from './compile-policy.ts';
import { evaluate } from './evaluate.ts';
import type { PolicySpec, PolicyTest } from './policy-spec.ts';

export interface PolicyTestResult {
  readonly name: string;
  readonly passed: boolean;
  /** What came instead of what was expected; empty when passed. */
  readonly why: string;
}

export type PolicyTestRun =
  | { readonly ok: true; readonly results: readonly PolicyTestResult[] }
  /** The policy does not compile, so no test could run. */
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

/** Runs every test of a policy. A policy without tests has no results. */
export function runPolicyTests(source: PolicySource, lexicons: Lexicons): PolicyTestRun {
  const compiled = compilePolicy(source, lexicons);
  if (!compiled.ok) return compiled;
  const engine = buildEngine([compiled.policy]);
  const spec = source.spec as PolicySpec;
  return { ok: true, results: (spec.tests ?? []).map((test) => runTest(engine, spec, test)) };
}

function runTest(engine: Engine, spec: PolicySpec, test: PolicyTest): PolicyTestResult {
  const findings = evaluate(engine, buildTestFacts(test, spec.scope, engine.recentSeconds));
  const why = explain(test, findings);
  return { name: test.name, passed: why === '', why };
}

function explain({ expect }: PolicyTest, findings: readonly Finding[]): string {
  if (expect.none === true)
    return findings.length === 0 ? '' : `expected no finding, but ${describe(findings)}`;
  const finding = findings.find(({ rule }) => rule === expect.rule);
  if (finding === undefined) return `expected rule ${expect.rule} to hold, but ${describe(findings)}`;
  if (expect.text === undefined || finding.evidence.some(({ text }) => text === expect.text)) return '';
  return `expected the evidence ${JSON.stringify(expect.text)}, but ${describe([finding])}`;
}

function describe(findings: readonly Finding[]): string {
  if (findings.length === 0) return 'no rule held';
  return findings.map(({ rule, evidence }) => `rule ${rule} held by ${listTexts(evidence)}`).join('; ');
}

function listTexts(evidence: Finding['evidence']): string {
  const texts = evidence.map(({ text, condition }) => `${JSON.stringify(text)} (${condition})`);
  return texts.length === 0 ? 'no text' : texts.join(', ');
}
