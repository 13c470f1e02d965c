// How severe a finding is depends on how its hits were seen: what was only heard, or read from first letters, is a guess.
import type { Severity } from '@menshen/contracts/finding';
import type { LabelledHit } from './judge-rule.ts';
import type { Rule } from './policy-spec.ts';

const STEPS: readonly Severity[] = ['Low', 'Medium', 'High', 'Critical'];
/** Views that see more than was written. */
const GUESSES: readonly string[] = ['Pinyin', 'Initials', 'Reversed'];

/** View → severity of what it sees, for the views whose severity is not the rule's. */
export type ViewSeverities = ReadonlyMap<string, Severity>;

export function compileViewSeverities(rule: Rule, severity: Severity): ViewSeverities {
  const below = STEPS[Math.max(0, STEPS.indexOf(severity) - 1)] ?? severity;
  const severities = new Map(GUESSES.map((view) => [view, below]));
  for (const { view, severity: own } of rule.viewSeverity ?? []) severities.set(view, own);
  return severities;
}

/** The severity of the hit that is most severe. */
export function severityOfHits(
  severity: Severity,
  byView: ViewSeverities,
  hits: readonly LabelledHit[],
): Severity {
  const steps = hits.map(({ hit }) =>
    STEPS.indexOf(hit.kind === 'span' ? (byView.get(hit.span.view) ?? severity) : severity),
  );
  return STEPS[steps.reduce((most, step) => Math.max(most, step), -1)] ?? severity;
}
