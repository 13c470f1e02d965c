// What Prometheus' own promtool says of the text of a /metrics endpoint.
import { spawnSync } from 'node:child_process';
import { findGoTool } from '@menshen/engines/find-go-tool';

export const promtool = await findGoTool('promtool');

/** Gauges that prom-client shows of every Node process under these names. */
const NODES_OWN = /^nodejs_active_(handles|requests|resources)_total non-counter/;

/** Problems of names, units, help and types. Families without a sample are not looked at. */
export function lintMetrics(text: string): string[] {
  const { status, stdout, stderr } = spawnSync(promtool.path ?? 'promtool', ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  const problems = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
  if (status !== 0 && problems.length === 0) throw new Error(`promtool ends with ${status} and says nothing`);
  return problems.filter((line) => !NODES_OWN.test(line));
}
