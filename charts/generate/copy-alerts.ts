// deploy/alerts/*.yaml → files of the chart, which wraps them into one PrometheusRule.
import { readdirSync, readFileSync } from 'node:fs';
import { type GeneratedFile, generatedFile } from './generated-file.ts';

export function copyAlerts(alerts: URL, target: URL): GeneratedFile[] {
  return readdirSync(alerts)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) =>
      generatedFile(
        new URL(name, target),
        `# Generated from deploy/alerts/${name} by charts/generate-charts.ts. Do not edit.\n${readFileSync(new URL(name, alerts), 'utf8')}`,
      ),
    );
}
