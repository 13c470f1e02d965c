// deploy/state-metrics → a file of the chart, which puts it into a ConfigMap for kube-state-metrics.
import { readFileSync } from 'node:fs';
import { type GeneratedFile, generatedFile } from './generated-file.ts';

const NAME = 'custom-resource-state.yaml';

export function copyStateMetrics(source: URL, target: URL): GeneratedFile {
  const text = readFileSync(new URL(NAME, source), 'utf8');
  return generatedFile(
    new URL(NAME, target),
    `# Generated from deploy/state-metrics/${NAME} by charts/generate-charts.ts. Do not edit.\n${text}`,
  );
}
