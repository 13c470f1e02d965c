// Whether a rule holds, and by which hits. An exclusion takes away the hits it overlaps, not the rule: `不保本` cancels the `保本`
// inside it, and a second `保本` elsewhere still counts. An exclusion by type or size takes away the rule.
import type { CompiledRule, LabelledCondition } from './compile-policy.ts';
import type { Hit, Sight, Span } from './detector.ts';

/** A hit with the condition it belongs to: `any[0].keywords.terms[2]`. */
export interface LabelledHit {
  readonly hit: Hit;
  readonly condition: string;
}

/** The hits by which the rule holds; none when it does not. */
export function judgeRule(rule: CompiledRule, sight: Sight): readonly LabelledHit[] {
  const any = rule.any.flatMap((condition) => findHits(condition, sight));
  if (rule.any.length > 0 && any.length === 0) return NONE;
  const all = rule.all.map((condition) => findHits(condition, sight));
  if (all.some((hits) => hits.length === 0)) return NONE;
  return rule.not.length === 0 ? [...any, ...all.flat()] : withoutExcluded(rule, sight, { any, all });
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

interface Interval {
  readonly start: number;
  end: number;
}

/** Tells whether a span overlaps one of `spans`. Both may be as many as the text is long, so intervals are merged and looked up. */
function overlapTest(spans: readonly Span[]): (span: Span) => boolean {
  const byText = new Map<number, Interval[]>();
  for (const { text, start, end } of [...spans].sort((a, b) => a.start - b.start)) {
    const intervals = byText.get(text) ?? [];
    byText.set(text, intervals);
    const previous = intervals.at(-1);
    if (previous !== undefined && start < previous.end) previous.end = Math.max(previous.end, end);
    else intervals.push({ start, end });
  }
  return ({ text, start, end }) => {
    const intervals = byText.get(text) ?? [];
    const candidate = intervals[firstEndingAfter(intervals, start)];
    return candidate !== undefined && candidate.start < end;
  };
}

/** Index of the first of the disjoint, ascending intervals that ends after `position`. */
function firstEndingAfter(intervals: readonly Interval[], position: number): number {
  let low = 0;
  let high = intervals.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((intervals[middle] as Interval).end <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}
