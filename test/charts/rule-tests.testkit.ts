// What the files of `promtool test rules` expect of an alert, read without promtool.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { ROOT } from './run-helm.testkit.ts';

export interface RuleTest {
  readonly input_series: readonly { readonly series: string }[];
  readonly alert_rule_test?: readonly {
    readonly alertname: string;
    readonly exp_alerts: readonly unknown[];
  }[];
  readonly promql_expr_test?: readonly {
    readonly expr: string;
    readonly exp_samples: readonly { readonly value: number }[];
  }[];
}

/** The tests of one file of test/charts/rules. */
export function readRuleTests(name: string): RuleTest[] {
  return parse(readFileSync(`${ROOT}test/charts/rules/${name}`, 'utf8')).tests;
}

/** Whether some test expects the alert to fire, and some that it does not. */
export function expectationsOf(
  alert: string,
  tests: readonly RuleTest[],
): { readonly fires: boolean; readonly keepsSilent: boolean } {
  const byAlert = tests
    .flatMap(({ alert_rule_test = [] }) => alert_rule_test)
    .filter(({ alertname }) => alertname === alert)
    .map(({ exp_alerts }) => exp_alerts.length > 0);
  const byExpression = tests
    .flatMap(({ promql_expr_test = [] }) => promql_expr_test)
    .filter(({ expr }) => expr.includes(`alertname="${alert}"`))
    .map(({ exp_samples }) => exp_samples.some(({ value }) => value > 0));
  const expected = [...byAlert, ...byExpression];
  return { fires: expected.includes(true), keepsSilent: expected.includes(false) };
}
