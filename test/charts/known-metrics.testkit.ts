// Every metric that a process of Menshen can show, from the registries that make them: name → labels.
import { createArchiverMetrics } from '@menshen/archiver/archiver-metrics';
import { createIngestMetrics } from '@menshen/ingest/ingest-metrics';
import { createRelayMetrics } from '@menshen/ingest/relay/relay-metrics';
import { createSdkHostMetrics } from '@menshen/ingest/sdk-host/sdk-host-metrics';
import { createNotifierMetrics } from '@menshen/notifier/notifier-metrics';
import { createRuntimeMetrics } from '@menshen/operator/kube/runtime-metrics';
import { createOperatorMetrics } from '@menshen/operator/operator-metrics';
import { createScannerMetrics } from '@menshen/scanner/scanner-metrics';
import { createRegistry } from '@menshen/telemetry/process-metrics';

/** What Prometheus and the ServiceMonitor add to every series. */
const TARGET_LABELS = ['namespace', 'tenant', 'corp_id', 'component', 'job', 'pod', 'instance', 'container'];

/** prom-client keeps a metric's own labels here; which call gives it a value depends on its type. */
interface Registered {
  readonly name: string;
  readonly type: string;
  readonly labelNames?: readonly string[];
  readonly inc?: (labels: Labels, value: number) => void;
  readonly set?: (labels: Labels, value: number) => void;
  readonly observe?: (labels: Labels, value: number) => void;
}
type Labels = Readonly<Record<string, string>>;

/** A registry with every metric of every process, of which nothing has happened yet. */
export function registryOfAll(): ReturnType<typeof createRegistry> {
  const registry = createRegistry({ version: 'test', roles: [] });
  createRuntimeMetrics(registry);
  createOperatorMetrics(registry);
  createIngestMetrics(registry);
  createRelayMetrics(registry);
  createSdkHostMetrics(registry);
  createArchiverMetrics(registry);
  createScannerMetrics(registry);
  createNotifierMetrics(registry);
  return registry;
}

/** What /metrics shows once everything has happened: a metric with labels shows nothing before. */
export async function textOfAll(): Promise<string> {
  const registry = registryOfAll();
  for (const { name } of registry.getMetricsAsArray()) {
    const metric = registry.getSingleMetric(name) as unknown as Registered;
    const labels = Object.fromEntries((metric.labelNames ?? []).map((label) => [label, 'x']));
    if (metric.observe !== undefined) metric.observe(labels, 1);
    else if (metric.set !== undefined) metric.set(labels, 1);
    else metric.inc?.(labels, 1);
  }
  return await registry.metrics();
}

/** Series name, such as `x_bucket` of histogram `x`, → labels that it can carry. */
export function knownSeries(): ReadonlyMap<string, ReadonlySet<string>> {
  const registry = registryOfAll();
  const series = new Map<string, ReadonlySet<string>>([['up', new Set(TARGET_LABELS)]]);
  for (const { name, type } of registry.getMetricsAsArray()) {
    const metric = registry.getSingleMetric(name) as unknown as Registered;
    const labels = [...(metric.labelNames ?? []), ...TARGET_LABELS];
    for (const suffix of suffixesOf(String(type)))
      series.set(`${name}${suffix}`, new Set(suffix === '_bucket' ? [...labels, 'le'] : labels));
  }
  return series;
}

/** prom-client says the type as a word, Histogram and Summary come as several series. */
function suffixesOf(type: string): readonly string[] {
  if (type === 'histogram') return ['_bucket', '_sum', '_count'];
  return type === 'summary' ? ['', '_sum', '_count'] : [''];
}

const WORDS = new Set(
  'sum min max avg count by without on ignoring group_left group_right and or unless offset bool rate increase histogram_quantile time clamp_min clamp_max topk bottomk vector absent label_replace scalar ceil floor round delta deriv'.split(
    ' ',
  ),
);

type Series = ReadonlyMap<string, ReadonlySet<string>>;

const GROUPING = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g;

/** What is wrong with an expression: names that no registry has, labels that its metrics do not carry. Grafana's variables count as values. */
export function problemsOfPromQl(expression: string, series: Series): string[] {
  const bare = expression.replaceAll(/\$__(rate_interval|interval|range)/g, '5m');
  const plain = bare
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/\boffset\s+\S+/g, '');
  const names = [...plain.replaceAll(GROUPING, '').matchAll(/[a-zA-Z_:][a-zA-Z0-9_:]*/g)]
    .map(([name]) => name)
    .filter((name) => !WORDS.has(name));
  const problems = [
    ...wrongMatchers(bare, series),
    ...names.filter((name) => !series.has(name)).map((name) => `no process shows ${name}`),
    ...(names.some((name) => series.has(name))
      ? wrongGroupings(plain, names, series)
      : ['asks for no metric']),
  ];
  return [...new Set(problems)];
}

function wrongMatchers(expression: string, series: Series): string[] {
  const selectors = [...expression.matchAll(/([a-zA-Z_:][a-zA-Z0-9_:]*)\s*\{([^}]*)\}/g)];
  return selectors.flatMap(([, name = '', matchers = '']) =>
    [...matchers.matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)\s*(?:=~|!~|!=|=)/g)]
      .map(([, label = '']) => label)
      .filter((label) => series.get(name)?.has(label) === false)
      .map((label) => `${name} has no label ${label}`),
  );
}

function wrongGroupings(plain: string, names: readonly string[], series: Series): string[] {
  return [...plain.matchAll(GROUPING)]
    .flatMap(([, labels = '']) => labels.split(','))
    .map((label) => label.trim())
    .filter((label) => label !== '' && !names.some((name) => series.get(name)?.has(label)))
    .map((label) => `no metric of it has the label ${label}`);
}
