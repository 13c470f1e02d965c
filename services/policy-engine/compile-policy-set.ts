// All policies of a tenant become one engine. A bad policy is left out by itself, with its problems; the others go on.
import { buildEngine, type Engine } from './build-engine.ts';
import {
  type CompiledPolicy,
  compilePolicy,
  type Lexicons,
  type PolicyProblem,
  type PolicySource,
} from './compile-policy.ts';

export interface PolicySet {
  readonly engine: Engine;
  /** Problems of the policies that are not in the engine. */
  readonly rejected: readonly PolicyProblem[];
}

/**
 * Compiles policies whose order does not matter. Lexicons are given as terms, by the digest that policies name.
 * Whoever wants the last good revision of a rejected policy to stay in force passes that revision instead and compiles again.
 */
export function compilePolicySet(policies: readonly PolicySource[], lexicons: Lexicons): PolicySet {
  const accepted: CompiledPolicy[] = [];
  const rejected: PolicyProblem[] = [];
  for (const policy of policies) {
    const result = compilePolicy(policy, lexicons);
    if (result.ok) accepted.push(result.policy);
    else rejected.push(...result.problems);
  }
  return { engine: buildEngine(accepted), rejected };
}
