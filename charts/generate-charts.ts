// Makes what the charts hold of other folders, and what their READMEs say of values.yaml.
//   node charts/generate-charts.ts           writes what is missing or stale
//   node charts/generate-charts.ts --check   writes nothing; exit code 1 and the names when something is stale
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { copyAlerts } from './generate/copy-alerts.ts';
import { copyPolicies } from './generate/copy-policies.ts';
import { copyStateMetrics } from './generate/copy-state-metrics.ts';
import { documentValues } from './generate/document-values.ts';
import type { GeneratedFile } from './generate/generated-file.ts';
import { renderCrdTemplates } from './generate/render-crd-templates.ts';
import { renderDashboards } from './generate/render-dashboards.ts';
import { renderValuesSchema } from './generate/render-values-schema.ts';
import { tenantSpecSchema } from './generate/tenant-spec-schema.ts';
import { wrapHealthLua } from './generate/wrap-health-lua.ts';

const ROOT = new URL('../', import.meta.url);
const CRDS = new URL('crds/', ROOT);
const MENSHEN = new URL('charts/menshen/', ROOT);
const TENANT = new URL('charts/wecom-tenant/', ROOT);

/** Every generated file of the charts, and whether the one on disk differs. Writes nothing. */
export function generateCharts(): GeneratedFile[] {
  return [
    ...renderCrdTemplates(CRDS, new URL('templates/crds/', MENSHEN)),
    ...copyAlerts(new URL('deploy/alerts/', ROOT), new URL('files/alerts/', MENSHEN)),
    copyStateMetrics(new URL('deploy/state-metrics/', ROOT), new URL('files/', MENSHEN)),
    ...renderDashboards(new URL('files/dashboards/', MENSHEN)),
    documentValues(MENSHEN),
    renderValuesSchema(MENSHEN),
    ...copyPolicies(new URL('deploy/policies/', ROOT), new URL('files/policies/', TENANT)),
    documentValues(TENANT),
    renderValuesSchema(TENANT, { spec: tenantSpecSchema(CRDS) }),
    wrapHealthLua(new URL('deploy/gitops/argocd/', ROOT)),
  ];
}

function main(check: boolean): void {
  const stale = generateCharts().filter((file) => file.stale);
  for (const { target, content } of stale) {
    if (!check) {
      mkdirSync(new URL('./', target), { recursive: true });
      writeFileSync(target, content);
    }
    console.log(`${check ? 'stale' : 'wrote'} ${fileURLToPath(target).slice(fileURLToPath(ROOT).length)}`);
  }
  if (check && stale.length > 0) {
    console.log('run: node charts/generate-charts.ts');
    process.exitCode = 1;
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  main(process.argv.includes('--check'));
