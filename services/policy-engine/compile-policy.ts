// One policy, compiled by itself. Whatever is wrong with it is found at once and said with the field, the value and the remedy.
import type { Digest } from '@menshen/contracts/digest';
import type { PolicyMode, Severity } from '@menshen/contracts/finding';
import { compileExceptions, type Excepts } from './apply-exceptions.ts';
import { chooseTriggers } from './choose-triggers.ts';
import type { Condition, Trigger } from './detector.ts';
import { detectors } from './detectors/registry.ts';
import { ENGINE_VERSION, policyDigest } from './digests.ts';
import { compileScope, type Predicate } from './match-scope.ts';
import { createPlan, type PlannedPatterns, type PlannedTerms, type PolicyPlan } from './plan-policy.ts';
import type { PolicySpec, Rule } from './policy-spec.ts';
import { compileSampling, SAMPLE_RULE } from './sample-message.ts';
import { compileViewSeverities, type ViewSeverities } from './severity-of-hits.ts';

/** Terms of the lexicons that policies refer to, by digest. */
export type Lexicons = ReadonlyMap<Digest, readonly string[]>;

/** A policy as its bundle carries it. */
export interface PolicySource {
  readonly namespace: string;
  readonly name: string;
  readonly spec: unknown;
}

export interface PolicyProblem {
  /** `<namespace>/<name>` */
  readonly policy: string;
  /** Name of the rule, where the problem is in one. */
  readonly rule?: string;
  /** `spec.rules[2].any[0].pattern.regex` */
  readonly path: string;
  readonly value: unknown;
  readonly message: string;
  readonly remedy: string;
}

export interface CompiledPolicy {
  readonly namespace: string;
  readonly name: string;
  readonly digest: Digest;
  readonly lexiconDigests: readonly Digest[];
  readonly mode: PolicyMode;
  readonly severity: Severity;
  readonly channels: readonly string[];
  readonly inScope: Predicate;
  readonly excepts: Excepts;
  /** Present when the policy samples. */
  readonly samples?: (msgid: string) => boolean;
  readonly rules: readonly CompiledRule[];
  readonly terms: readonly PlannedTerms[];
  readonly patterns: readonly PlannedPatterns[];
  /** Windows of `MessageFacts.recent` that it asks about, seconds. */
  readonly recentSeconds: readonly number[];
}

export interface CompiledRule {
  readonly name: string;
  readonly severity: Severity;
  /** For hits that only some views see. */
  readonly viewSeverities: ViewSeverities;
  readonly any: readonly LabelledCondition[];
  readonly all: readonly LabelledCondition[];
  readonly not: readonly LabelledCondition[];
  /** A message that shows none of these cannot break the rule. */
  readonly triggers: readonly Trigger[];
}

export interface LabelledCondition {
  /** `any[0]` */
  readonly label: string;
  readonly condition: Condition;
}

export type PolicyResult =
  | { readonly ok: true; readonly policy: CompiledPolicy }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

/** Never throws: a spec that does not even have the form of the CRD is a problem like any other. */
export function compilePolicy(source: PolicySource, lexicons: Lexicons): PolicyResult {
  const plan = createPlan(`${source.namespace}/${source.name}`, lexicons);
  const policy = compileOrReject(source, plan);
  return policy !== undefined && plan.problems.length === 0
    ? { ok: true, policy }
    : { ok: false, problems: plan.problems };
}

function compileOrReject(source: PolicySource, plan: PolicyPlan): CompiledPolicy | undefined {
  try {
    return compileSpec(source, source.spec as PolicySpec, plan);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    plan.reject({
      path: 'spec',
      value: undefined,
      message: `the spec does not have the form of a CompliancePolicy (${error.message})`,
      remedy: 'validate it against the CRD: kubectl apply --dry-run=server',
    });
    return undefined;
  }
}

