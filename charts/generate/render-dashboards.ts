// deploy/dashboards/*.ts → the JSON that Grafana imports, as files of the chart.
import { archive } from '../../deploy/dashboards/archive.ts';
import { capture } from '../../deploy/dashboards/capture.ts';
import { renderDashboard } from '../../deploy/dashboards/dashboard.ts';
import { detection } from '../../deploy/dashboards/detection.ts';
import { operator } from '../../deploy/dashboards/operator.ts';
import { overview } from '../../deploy/dashboards/overview.ts';
import { formatJson } from './format-json.ts';
import { type GeneratedFile, generatedFile } from './generated-file.ts';

export const DASHBOARDS = [overview, capture, archive, detection, operator];

export function renderDashboards(target: URL): GeneratedFile[] {
  return DASHBOARDS.map((plan) =>
    generatedFile(new URL(`${plan.uid}.json`, target), formatJson(renderDashboard(plan))),
  );
}
