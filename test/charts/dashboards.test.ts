// The dashboards: what they ask for exists, what they link to is stable, and nothing on them overlaps.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DASHBOARDS } from '../../charts/generate/render-dashboards.ts';
import { knownSeries, problemsOfPromQl } from './known-metrics.testkit.ts';
import { helm, ROOT, render, withoutHelm } from './run-helm.testkit.ts';

interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}
interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: Box;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}
interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: unknown }[] };
}

const folder = `${ROOT}charts/menshen/files/dashboards/`;
const dashboards: Dashboard[] = readdirSync(folder).map((name) =>
  JSON.parse(readFileSync(folder + name, 'utf8')),
);
const series = knownSeries();
const queries = dashboards.flatMap(({ uid, panels }) =>
  panels.flatMap(({ title, targets }) =>
    (targets ?? []).map((target) => ({ name: `${uid}: ${title}`, ...target })),
  ),
);
const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

describe('a dashboard', () => {
  test('is one of those that are written, under a name that fits a link', () => {
    expect(dashboards.map(({ uid }) => uid).sort()).toEqual(DASHBOARDS.map(({ uid }) => uid).sort());
    for (const { uid } of dashboards) expect(uid).toMatch(/^[a-z-]{1,40}$/);
  });

  test.each(queries)('$name asks for metrics that some process shows', ({ expr, legendFormat }) => {
    expect(problemsOfPromQl(expr, series)).toEqual([]);
    // A label in the legend must survive the aggregation.
    for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
      expect(expr).toMatch(new RegExp(`by \\([^)]*\\b${label}\\b`));
  });

  test.each(queries)('$name is limited to what is chosen at the top', ({ expr }) => {
    const selectors = expr.match(/\{[^}]*\}/g) ?? [];
    expect(selectors.length).toBeGreaterThan(0);
    for (const selector of selectors) expect(selector).toContain('namespace=~"$namespace"');
  });

  test.each(dashboards)('$uid has only variables that it defines', (dashboard) => {
    const defined = new Set(dashboard.templating.list.map(({ name }) => name));
    const used = [...JSON.stringify(dashboard).matchAll(/\$(?!__)\{?([a-z_]+)/g)].map(([, name]) => name);
    expect(used.length).toBeGreaterThan(0);
    expect(used.filter((name) => !defined.has(name ?? ''))).toEqual([]);
  });

  test.each(dashboards)('$uid explains every panel, and none lies on another', ({ panels }) => {
    for (const panel of panels.filter(({ type }) => type !== 'row'))
      expect(panel.description, panel.title).toMatch(/\.$/);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const boxes = panels.map(({ gridPos }) => gridPos);
    expect(boxes.filter(({ x, w }) => x < 0 || x + w > 24)).toEqual([]);
    expect(boxes.filter((box, index) => boxes.slice(index + 1).some((other) => overlap(box, other)))).toEqual(
      [],
    );
  });
});

describe.skipIf(helm.path === undefined)(`in the chart${withoutHelm}`, () => {
  test("each is a ConfigMap that Grafana's sidecar finds, in a folder", () => {
    const set =
      'monitoring.dashboards.enabled=true,monitoring.dashboards.label=my_dashboard,monitoring.dashboards.folder=Chats';
    const maps = render('menshen', ['--set', set]).filter(({ kind }) => kind === 'ConfigMap');
    expect(maps).toHaveLength(dashboards.length);
    for (const { metadata, data } of maps) {
      expect(metadata.labels?.['my_dashboard']).toBe('1');
      expect(metadata.annotations?.['grafana_folder']).toBe('Chats');
      const [[name, text] = []] = Object.entries<string>(data);
      expect(JSON.parse(text ?? '')).toEqual(dashboards.find(({ uid }) => `${uid}.json` === name));
      expect(metadata.name).toBe(`menshen-dashboard-${name?.replace('.json', '')}`);
      // What etcd and client-side apply take.
      expect(text?.length).toBeLessThan(200_000);
    }
  });
});