function compileSpec(source: PolicySource, spec: PolicySpec, plan: PolicyPlan): CompiledPolicy {
  const { namespace, name } = source;
  const severity = spec.severity ?? 'Medium';
  const rules = (spec.rules ?? []).map((rule, index) =>
    compileRule(rule, { plan, path: `spec.rules[${index}]`, severity }),
  );
  checkWhole(spec, plan);
  return {
    namespace,
    name,
    digest: policyDigest(source),
    lexiconDigests: [...plan.lexiconDigests].sort(),
    mode: spec.mode ?? 'Enforce',
    severity,
    channels: [...new Set((spec.actions ?? []).flatMap((action) => action.alert.channels))],
    inScope: compileScope(spec.scope),
    excepts: compileExceptions(spec.exceptions),
    ...(spec.sampling && { samples: compileSampling(spec.sampling.percent, `${namespace}/${name}`) }),
    rules,
    terms: plan.terms,
    patterns: plan.patterns,
    recentSeconds: [...plan.recentSeconds],
  };
}

function compileRule(rule: Rule, at: { plan: PolicyPlan; path: string; severity: Severity }): CompiledRule {
  const { plan, path } = at;
  const list = (key: 'any' | 'all' | 'not'): LabelledCondition[] =>
    (rule[key] ?? []).map((condition, index) => {
      const place = { plan, rule: rule.name, path: `${path}.${key}[${index}]` };
      return { label: `${key}[${index}]`, condition: compileCondition({ ...condition }, place) };
    });
  const [any, all, not] = [list('any'), list('all'), list('not')];
  if (any.length + all.length === 0)
    plan.reject({ rule: rule.name, path, value: rule, ...LOOKS_FOR_NOTHING });
  const triggers = chooseTriggers(any, all);
  const severity = rule.severity ?? at.severity;
  const viewSeverities = compileViewSeverities(rule, severity);
  const dearLast = [...all].sort((a, b) => cost(a) - cost(b));
  return { name: rule.name, severity, viewSeverities, any, all: dearLast, not, triggers };
}

const cost = ({ condition }: LabelledCondition): number => (condition.isDear === true ? 1 : 0);

const LOOKS_FOR_NOTHING = {
  message: 'the rule looks for nothing',
  remedy: 'give it at least one condition under any or all',
};

function compileCondition(
  spec: Readonly<Record<string, unknown>>,
  at: { plan: PolicyPlan; rule: string; path: string },
): Condition {
  const keys = Object.keys(spec).filter((key) => spec[key] !== undefined);
  const key = keys[0] ?? '';
  const detector = detectors.get(key);
  if (detector !== undefined && keys.length === 1)
    return detector.compile(spec[key] as never, at.plan.at({ rule: at.rule, path: `${at.path}.${key}` }));
  const unknown = keys.find((candidate) => !detectors.has(candidate));
  at.plan.reject({
    rule: at.rule,
    path: at.path,
    value: spec,
    message:
      unknown === undefined
        ? 'a condition must have exactly one detector'
        : `engine ${ENGINE_VERSION} has no detector named ${unknown}`,
    remedy: `use exactly one of ${[...detectors.keys()].join(', ')}, or upgrade Menshen`,
  });
  return { triggers: [], find: () => [] };
}

/** What the CRD checks as well, for bundles that come by another way. */
function checkWhole(spec: PolicySpec, plan: PolicyPlan): void {
  const names = (spec.rules ?? []).map((rule) => rule.name);
  for (const [index, name] of names.entries())
    if (names.indexOf(name) !== index || name === SAMPLE_RULE)
      plan.reject({
        rule: name,
        path: `spec.rules[${index}].name`,
        value: name,
        message: name === SAMPLE_RULE ? 'the name is kept for sampling' : 'another rule has the same name',
        remedy: 'choose another name',
      });
  if (names.length === 0 && spec.sampling === undefined)
    plan.reject({
      path: 'spec.rules',
      value: spec.rules,
      message: 'the policy can never make a finding',
      remedy: 'add a rule under spec.rules, or spec.sampling',
    });
  for (const [index, exception] of (spec.exceptions ?? []).entries())
    if (Number.isNaN(Date.parse(exception.expires)))
      plan.reject({
        path: `spec.exceptions[${index}].expires`,
        value: exception.expires,
        message: 'not a date and time',
        remedy: 'write it as RFC 3339, such as 2027-01-01T00:00:00Z',
      });
}
