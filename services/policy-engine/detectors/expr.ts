// The last resort: an expression over all facts of a message, in CEL (Common Expression Language, the language of Kubernetes' own rules).
// Everything about it that can be wrong is found when the policy is compiled; for a message it only holds or does not.
import type { Environment } from '@marcbachmann/cel-js';
import type { Detector, Hit, Plan, Sight } from '../detector.ts';
import { bindFacts } from './expr/bind-facts.ts';
import { estimateCost } from './expr/estimate-cost.ts';
import { expressionEnvironment, VARIABLES, type VariableName } from './expr/expression-environment.ts';

/** The expression. Its value must be a bool. */
export type ExprOptions = string;

export const expr: Detector<ExprOptions> = { name: 'expr', compile };

/** Knows types and variables, and holds nothing of any message. */
let shared: Environment | undefined;

function compile(expression: ExprOptions, plan: Plan) {
  shared ??= expressionEnvironment();
  const holds = compileExpression(shared, expression, plan);
  const find = (sight: Sight): Hit[] =>
    holds(sight) ? [{ kind: 'fact', path: 'expr', value: expression, label: 'expr' }] : [];
  return { triggers: [{ kind: 'always' as const }], find };
}

function compileExpression(
  environment: Environment,
  expression: string,
  plan: Plan,
): (sight: Sight) => boolean {
  const refuse = (message: string, remedy: string): (() => boolean) => {
    plan.reject({ field: '', value: expression, message, remedy });
    return () => false;
  };
  try {
    const program = environment.parse(expression);
    const checked = program.check();
    if (!checked.valid) return refuse(`is not valid: ${firstLine(checked.error)}`, REMEDY);
    if (String(checked.type) !== 'bool')
      return refuse(`is a ${String(checked.type)}, not a bool`, 'compare it with something');
    const cost = estimateCost(program.ast);
    if (!cost.ok) return refuse(cost.message, cost.remedy);
    const names = (Object.keys(VARIABLES) as VariableName[]).filter((name) => cost.names.has(name));
    return (sight) => holdsFor(program, bindFacts(names, sight));
  } catch (error) {
    return refuse(`is not CEL: ${firstLine(error)}`, REMEDY);
  }
}

const REMEDY = `mend it; it may ask ${Object.keys(VARIABLES).join(', ')}`;

/** The library draws the place of an error below its first line. */
const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';

/** An expression that has no value for a message (the seventh text of two) does not hold for it. */
function holdsFor(
  program: (values: Record<string, unknown>) => unknown,
  values: Record<string, unknown>,
): boolean {
  try {
    return program(values) === true;
  } catch {
    return false;
  }
}
