// Whether a revision of a policy may go live: it compiles, its lexicons are there, and every example of its own comes out right.
import { compilePolicy, type Lexicons, type PolicyProblem } from '@menshen/policy-engine/compile-policy';
import { runPolicyTests } from '@menshen/policy-engine/run-policy-tests';
import type { PolicyObject } from './select-policies.ts';

export interface PolicyCheck {
  /** Empty when the revision may go live. */
  readonly problems: readonly PolicyProblem[];
  readonly tests: { readonly passed: number; readonly total: number };
}

/** Compiles the policy and runs its inline tests. Never throws. */
export function checkPolicy(policy: PolicyObject, lexicons: Lexicons): PolicyCheck {
  const compiled = compilePolicy(policy, lexicons);
  const total = policy.spec.tests?.length ?? 0;
  if (!compiled.ok) return { problems: compiled.problems, tests: { passed: 0, total } };
  const run = runPolicyTests(policy, lexicons);
  if (!run.ok) return { problems: run.problems, tests: { passed: 0, total } };
  const problems = run.results.flatMap((result, at): PolicyProblem[] =>
    result.passed
      ? []
      : [
          {
            policy: `${policy.namespace}/${policy.name}`,
            path: `spec.tests[${at}]`,
            value: result.name,
            message: `the test ${JSON.stringify(result.name)} fails: ${result.why}`,
            remedy: 'mend the rule, or correct what the test expects',
          },
        ],
  );
  return { problems, tests: { passed: run.results.length - problems.length, total } };
}
