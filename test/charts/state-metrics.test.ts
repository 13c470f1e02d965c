// What kube-state-metrics is told to read exists in the kinds, with a type it can show.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { helm, ROOT, render, withoutHelm } from './run-helm.testkit.ts';

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}
type Path = readonly string[];
interface Read {
  readonly path?: Path;
  readonly valueFrom?: Path;
  readonly labelsFromPath?: Readonly<Record<string, Path>>;
}
interface Metric {
  readonly name: string;
  readonly each: { readonly type: 'Gauge' | 'Info'; readonly gauge?: Read; readonly info?: Read };
}
interface Resource {
  readonly groupVersionKind: { readonly kind: string };
  readonly labelsFromPath: Readonly<Record<string, Path>>;
  readonly metrics: readonly Metric[];
}

const text = readFileSync(`${ROOT}deploy/state-metrics/custom-resource-state.yaml`, 'utf8');
const { resources } = (parse(text) as { spec: { resources: readonly Resource[] } }).spec;
const FILES: Readonly<Record<string, string>> = {
  WeComTenant: 'wecomtenants',
  CompliancePolicy: 'compliancepolicies',
};

function schemaOf(kind: string): Schema {
  const crd = parse(readFileSync(`${ROOT}crds/${FILES[kind]}.yaml`, 'utf8'));
  return crd.spec.versions[0].schema.openAPIV3Schema as Schema;
}

function at(schema: Schema | undefined, path: Path): Schema | undefined {
  return path.reduce<Schema | undefined>((part, name) => part?.properties?.[name], schema);
}

const METADATA = new Set(['metadata.name', 'metadata.namespace', 'metadata.generation']);
/** "True" and "False" are numbers to kube-state-metrics. */
const NUMBERS = new Set(['integer', 'number', 'boolean', 'string']);

const metrics = resources.flatMap(({ groupVersionKind: { kind }, metrics: all }) =>
  all.map((metric) => ({ kind, name: metric.name, each: metric.each })),
);

describe('what kube-state-metrics reads', () => {
  test('is of both kinds', () => {
    expect(resources.map(({ groupVersionKind }) => groupVersionKind.kind)).toEqual(Object.keys(FILES));
    for (const { labelsFromPath } of resources)
      expect(Object.keys(labelsFromPath)).toEqual(['namespace', 'name']);
  });

  test.each(metrics)('$kind $name is there', ({ kind, each }) => {
    const { path = [], valueFrom = [], labelsFromPath = {} } = each.gauge ?? each.info ?? {};
    const found = at(schemaOf(kind), path);
    if (METADATA.has(path.join('.'))) return;
    expect(found, path.join('.')).toBeDefined();
    // Of a list, the rest is of each item.
    const read = found?.type === 'array' ? found.items : found;
    if (each.type === 'Gauge') expect(NUMBERS).toContain(at(read, valueFrom)?.type);
    for (const label of Object.values(labelsFromPath))
      expect(at(read, label)?.type, label.join('.')).toBe('string');
  });
});

describe.skipIf(helm.path === undefined)(`in the chart${withoutHelm}`, () => {
  const stateMetrics = (...set: string[]) =>
    render('menshen', ['--set', 'monitoring.stateMetrics.enabled=true', ...set]).filter((one) =>
      one.metadata.name.endsWith('-state-metrics'),
    );

  test('is a ConfigMap, with rights only for whom they are asked', () => {
    expect(stateMetrics().map(({ kind }) => kind)).toEqual(['ConfigMap']);
    const account = 'monitoring.stateMetrics.serviceAccount';
    const all = stateMetrics('--set', `${account}.name=ksm`, '--set', `${account}.namespace=monitoring`);
    expect(all.map(({ kind }) => kind).sort()).toEqual(['ClusterRole', 'ClusterRoleBinding', 'ConfigMap']);
  });
});
