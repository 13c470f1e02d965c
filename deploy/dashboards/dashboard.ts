// A dashboard: panels laid out from left to right, and the choices at the top.
import type { Panel } from './panel.ts';

export interface DashboardPlan {
  /** Stable, at most 40 characters: links to the dashboard live from it. Also the name of its file. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** Choices at the top, besides the datasource. */
  readonly choices: readonly Choice[];
  readonly panels: readonly Panel[];
}

export interface Choice {
  readonly name: string;
  readonly label: string;
  /** `label_values(…)` of Prometheus. */
  readonly query: string;
}

/** For dashboards about tenants. */
export const TENANT_CHOICES: readonly Choice[] = [
  { name: 'namespace', label: 'Namespace', query: 'label_values(menshen_build_info, namespace)' },
  {
    name: 'tenant',
    label: 'Tenant',
    query: 'label_values(menshen_build_info{namespace=~"$namespace"}, tenant)',
  },
];
/** Matchers of the chosen tenants. */
export const CHOSEN = 'namespace=~"$namespace",tenant=~"$tenant"';

const COLUMNS = 24;

/** The JSON model that Grafana imports (schema version 39). The same plan gives the same model. */
export function renderDashboard(plan: DashboardPlan): Record<string, unknown> {
  return {
    uid: plan.uid,
    title: plan.title,
    description: plan.description,
    tags: ['menshen'],
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    timezone: 'browser',
    templating: { list: [datasourceChoice(), ...plan.choices.map(renderChoice)] },
    links: [
      {
        title: 'Menshen',
        type: 'dashboards',
        tags: ['menshen'],
        asDropdown: true,
        keepTime: true,
        includeVars: true,
      },
    ],
    annotations: { list: [] },
    panels: layOut(plan.panels),
  };
}

function datasourceChoice(): Record<string, unknown> {
  return { name: 'datasource', label: 'Datasource', type: 'datasource', query: 'prometheus', hide: 0 };
}

function renderChoice({ name, label, query }: Choice): Record<string, unknown> {
  return {
    name,
    label,
    type: 'query',
    datasource: { type: 'prometheus', uid: '$datasource' },
    query: { query, refId: name },
    definition: query,
    refresh: 2,
    sort: 1,
    multi: true,
    includeAll: true,
    current: { text: ['All'], value: ['$__all'] },
  };
}

function layOut(panels: readonly Panel[]): Record<string, unknown>[] {
  let [x, y, tallest] = [0, 0, 0];
  return panels.map(({ type, width, height, body }, index) => {
    if (x + width > COLUMNS) [x, y, tallest] = [0, y + tallest, 0];
    const gridPos = { x, y, w: width, h: height };
    x += width;
    tallest = Math.max(tallest, height);
    return { id: index + 1, type, gridPos, ...body };
  });
}
