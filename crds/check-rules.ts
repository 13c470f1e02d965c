// The part of the API server's check that is CEL: cross-field rules and immutability (`x-kubernetes-validations`).
import { Environment } from '@marcbachmann/cel-js';
import { identityOf, listKeys } from './check-schema.ts';
import type { StructuralSchema, ValidationRule } from './load-crds.ts';
import { type FieldPath, type FieldProblem, formatValue } from './manifest-problem.ts';

/** Whether RE2 `pattern` matches anywhere in `text`. Throws, with the parser's words, on a pattern that RE2 refuses. */
export type MatchesRe2 = (text: string, pattern: string) => boolean;

/** Checks `object`, which the schema check has passed and defaulted. With `old`, rules that compare with the past run too. */
export type RuleCheck = (object: unknown, old?: unknown) => FieldProblem[];

interface Place {
  readonly schema: StructuralSchema;
  readonly value: unknown;
  readonly old: unknown;
  readonly path: FieldPath;
}

/** Compiles every rule of the schema once. Throws on a rule that does not parse or uses what this checker does not know. */
export function compileRuleCheck(schema: StructuralSchema, matches: MatchesRe2): RuleCheck {
  const environment = new Environment({ unlistedVariablesAreDyn: true, homogeneousAggregateLiterals: false });
  environment.registerFunction('string.matchesRe2(string): bool', (text: string, pattern: string) =>
    matches(text, pattern),
  );
  const programs = new Map<string, (context: Record<string, unknown>) => unknown>();
  for (const rule of everyRule(schema)) programs.set(rule.rule, compile(environment, rule));
  return (object, old) => walk({ schema, value: object, old, path: [] }, programs);
}

const KNOWN_RULE_FIELDS = new Set(['rule', 'message', 'fieldPath']);

function compile(
  environment: Environment,
  rule: ValidationRule,
): (context: Record<string, unknown>) => unknown {
  const strange = Object.keys(rule).find((key) => !KNOWN_RULE_FIELDS.has(key));
  if (strange !== undefined) throw new Error(`rule ${rule.rule}: ${strange} is not known to this checker`);
  // The library's own `matches` is JavaScript's RegExp, another dialect than the API server's RE2.
  const program = environment.parse(rule.rule.replaceAll('.matches(', '.matchesRe2('));
  return (context) => program(context);
}

function everyRule(schema: StructuralSchema): ValidationRule[] {
  const children = [...Object.values(schema.properties ?? {}), schema.items, schema.additionalProperties];
  return [
    ...(schema['x-kubernetes-validations'] ?? []),
    ...children.flatMap((child) => (child === undefined ? [] : everyRule(child))),
  ];
}

type Programs = ReadonlyMap<string, (context: Record<string, unknown>) => unknown>;

function walk(place: Place, programs: Programs): FieldProblem[] {
  const rules = place.schema['x-kubernetes-validations'] ?? [];
  const own = evaluateInTurn(rules, place, programs);
  return [...own, ...children(place).flatMap((child) => walk(child, programs))];
}

/** A rule that cannot even be evaluated (a pattern that does not parse) ends the turn: the next ones would only say so again. */
function evaluateInTurn(rules: readonly ValidationRule[], place: Place, programs: Programs): FieldProblem[] {
  const problems: FieldProblem[] = [];
  for (const rule of rules) {
    const verdict = evaluate(rule, place, programs);
    if (verdict === 'holds') continue;
    problems.push(ruleProblem(rule, place, verdict.failure));
    if (verdict.failure !== '') break;
  }
  return problems;
}

/** `failure` is why the rule could not be evaluated; empty when it was, and does not hold. */
type Verdict = 'holds' | { readonly failure: string };

function evaluate(rule: ValidationRule, place: Place, programs: Programs): Verdict {
  // As in the API server, a rule about the past is not run where there is none.
  if (/\boldSelf\b/.test(rule.rule) && place.old === undefined) return 'holds';
  const self = toCel(place.schema, place.value);
  const oldSelf = place.old === undefined ? null : toCel(place.schema, place.old);
  try {
    return programs.get(rule.rule)?.({ self, oldSelf }) === true ? 'holds' : { failure: '' };
  } catch (error) {
    return { failure: error instanceof Error ? firstLine(error.message) : String(error) };
  }
}

function ruleProblem(rule: ValidationRule, place: Place, failure: string): FieldProblem {
  // Messages are written "what is wrong: what to do".
  const [what = '', ...fix] = (rule.message ?? `failed rule: ${rule.rule}`).split(': ');
  return {
    path: [...place.path, ...fieldPathSteps(rule.fieldPath ?? '')],
    value: formatValue(place.value),
    message: failure === '' ? what : `${what} (${failure})`,
    remedy: fix.join(': '),
  };
}

const firstLine = (text: string): string => text.split('\n')[0] ?? '';
const fieldPathSteps = (path: string): string[] => path.split('.').filter((step) => step !== '');

function children(place: Place): Place[] {
  const { schema, value, old, path } = place;
  if (Array.isArray(value)) {
    const items = schema.items;
    if (items === undefined) return [];
    return value.map((item, at) => ({
      schema: items,
      value: item,
      old: counterpart(schema, item, old),
      path: [...path, at],
    }));
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, child]) => {
    const childSchema = schema.properties?.[name] ?? schema.additionalProperties;
    if (childSchema === undefined) return [];
    return [{ schema: childSchema, value: child, old: fieldOf(old, name), path: [...path, name] }];
  });
}

/** Only items of a list of type `map` can be recognised in the old list. */
function counterpart(schema: StructuralSchema, item: unknown, old: unknown): unknown {
  const keys = listKeys(schema);
  if (keys === undefined || keys.length === 0 || !Array.isArray(old)) return undefined;
  const identity = identityOf(item, keys);
  return old.find((candidate) => identityOf(candidate, keys) === identity);
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** CEL has integers apart from doubles, and timestamps apart from strings; JSON has neither, so the schema decides. */
function toCel(schema: StructuralSchema, value: unknown): unknown {
  if (typeof value === 'number') return schema.type === 'integer' ? BigInt(value) : value;
  if (typeof value === 'string') return schema.format === 'date-time' ? new Date(value) : value;
  if (Array.isArray(value)) return value.map((item) => toCel(schema.items ?? {}, item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [
      name,
      toCel(schema.properties?.[name] ?? schema.additionalProperties ?? {}, child),
    ]),
  );
}
