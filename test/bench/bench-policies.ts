// How long policies take from `kubectl apply` to every scanner: all of them at once, then edits one by one. The operator is a process of its
// own at a real API server and a real NATS; the scanners are real and get everything from it.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findBinaries } from '@menshen/control-plane/find-binaries';
import { installCrds } from '@menshen/control-plane/install-crds';
import { startControlPlane } from '@menshen/control-plane/start-control-plane';
import { startNats } from '@menshen/engines/start-nats';
import { connectNats } from '@menshen/jetstream/connect-nats';
import {
  ensureStreams,
  openBodyBucket,
  openPolicyBucket,
  openStatusBucket,
} from '@menshen/jetstream/ensure-streams';
import { type ApiClient, createApiClient } from '@menshen/operator/kube/api-client';
import { monotonicClock } from '@menshen/operator/kube/clock';
import { kubeconfigFile } from '@menshen/operator/kube/cluster-config';
import type { KubeObject } from '@menshen/operator/kube/kube-object';
import { nodeTransport } from '@menshen/operator/kube/node-transport';
import { NAMESPACES, POLICIES } from '@menshen/operator/resources';
import { TENANTS } from '@menshen/operator/tenants/child-resources';
import { Scanner } from '@menshen/scanner/scanner';
import { Health } from '@menshen/telemetry/health';
import { silentLogger } from '@menshen/telemetry/logger';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { Registry } from 'prom-client';
import type { BenchResult } from './main.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const NAMESPACE = 'bench';
const CORP = 'wwbench00000000000';
/** What issue and design ask for: all of them within this time, seconds. */
const WANTED_SECONDS = 10;
/** Creations at the same time: about what a GitOps tool does. */
const AT_ONCE = 16;

type Policy = KubeObject & {
  readonly spec: Record<string, unknown>;
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
};

/** Prints progress to stderr. `--policies N` (500), `--terms N` in all (20,000), `--edits N` (100), `--scanners N` (2), `--compiled`: the operator as built. */
export async function run(args: readonly string[] = []): Promise<BenchResult> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      policies: text,
      terms: text,
      edits: text,
      scanners: text,
      compiled: { type: 'boolean', default: false },
    },
  });
  const plan = {
    policies: Number(values.policies ?? 500),
    terms: Number(values.terms ?? 20_000),
    edits: Number(values.edits ?? 100),
    scanners: Number(values.scanners ?? 2),
    isCompiled: values.compiled,
  };
  const undo: (() => Promise<unknown>)[] = [];
  try {
    return await measure(plan, undo);
  } finally {
    for (const one of undo.reverse()) await one();
  }
}

interface Plan {
  readonly policies: number;
  readonly terms: number;
  readonly edits: number;
  readonly scanners: number;
  readonly isCompiled: boolean;
}

