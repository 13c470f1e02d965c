// One picture on a dashboard, in the few kinds that we use: a curve over time, a number, a heading. Typed as far as we set it; Grafana fills
// in the rest.

export type Unit = 's' | 'short' | 'percentunit' | 'bytes' | 'ops' | 'none' | 'Bps';

export interface Query {
  /** PromQL. */
  readonly expr: string;
  /** Name of the curve, with `{{label}}`s. */
  readonly legend: string;
}

export interface Picture {
  readonly title: string;
  /** What it shows and when to worry; shown behind the i of the panel. */
  readonly description: string;
  readonly unit: Unit;
  readonly queries: readonly Query[];
  /** From this value on it is orange, and red. */
  readonly orange?: number;
  readonly red?: number;
}

export interface Panel {
  readonly type: 'timeseries' | 'stat' | 'row';
  /** Columns of 24, and rows of about 30 pixels. */
  readonly width: number;
  readonly height: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const DATASOURCE = { type: 'prometheus', uid: '$datasource' };

/** A third of the width. */
export function curve(picture: Picture): Panel {
  return {
    type: 'timeseries',
    width: 8,
    height: 8,
    body: {
      ...common(picture),
      fieldConfig: {
        defaults: {
          unit: picture.unit,
          min: 0,
          custom: { fillOpacity: 8, showPoints: 'never', spanNulls: false },
          thresholds: thresholds(picture),
        },
        overrides: [],
      },
      options: {
        legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
        tooltip: { mode: 'multi', sort: 'desc' },
      },
    },
  };
}

/** A number, its colour saying whether to worry. */
export function figure(picture: Picture): Panel {
  return {
    type: 'stat',
    width: 4,
    height: 4,
    body: {
      ...common(picture),
      fieldConfig: {
        defaults: { unit: picture.unit, thresholds: thresholds(picture), noValue: '–' },
        overrides: [],
      },
      options: {
        colorMode: 'value',
        graphMode: 'area',
        textMode: 'auto',
        reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
      },
    },
  };
}

export function heading(title: string): Panel {
  return { type: 'row', width: 24, height: 1, body: { title, collapsed: false, panels: [] } };
}

function common({ title, description, queries }: Picture): Record<string, unknown> {
  return {
    title,
    description,
    datasource: DATASOURCE,
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + index),
      datasource: DATASOURCE,
      expr,
      legendFormat: legend,
    })),
  };
}

function thresholds({ orange, red }: Picture): Record<string, unknown> {
  return {
    mode: 'absolute',
    steps: [
      { color: 'green', value: null },
      ...(orange === undefined ? [] : [{ color: 'orange', value: orange }]),
      ...(red === undefined ? [] : [{ color: 'red', value: red }]),
    ],
  };
}
