// `helm template` and `helm lint` of our charts, and what they say.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findGoTool } from '@menshen/engines/find-go-tool';
import { parseAllDocuments } from 'yaml';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export const helm = await findGoTool('helm');
export const withoutHelm = helm.path === undefined ? ` (skipped: ${helm.why})` : '';

export type ChartName = 'menshen' | 'wecom-tenant';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into objects of every kind.
  readonly [field: string]: any;
}

export interface HelmRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `lint` or `template`. A helm built without its release's flags believes in a Kubernetes of years ago, so the version is said. */
export function runHelm(args: readonly string[], stdin?: string, kubernetes = 'v1.34.0'): HelmRun {
  const { status, stdout, stderr } = spawnSync(helm.path ?? 'helm', [...args, '--kube-version', kubernetes], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
    ...(stdin === undefined ? {} : { input: stdin }),
  });
  return { status, stdout, stderr };
}

/** `charts/<chart>/ci/*-values.yaml`, relative to the root. */
export function ciValues(chart: ChartName): string[] {
  return readdirSync(`${ROOT}charts/${chart}/ci`)
    .sort()
    .map((name) => `charts/${chart}/ci/${name}`);
}

const rendered = new Map<string, string>();

/** What `helm install NAME` would apply; the same question is answered from memory. Throws with helm's words when it refuses. */
export function renderText(chart: ChartName, args: readonly string[], release: string = chart): string {
  const question = JSON.stringify([chart, args, release]);
  const text = rendered.get(question) ?? renderAgain(chart, args, release);
  rendered.set(question, text);
  return text;
}

/** The same, asked of helm anew. */
export function renderAgain(chart: ChartName, args: readonly string[], release: string = chart): string {
  const run = runHelm(['template', release, `charts/${chart}`, '--namespace', 'menshen-system', ...args]);
  if (run.status !== 0) throw new Error(run.stderr);
  return run.stdout;
}

export function render(chart: ChartName, args: readonly string[] = [], release?: string): Manifest[] {
  return readManifests(renderText(chart, args, release));
}

export function readManifests(text: string): Manifest[] {
  return parseAllDocuments(text)
    .map((document) => {
      if (document.errors.length > 0) throw new Error(document.errors.join('\n'));
      return document.toJS() as Manifest | null;
    })
    .filter((manifest) => manifest !== null);
}