async function measure(plan: Plan, undo: (() => Promise<unknown>)[]): Promise<BenchResult> {
  const binaries = await findBinaries(process.env, (line) => console.error(line));
  if ('missing' in binaries) throw new Error(binaries.missing);
  const plane = await startControlPlane({ binaries, within: tmpdir() });
  undo.push(() => plane.stop());
  const folder = await mkdtemp(join(tmpdir(), 'menshen-bench-policies-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  const server = await startNats({ dataDir: folder });
  undo.push(() => server.stop('SIGKILL'));
  const nats = await connectNats({ url: server.url, clientName: 'bench' });
  undo.push(() => nats.close());
  const client = await speak(plane.kubeconfigFile);
  await installCrds(client);
  await client.create(NAMESPACES, { metadata: { name: NAMESPACE } });
  await client.create(TENANTS, tenantAt(server.url));
  const news = await followScanners(nats);
  for (let at = 0; at < plan.scanners; at++) undo.push(await startScanner(nats, `scanner-${at}`));
  const operator = await startOperatorProcess(plane.kubeconfigFile, plan.isCompiled);
  undo.push(() => end(operator.child));
  await news.until(() => news.count() === plan.scanners);

  const idleCpu = await readCpuSeconds(operator.child);
  const created = await createAll(plan, { client, news });
  const { seconds } = created;
  const operatorCpuSeconds = Number(((await readCpuSeconds(operator.child)) - idleCpu).toFixed(2));
  console.error(
    `${plan.policies} policies with ${plan.terms} terms in ${plan.scanners} scanners after ${seconds.toFixed(2)} s`,
  );
  const readySeconds = Number((seconds + (await untilAllReady(client))).toFixed(2));
  const edits = await editSome(plan, { client, news });
  const rssBytes = await readRss(operator.child);
  const live = edits.map(({ liveMs }) => liveMs);
  const published = edits.map(({ publishedMs }) => publishedMs);
  const details = {
    acceptedSeconds: created.acceptedSeconds,
    publishedSeconds: created.publishedSeconds,
    readySeconds,
    operatorCpuSeconds,
    editP50Ms: quantile(live, 0.5),
    editP99Ms: quantile(live, 0.99),
    publishedP50Ms: quantile(published, 0.5),
    publishedP99Ms: quantile(published, 0.99),
    edits: edits.length,
  };
  console.error(
    `an edit is live after ${details.editP50Ms} ms (median), ${details.editP99Ms} ms (p99), operator ${Math.round(rssBytes / 1e6)} MB`,
  );
  return {
    bench: 'policies',
    value: Number(seconds.toFixed(2)),
    unit: `seconds from the first of ${plan.policies} policies (${plan.terms} terms) to all in force in every scanner`,
    reference: { name: 'the longest that the design accepts', value: WANTED_SECONDS },
    ratio: Number((WANTED_SECONDS / seconds).toFixed(2)),
    rssBytes,
    details,
  };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN);
}

/** From the first request: until the API server had all, until all pointers were in JetStream, until every scanner judged by all. */
interface Created {
  readonly acceptedSeconds: number;
  readonly publishedSeconds: number;
  readonly seconds: number;
}

async function createAll(plan: Plan, { client, news }: { client: ApiClient; news: News }): Promise<Created> {
  const perPolicy = Math.ceil(plan.terms / plan.policies);
  const startedMs = performance.now();
  const names = Array.from({ length: plan.policies }, (_, at) => at);
  const work = async (): Promise<void> => {
    for (let at = names.pop(); at !== undefined; at = names.pop()) {
      const terms = Array.from({ length: perPolicy }, (_, index) => `违规词${at}号${index}`);
      await client.create<Policy>(POLICIES, policyAt(at, terms));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const acceptedMs = performance.now();
  await news.until(() => news.every((inForce) => Object.keys(inForce).length === plan.policies));
  const since = (ms: number): number => Number(((ms - startedMs) / 1000).toFixed(2));
  const published = Array.from({ length: plan.policies }, (_, at) => news.publishedAtMs(`p-${at}`));
  return {
    acceptedSeconds: since(acceptedMs),
    publishedSeconds: since(Math.max(...published)),
    seconds: since(performance.now()),
  };
}

/** Seconds until every policy says that it is Ready: edits are measured on a cluster that is at rest. */
async function untilAllReady(client: ApiClient): Promise<number> {
  const startedMs = performance.now();
  for (;;) {
    const { items } = await client.listPage<Policy>(POLICIES, { namespace: NAMESPACE });
    const isReady = ({ status }: Policy): boolean =>
      status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ===
      true;
    if (items.every(isReady)) return (performance.now() - startedMs) / 1000;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Milliseconds from the request: to the pointer in JetStream, and to the last scanner's word that it judges by the new generation. */
interface Edit {
  readonly publishedMs: number;
  readonly liveMs: number;
}

async function editSome(
  plan: Plan,
  { client, news }: { client: ApiClient; news: News },
): Promise<readonly Edit[]> {
  const edits: Edit[] = [];
  for (let edit = 0; edit < plan.edits; edit++) {
    const name = `p-${(edit * 37) % plan.policies}`;
    const startedMs = performance.now();
    const edited = await client.patch<Policy>(
      POLICIES,
      { namespace: NAMESPACE, name },
      {
        type: 'Merge',
        body: { spec: { description: `edit ${edit}` } },
        fieldManager: 'bench',
      },
    );
    await news.until(() =>
      news.every((inForce) => inForce[`${NAMESPACE}/${name}`] === edited.metadata.generation),
    );
    edits.push({ publishedMs: news.publishedAtMs(name) - startedMs, liveMs: performance.now() - startedMs });
  }
  return edits;
}

type InForce = Readonly<Record<string, number>>;

interface News {
  count(): number;
  /** When the newest pointer to the policy came. */
  publishedAtMs(name: string): number;
  every(holds: (inForce: InForce) => boolean): boolean;
  /** Resolves at the report that makes it true. */
  until(isSo: () => boolean): Promise<void>;
}

async function followScanners(nats: NatsConnection): Promise<News> {
  const bucket = await openStatusBucket(nats, 1);
  const inForce = new Map<string, InForce>();
  const waiting: (() => void)[] = [];
  const changes = await bucket.watch({ key: `${CORP}.scanner.*` });
  void (async () => {
    for await (const entry of changes) {
      const { facts } = entry.json<{ facts: { inForce?: string } }>();
      inForce.set(entry.key, JSON.parse(facts.inForce ?? '{}') as InForce);
      for (const wake of waiting.splice(0)) wake();
    }
  })();
  const publishedAtMs = new Map<string, number>();
  const pointers = await (await openPolicyBucket(nats, 1)).watch({ key: `${CORP}.${NAMESPACE}.*` });
  void (async () => {
    for await (const { key } of pointers) publishedAtMs.set(key, performance.now());
  })();
  return {
    publishedAtMs: (name) => publishedAtMs.get(`${CORP}.${NAMESPACE}.${name}`) ?? Number.NaN,
    count: () => inForce.size,
    every: (holds) => [...inForce.values()].every(holds),
    until: async (isSo) => {
      while (!isSo()) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}

async function startScanner(nats: NatsConnection, instance: string): Promise<() => Promise<void>> {
  const jsm = await jetstreamManager(nats);
  await ensureStreams(jsm, {
    corpId: CORP,
    replicas: 1,
    maxStreamBytes: 2 ** 28,
    firstSequence: { capture: 1, outcome: 1 },
  });
  const scanner = new Scanner({
    corpId: CORP,
    config: { partitioned: false, batchSize: 64 },
    instance,
    js: jetstream(nats, { timeout: 5000 }),
    jsm,
    policies: await openPolicyBucket(nats, 1),
    status: await openStatusBucket(nats, 1),
    bodies: await openBodyBucket(nats, 1),
    objects: { get: () => Promise.resolve(undefined) },
    clock: { nowMs: () => Date.now() },
    logger: silentLogger,
    registry: new Registry(),
    health: new Health(),
  });
  await scanner.start();
  return () => scanner.stop();
}

async function startOperatorProcess(
  kubeconfig: string,
  isCompiled: boolean,
): Promise<{ child: ChildProcess }> {
  const child = spawn(
    process.execPath,
    [
      // As the chart starts it.
      '--max-semi-space-size=4',
      ...(isCompiled ? [`${ROOT}operator/dist/main.js`] : ['--conditions=source', `${ROOT}operator/main.ts`]),
      '--image=menshen:bench',
      `--kubeconfig=${kubeconfig}`,
      '--port=0',
      '--host=127.0.0.1',
      '--leader-election=false',
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  for await (const line of createInterface({ input: child.stdout }))
    if (line.includes('this operator leads')) break;
  child.stdout.resume();
  return { child };
}

async function end(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

/** User and system time of the process so far: fields 14 and 15 of its stat, in hundredths of a second. */
async function readCpuSeconds(child: ChildProcess): Promise<number> {
  const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8').catch(() => '');
  const [user = 0, system = 0] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return (user + system) / 100;
}

async function readRss(child: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
}

async function speak(kubeconfig: string): Promise<ApiClient> {
  const clock = monotonicClock();
  const read = (path: string): Promise<string> => readFile(path, 'utf8');
  const config = await kubeconfigFile(kubeconfig, { readFile: read, nowMs: clock.nowMs });
  return createApiClient({ transport: nodeTransport(config).transport, clock });
}

function policyAt(at: number, terms: readonly string[]): Policy {
  return {
    metadata: { namespace: NAMESPACE, name: `p-${at}` },
    spec: {
      rules: [{ name: 'r', any: [{ keywords: { terms } }] }],
      tests: [
        { name: 'finds a term', message: { text: `说${terms[0]}` }, expect: { rule: 'r', text: terms[0] } },
      ],
    },
  };
}

function tenantAt(natsUrl: string): KubeObject & Record<string, unknown> {
  return {
    metadata: { namespace: NAMESPACE, name: 'acme' },
    spec: {
      corpId: CORP,
      archive: {
        secretRef: { name: 'wecom', key: 'archive' },
        privateKeys: [{ version: 1, secretRef: { name: 'wecom-keys', key: 'v1.pem' } }],
      },
      source: { engine: 'Simulator', apiUrl: 'http://wecom.bench.svc:8080' },
      messaging: { url: natsUrl },
      storage: {
        objects: { folder: { volumeClaimName: 'record' } },
        clickhouse: { url: 'http://clickhouse.bench.svc:8123' },
      },
    },
  };
}
