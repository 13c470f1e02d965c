// The alerts: each asks for metrics that exist, says what to do, and fires when it should.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { findGoTool } from '@menshen/engines/find-go-tool';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { knownSeries, problemsOfPromQl } from './known-metrics.testkit.ts';
import { expectationsOf, type RuleTest, readRuleTests } from './rule-tests.testkit.ts';
import { helm, ROOT, render, withoutHelm } from './run-helm.testkit.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<'summary' | 'description' | 'runbook_url', string>>;
}
interface Group {
  readonly name: string;
  readonly rules: readonly Rule[];
}

const files = readdirSync(`${ROOT}deploy/alerts`).filter((name) => name.endsWith('.yaml'));
const groups: Group[] = files.flatMap(
  (name) => parse(readFileSync(`${ROOT}deploy/alerts/${name}`, 'utf8')).groups,
);
const rules = groups.flatMap((group) => group.rules);
const series = knownSeries();
const promtool = await findGoTool('promtool');
const withoutPromtool = promtool.path === undefined ? ` (skipped: ${promtool.why})` : '';

describe('an alert', () => {
  test('is one of many, each with a name of its own', () => {
    const names = rules.map(({ alert }) => alert);
    expect(names.length).toBeGreaterThan(20);
    expect(new Set(names).size).toBe(names.length);
  });

  test.each(rules)('$alert asks for metrics that some process shows, by labels they carry', ({ expr }) => {
    expect(problemsOfPromQl(expr, series)).toEqual([]);
  });

  test.each(rules)(
    '$alert says how bad it is, what it is about and where to read on',
    ({ alert, expr, labels, annotations }) => {
      expect(['info', 'warning', 'critical']).toContain(labels.severity);
      const isAboutTenant = expr.includes('menshen_') || expr.includes('job="menshen"');
      expect(annotations.summary.includes('{{ $labels.tenant }}')).toBe(isAboutTenant);
      expect(annotations.description).toMatch(/\.$/);
      expect(annotations.runbook_url).toBe(`https://menshen.dev/runbooks/${alert}`);
      const page = readFileSync(`${ROOT}deploy/runbooks/${alert}.md`, 'utf8');
      expect(page).toMatch(
        new RegExp(
          `^# ${alert}\\n\\n\\*\\*${labels.severity}\\.\\*\\* \\S[^]*\\n## Look\\n\\n- [^]*\\n## Do\\n\\n- `,
        ),
      );
    },
  );

  test('has the only pages there are, and their links lead somewhere', () => {
    const pages = readdirSync(`${ROOT}deploy/runbooks`);
    expect(pages.sort()).toEqual(rules.map(({ alert }) => `${alert}.md`).sort());
    for (const page of pages)
      for (const [, target] of readFileSync(`${ROOT}deploy/runbooks/${page}`, 'utf8').matchAll(
        /\]\(([^)]+)\)/g,
      ))
        expect(pages, page).toContain(target);
  });
});

describe('the rules of promtool', () => {
  const played = readdirSync(`${ROOT}test/charts/rules`).flatMap((name) => readRuleTests(name));

  test.each(rules)('see $alert fire, and see it keep silent', ({ alert }) => {
    expect(expectationsOf(alert, played)).toEqual({ fires: true, keepsSilent: true });
  });

  test('play only what some process shows, by labels it carries', () => {
    const problems = played
      .flatMap(({ input_series }) => input_series)
      .flatMap((one) => problemsOfPromQl(one.series, series));
    expect([...new Set(problems)]).toEqual([]);
  });

  test('are not taken for more than they say', () => {
    const one = (more: Partial<RuleTest>): RuleTest[] => [{ input_series: [], ...more }];
    const asked = { expr: 'count(ALERTS{alertname="A"})', exp_samples: [{ value: 1 }] };
    const nothing = { fires: false, keepsSilent: false };
    expect(expectationsOf('A', one({}))).toEqual(nothing);
    expect(expectationsOf('A', one({ promql_expr_test: [asked] }))).toEqual({ ...nothing, fires: true });
    expect(expectationsOf('B', one({ promql_expr_test: [asked] }))).toEqual(nothing);
    const silent = { alertname: 'A', exp_alerts: [] };
    expect(expectationsOf('A', one({ alert_rule_test: [silent] }))).toEqual({
      ...nothing,
      keepsSilent: true,
    });
  });
});

describe('the check of expressions', () => {
  test.each([
    ['max(menshen_ingest_lag_second)', ['no process shows menshen_ingest_lag_second', 'asks for no metric']],
    ['sum by (user) (menshen_ingest_messages_total)', ['no metric of it has the label user']],
    ['menshen_ingest_dead_letters_total{why="x"}', ['menshen_ingest_dead_letters_total has no label why']],
    [
      'rate(menshen_ingest_pull_seconds[5m])',
      ['no process shows menshen_ingest_pull_seconds', 'asks for no metric'],
    ],
  ])('finds what is wrong with %s', (expression, problems) => {
    expect(problemsOfPromQl(expression, series)).toEqual(problems);
  });
});

describe.skipIf(promtool.path === undefined)(`promtool${withoutPromtool}`, () => {
  const run = (args: readonly string[]) =>
    spawnSync(promtool.path ?? '', [...args], { cwd: ROOT, encoding: 'utf8' });

  test('accepts the rules', () => {
    const { status, stderr, stdout } = run([
      'check',
      'rules',
      ...files.map((name) => `deploy/alerts/${name}`),
    ]);
    expect(`${stdout}${stderr}`).not.toContain('FAILED');
    expect(status).toBe(0);
  });

  test.each(readdirSync(`${ROOT}test/charts/rules`))('sees them fire as %s says', (name) => {
    const { status, stdout, stderr } = run(['test', 'rules', `test/charts/rules/${name}`]);
    expect(`${stdout}${stderr}`).toContain('SUCCESS');
    expect(status).toBe(0);
  });
});

describe.skipIf(helm.path === undefined)(`in the chart${withoutHelm}`, () => {
  test('they are one PrometheusRule, with runbooks where the user serves them', () => {
    const set =
      'monitoring.prometheusRule.enabled=true,monitoring.prometheusRule.runbookBaseUrl=https://wiki.example/r/';
    const [found] = render('menshen', ['--set', set]).filter(({ kind }) => kind === 'PrometheusRule');
    const expected = groups.map((group) => ({
      ...group,
      rules: group.rules.map((rule) => ({
        ...rule,
        annotations: { ...rule.annotations, runbook_url: `https://wiki.example/r/${rule.alert}` },
      })),
    }));
    expect(found?.['spec'].groups).toEqual(expected);
  });
});
