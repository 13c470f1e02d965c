// Judges one message: facts in, findings out. The same facts and policies give the same findings, on any replica, at any time.
import type { Finding } from '@menshen/contracts/finding';
import type { Engine, EngineRule } from './build-engine.ts';
import { buildFinding } from './build-finding.ts';
import type { CompiledPolicy } from './compile-policy.ts';
import type { MessageFacts } from './facts.ts';
import { judgeRule } from './judge-rule.ts';
import { SAMPLE_RULE } from './sample-message.ts';
import { severityOfHits } from './severity-of-hits.ts';

/** The findings of a message, in order of policy (namespace, name) and rule; then those of sampling. */
export function evaluate(engine: Engine, facts: MessageFacts): readonly Finding[] {
  const awake = engine.sighting.look(facts);
  if (awake.length === 0 && engine.sampling.length === 0) return NONE;
  const findings: Finding[] = [];
  let judged: { policy: CompiledPolicy; inScope: boolean } | undefined;
  for (const number of awake) {
    const { rule, policy } = engine.rules[number] as EngineRule;
    // Rules are in order of their policies, so a policy's scope is asked once.
    if (judged?.policy !== policy) judged = { policy, inScope: policy.inScope(facts) };
    if (!judged.inScope) continue;
    const hits = judgeRule(rule, engine.sighting);
    if (hits.length === 0 || policy.excepts(facts, rule.name)) continue;
    const severity = severityOfHits(rule.severity, rule.viewSeverities, hits);
    findings.push(buildFinding(facts, policy, { rule: rule.name, severity, hits }));
  }
  for (const policy of engine.sampling)
    if (isSampled(policy, facts)) findings.push(sampleFinding(policy, facts));
  return findings;
}

const NONE: readonly Finding[] = [];

function isSampled(policy: CompiledPolicy, facts: MessageFacts): boolean {
  return (
    policy.samples?.(facts.msgid) === true && policy.inScope(facts) && !policy.excepts(facts, SAMPLE_RULE)
  );
}

function sampleFinding(policy: CompiledPolicy, facts: MessageFacts): Finding {
  return buildFinding(facts, policy, { rule: SAMPLE_RULE, severity: policy.severity, hits: [] });
}
