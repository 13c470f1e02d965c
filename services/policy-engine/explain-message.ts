// Why each rule holds for a message, or does not: scope, then conditions one by one, then exclusions and exceptions. For people who
// write policies; it asks every condition, woken or not, so it is many times slower than `evaluate` and says the same.
import type { Evidence } from '@menshen/contracts/finding';
import { compileExceptions } from './apply-exceptions.ts';
import type { Engine, EngineRule } from './build-engine.ts';
import { buildEvidence } from './build-evidence.ts';
import type { LabelledCondition } from './compile-policy.ts';
import type { MessageFacts } from './facts.ts';
import { judgeRule } from './judge-rule.ts';
import { compileScope } from './match-scope.ts';
import type { PolicySpec, Scope } from './policy-spec.ts';

export interface RuleExplanation {
  /** `<namespace>/<name>` */
  readonly policy: string;
  readonly rule: string;
  /** Whether a finding comes of it. */
  readonly holds: boolean;
  /** One sentence: what decided it. */
  readonly because: string;
  /** What the rule is for, in its author's words; the policy's where the rule has none. Empty where neither says. */
  readonly reason: string;
  /** Fields of the scope that the message does not fit: `direction`, `senders`. */
  readonly outOfScope: readonly string[];
  readonly conditions: readonly ConditionExplanation[];
}

export interface ConditionExplanation {
  /** `any[0]`, `not[1]` */
  readonly condition: string;
  /** `keywords` … */
  readonly detector: string;
  readonly hits: readonly Evidence[];
}

/** `specs` by `<namespace>/<name>`; those of the policies in the engine. In order of policy and rule. */
export function explainMessage(
  engine: Engine,
  facts: MessageFacts,
  specs: ReadonlyMap<string, PolicySpec>,
): RuleExplanation[] {
  engine.sighting.look(facts);
  return engine.rules.map((entry) => {
    const name = `${entry.policy.namespace}/${entry.policy.name}`;
    return explainRule(engine, { facts, entry, name, spec: specs.get(name) ?? {} });
  });
}

interface Asked {
  readonly facts: MessageFacts;
  readonly entry: EngineRule;
  readonly name: string;
  readonly spec: PolicySpec;
}

function explainRule(engine: Engine, { facts, entry, name, spec }: Asked): RuleExplanation {
  const { rule, policy } = entry;
  const own = spec.rules?.find((candidate) => candidate.name === rule.name);
  const explain = ({ label, condition }: LabelledCondition): ConditionExplanation => {
    const [key = 'any', index = '0'] = label.split(/[[\]]/);
    const hits = condition.find(engine.sighting).map((hit) => ({ hit, condition: `${label}.${hit.label}` }));
    const options = own?.[key as 'any' | 'all' | 'not']?.[Number(index)];
    return {
      condition: label,
      detector: Object.keys(options ?? {})[0] ?? '',
      hits: buildEvidence(hits, facts),
    };
  };
  const conditions = [...rule.any, ...rule.all, ...rule.not].map(explain);
  const outOfScope = fieldsOutOfScope(spec.scope, facts);
  const exception = policy.excepts(facts, rule.name) ? nameException(spec, facts, rule.name) : undefined;
  const matches = judgeRule(rule, engine.sighting).length > 0;
  const because =
    outOfScope.length > 0
      ? `the message is out of scope: ${outOfScope.join(', ')}`
      : matches
        ? exception === undefined
          ? `hit by ${namesOf(conditions.filter(({ condition, hits }) => !isNot(condition) && hits.length > 0))}`
          : `excepted by ${exception}`
        : whyNot(conditions);
  const holds = matches && outOfScope.length === 0 && exception === undefined;
  const reason = reasonOf(spec, rule.name);
  return { policy: name, rule: rule.name, holds, because, reason, outOfScope, conditions };
}

/** Why a policy looks for what the rule finds: `description` of the rule, else of the policy, else empty. */
export function reasonOf(spec: PolicySpec, rule: string): string {
  const own = spec.rules?.find(({ name }) => name === rule);
  return own?.description ?? spec.description ?? '';
}

const isNot = (condition: string): boolean => condition.startsWith('not');
const namesOf = (conditions: readonly ConditionExplanation[]): string =>
  conditions.map(({ condition, detector }) => `${condition} (${detector})`).join(', ');

function whyNot(conditions: readonly ConditionExplanation[]): string {
  const any = conditions.filter(({ condition }) => condition.startsWith('any'));
  if (any.length > 0 && any.every(({ hits }) => hits.length === 0)) return `nothing hits of ${namesOf(any)}`;
  const missing = conditions.filter(
    ({ condition, hits }) => condition.startsWith('all') && hits.length === 0,
  );
  if (missing.length > 0) return `${namesOf(missing)} does not hit`;
  const not = conditions.filter(({ condition, hits }) => isNot(condition) && hits.length > 0);
  return `what hits is taken away by ${namesOf(not)}`;
}

function fieldsOutOfScope(scope: Scope = {}, facts: MessageFacts): string[] {
  return Object.entries(scope)
    .filter(([field, value]) => value !== undefined && !compileScope({ [field]: value } as Scope)(facts))
    .map(([field]) => field);
}

function nameException(spec: PolicySpec, facts: MessageFacts, rule: string): string {
  const found = (spec.exceptions ?? []).find((exception) => compileExceptions([exception])(facts, rule));
  return found === undefined
    ? 'an exception'
    : `exception ${found.name} (${found.reason}), until ${found.expires}`;
}
