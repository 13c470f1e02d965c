// Whether a rule holds, and by which hits. An exclusion takes away the hits it overlaps, not the rule: `不保本` cancels the `保本`
// inside it, and a second `保本` elsewhere still counts. An exclusion by type or size takes away the rule.
import type { CompiledRule, LabelledCondition } from './compile-policy.ts';
import type { Hit, Sight } from './detector.ts';
import { overlapTest } from './detectors/overlap-test.ts';

/** A hit with the condition it belongs to: `any[0].keywords.terms[2]`. */
export interface LabelledHit {
  readonly hit: Hit;
  readonly condition: string;
}

/** The hits by which the rule holds; none when it does not. */
export function judgeRule(rule: CompiledRule, sight: Sight): readonly LabelledHit[] {
  const asksLast = rule.any.some(({ condition }) => condition.isDear === true);
  const first = asksLast ? findAll(rule, sight) : findAny(rule, sight);
  if (first === undefined) return NONE;
  const second = asksLast ? findAny(rule, sight) : findAll(rule, sight);
  if (second === undefined) return NONE;
  const [any, all] = (asksLast ? [second, first] : [first, second]) as [LabelledHit[], LabelledHit[][]];
  return rule.not.length === 0 ? [...any, ...all.flat()] : withoutExcluded(rule, sight, { any, all });
}

/** Undefined when none holds where one must. */
function findAny(rule: CompiledRule, sight: Sight): LabelledHit[] | undefined {
  const any = rule.any.flatMap((condition) => findHits(condition, sight));
  return rule.any.length > 0 && any.length === 0 ? undefined : any;
}

/** Undefined when one does not hold: those behind it are not asked. Dear ones come last. */
function findAll(rule: CompiledRule, sight: Sight): LabelledHit[][] | undefined {
  const all: LabelledHit[][] = [];
  for (const condition of rule.all) {
    const hits = findHits(condition, sight);
    if (hits.length === 0) return undefined;
    all.push(hits);
  }
  return all;
}

const NONE: readonly LabelledHit[] = [];

function findHits({ label, condition }: LabelledCondition, sight: Sight): LabelledHit[] {
  return condition.find(sight).map((hit) => ({ hit, condition: `${label}.${hit.label}` }));
}

function withoutExcluded(
  rule: CompiledRule,
  sight: Sight,
  found: { any: LabelledHit[]; all: LabelledHit[][] },
): readonly LabelledHit[] {
  const exclusions = rule.not.flatMap(({ condition }) => condition.find(sight));
  if (exclusions.some((hit) => hit.kind === 'fact')) return NONE;
  const isExcluded = overlapTest(exclusions.flatMap((hit) => (hit.kind === 'span' ? [hit.span] : [])));
  const keep = ({ hit }: LabelledHit): boolean => hit.kind === 'fact' || !isExcluded(hit.span);
  const any = found.any.filter(keep);
  const all = found.all.map((hits) => hits.filter(keep));
  const holds = (rule.any.length === 0 || any.length > 0) && all.every((hits) => hits.length > 0);
  return holds ? [...any, ...all.flat()] : NONE;
}
