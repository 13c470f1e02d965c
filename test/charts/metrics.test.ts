// Names of metrics, as Prometheus' own promtool judges them: units, suffixes, help, types.
import { lintMetrics, promtool } from '@menshen/control-plane/lint-metrics.testkit';
import { describe, expect, test } from 'vitest';
import { registryOfAll, textOfAll } from './known-metrics.testkit.ts';

const skipped = promtool.path === undefined ? ` (skipped: ${promtool.why})` : '';

describe.skipIf(promtool.path === undefined)(`promtool${skipped}`, () => {
  test('has nothing to say of the metrics of any role or of the operator', async () => {
    const text = await textOfAll();
    const names = registryOfAll()
      .getMetricsAsArray()
      .map(({ name }) => name)
      // Node's own count what there is at the moment.
      .filter((name) => !name.startsWith('nodejs_'));
    const unseen = names.filter((name) => !new RegExp(`^${name}(_count)?[ {]`, 'm').test(text));
    expect(unseen).toEqual([]);
    expect(lintMetrics(text)).toEqual([]);
  });

  test.each([
    ['a counter without its suffix', 'menshen_x', 'counter', '"_total"'],
    ['a unit that is no base unit', 'menshen_x_milliseconds', 'gauge', 'base unit'],
    ['a type in a name', 'menshen_gauge_x', 'gauge', 'should not include type'],
  ])('finds %s', (_what, name, type, words) => {
    const problems = lintMetrics(`# HELP ${name} Something.\n# TYPE ${name} ${type}\n${name} 1\n`);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(words);
  });

  test('finds a metric without help', () => {
    expect(lintMetrics('# TYPE menshen_x gauge\nmenshen_x 1\n')[0]).toContain('help');
  });
});
