// A regular expression in RE2 syntax.
import type { Detector, Hit, Plan, Sight } from '../detector.ts';

export interface PatternOptions {
  readonly regex: string;
  /** Default Folded. */
  readonly see?: readonly string[];
}

export const pattern: Detector<PatternOptions> = { name: 'pattern', compile };

function compile(options: PatternOptions, plan: Plan) {
  const watches = (options.see ?? ['Folded']).map((view) =>
    plan.watchPattern({ view, regex: options.regex, field: 'regex' }),
  );
  const find = (sight: Sight): Hit[] =>
    watches
      .flatMap((watch) => sight.patternSpans(watch))
      .map((span) => ({ kind: 'span', span, label: 'pattern' }));
  return { triggers: watches.map((watch) => ({ kind: 'pattern' as const, watch })), find };
}
