// A policy, each time without one of its parts: what no test notices to be missing, no test tests.
import type { ConditionSpec, PolicySpec, Rule } from './policy-spec.ts';

export interface Mutant {
  /** Below the policy: `['spec', 'rules', 0, 'any', 0, 'keywords', 'terms', 2]`. */
  readonly path: readonly (string | number)[];
  /** What was taken away, for people: `term 保本`, `near`, `the condition (pattern)`. */
  readonly without: string;
  readonly rule: string;
  readonly spec: PolicySpec;
}

/**
 * One mutant for every term, list entry, near, except, condition and scope field. Lists by reference and patterns are taken away whole.
 * A rule of which nothing is left is taken away.
 */
export function mutatePolicy(spec: PolicySpec): Mutant[] {
  const ofRules = (spec.rules ?? []).flatMap((rule, index) =>
    mutateRule(rule).map(({ path, without, rule: changed }): Mutant => {
      const rules = (spec.rules ?? []).flatMap((other, at) => (at === index ? changed : [other]));
      return { path: ['spec', 'rules', index, ...path], without, rule: rule.name, spec: { ...spec, rules } };
    }),
  );
  const ofScope = Object.keys(spec.scope ?? {}).map((field): Mutant => {
    const { [field as 'direction']: _, ...scope } = spec.scope ?? {};
    return { path: ['spec', 'scope', field], without: `scope ${field}`, rule: '', spec: { ...spec, scope } };
  });
  return [...ofRules, ...ofScope];
}

type Path = readonly (string | number)[];
interface MutantRule {
  readonly path: Path;
  readonly without: string;
  /** None when nothing is left of it. */
  readonly rule: readonly Rule[];
}

function mutateRule(rule: Rule): MutantRule[] {
  return (['any', 'all', 'not'] as const).flatMap((list) =>
    (rule[list] ?? []).flatMap((condition, index) => {
      const replace = (changed: readonly ConditionSpec[]): readonly Rule[] => {
        const conditions = (rule[list] ?? []).flatMap((other, at) => (at === index ? changed : [other]));
        const next = { ...rule, [list]: conditions };
        return (next.any ?? []).length + (next.all ?? []).length === 0 ? [] : [next];
      };
      const [detector = '', options] = Object.entries(condition)[0] ?? [];
      const whole = { path: [list, index], without: `the condition (${detector})`, rule: replace([]) };
      const parts = dropParts(options, [detector]).map(({ path, without, rest }) => ({
        path: [list, index, ...path],
        without,
        rule: replace([{ [detector]: rest } as ConditionSpec]),
      }));
      return [whole, ...parts];
    }),
  );
}

interface Dropped {
  readonly path: Path;
  readonly without: string;
  /** The options that are left. */
  readonly rest: unknown;
}

/** What may be missing below an option: an entry of a list of several, and near or except as a whole. */
function dropParts(options: unknown, path: Path): Dropped[] {
  if (typeof options !== 'object' || options === null) return [];
  return Object.entries(options as Readonly<Record<string, unknown>>).flatMap(([name, value]) => {
    const { [name]: _, ...others } = options as Readonly<Record<string, unknown>>;
    const within = (rest: unknown): unknown => ({ ...others, [name]: rest });
    const whole = WHOLES.has(name) ? [{ path: [...path, name], without: name, rest: others }] : [];
    if (KEPT.has(name)) return [];
    if (Array.isArray(value)) return [...whole, ...dropEntries(value, [...path, name], within)];
    return [
      ...whole,
      ...dropParts(value, [...path, name]).map((part) => ({ ...part, rest: within(part.rest) })),
    ];
  });
}

/** Parts without which a condition still makes sense. */
const WHOLES = new Set(['near', 'except', 'notDomains']);
/** Views are chosen for texts that are not written yet; a test for each would be too much to ask. */
const KEPT = new Set(['see', 'lexiconRef', 'domainsRef', 'notDomainsRef', 'knownRef', 'listedIn']);

function dropEntries(list: readonly unknown[], path: Path, within: (rest: unknown) => unknown): Dropped[] {
  return list.flatMap((entry, index): Dropped[] => {
    const at = [...path, index];
    const name = String(path.at(-1)).replace(/s$/, '');
    if (typeof entry === 'object')
      return dropParts(entry, at).map((part) => ({
        ...part,
        rest: within(list.map((other, place) => (place === index ? part.rest : other))),
      }));
    if (list.length < 2) return [];
    return [
      {
        path: at,
        without: `${name} ${String(entry)}`,
        rest: within(list.filter((_, place) => place !== index)),
      },
    ];
  });
}
