// Everything at once on this machine: engines, simulator (sealed beforehand), the four roles as processes of their own.
// Two figures: how fast a backlog goes through by wall clock, against what two RSA workers alone could open; and how soon a finding is stored
// at 1,000 messages a second.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { RoleConfig } from '@menshen/contracts/role-config';
import { ROLE_NAMES, type Stack, startStack } from '@menshen/pipeline-tests/stack';
import { askProgress } from '@menshen/pipeline-tests/truth-of-run';
import { run as measureRsa } from './bench-rsa.ts';
import type { BenchResult } from './main.ts';
import { cpuSecondsOf } from './read-cpu.ts';

export interface PipelineResult extends BenchResult {
  readonly findingLatencyMs: { readonly p50: number; readonly p95: number; readonly p99: number };
  readonly rssByRole: Readonly<Record<string, number>>;
  /** MiB of each process after two, three … nine tenths of the backlog. */
  readonly rssByTenth: Readonly<Record<string, readonly number[]>>;
  /** CPU of each process for each message of the backlog, µs. */
  readonly cpuMicros: Readonly<Record<string, number>>;
}

const BACKLOG = 200_000;
const LIVE_RATE = 1_000;
const LIVE_SECONDS = 20;
/** What came while the processes were still loading waited for them: it says nothing about the way. */
const MEASURED_SECONDS = 10;
const LIMIT_MS = 1_200_000;

/** `--messages N`: the backlog. Progress goes to stderr. */
export async function run(args: readonly string[] = []): Promise<PipelineResult> {
  const { values } = parseArgs({ args: [...args], options: { messages: { type: 'string' } } });
  const messages = Number(values.messages ?? BACKLOG);
  const rsaPerSecond = (await measureRsa()).value;
  say(`two RSA workers alone: ${Math.round(rsaPerSecond)} messages/s`);
  const backlog = await withStack(['--messages', String(messages), '--pre-encrypt'], (stack) =>
    drainBacklog(stack, messages),
  );
  say(`backlog: ${Math.round(backlog.perSecond)} messages/s through everything`);
  const live = messagesLive();
  const latency = await withStack(
    ['--messages', String(live), '--rate', String(LIVE_RATE), '--pre-encrypt'],
    (stack) => watchLive(stack, live),
  );
  say(
    `finding latency at ${LIVE_RATE}/s: p50 ${latency.p50} ms, p95 ${latency.p95} ms, p99 ${latency.p99} ms`,
  );
  return {
    bench: 'pipeline',
    value: Math.round(backlog.perSecond),
    unit: 'messages/s by wall clock',
    reference: { name: 'two RSA workers alone', value: Math.round(rsaPerSecond) },
    ratio: Number((backlog.perSecond / rsaPerSecond).toFixed(2)),
    rssBytes: Object.values(backlog.rssByRole).reduce((sum, bytes) => sum + bytes, 0),
    findingLatencyMs: latency,
    rssByRole: backlog.rssByRole,
    rssByTenth: backlog.rssByTenth,
    cpuMicros: backlog.cpuMicros,
  };
}

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};
const messagesLive = (): number => LIVE_RATE * LIVE_SECONDS;

async function withStack<T>(simulator: readonly string[], work: (stack: Stack) => Promise<T>): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), 'menshen-bench-pipeline-'));
  // The roles start only when everything else stands, so that the clock runs for them alone.
  const stack = await startStack({
    dataDir,
    simulator: [...simulator, '--seed', '7'],
    roles: [],
    config: asByDefault,
  });
  try {
    return await work(stack);
  } finally {
    await stack.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** Segments as the CRD's defaults close them. Files are not fetched: they are not part of a message's way. */
function asByDefault(config: RoleConfig): RoleConfig {
  const { archiver, ingest } = config;
  return {
    ...config,
    ...(archiver === undefined ? {} : { archiver: { ...archiver, segmentMaxAgeMs: 5_000 } }),
    ...(ingest === undefined ? {} : { ingest: { ...ingest, media: { ...ingest.media, enabled: false } } }),
  };
}

async function drainBacklog(stack: Stack, messages: number): Promise<Drained> {
  for (const role of ['archiver', 'scanner', 'notifier'] as const) stack.startRole(role);
  stack.startRole('ingest');
  // Between a tenth and nine tenths: neither how long processes take to load nor how long the last segment waits for company is measured.
  const begin = await reached(stack, messages * 0.1);
  const before = readCpu(stack);
  const rssByTenth: Record<string, number[]> = {};
  let end = begin;
  for (let tenth = 2; tenth <= 9; tenth++) {
    end = await reached(stack, (messages * tenth) / 10);
    for (const [name, bytes] of Object.entries(await readMemory(stack)))
      rssByTenth[name] = [...(rssByTenth[name] ?? []), Math.round(bytes / 1024 ** 2)];
  }
  const cpuMicros = Object.entries(readCpu(stack)).map(([name, seconds]): [string, number] => [
    name,
    Math.round(((seconds - (before[name] ?? 0)) * 1e6) / (end.done - begin.done)),
  ]);
  const perSecond = (end.done - begin.done) / ((end.atMs - begin.atMs) / 1000);
  return {
    perSecond,
    cpuMicros: Object.fromEntries(cpuMicros),
    rssByTenth,
    rssByRole: await readMemory(stack),
  };
}

interface Drained {
  readonly perSecond: number;
  /** CPU of each process for each message, µs. */
  readonly cpuMicros: Readonly<Record<string, number>>;
  readonly rssByRole: Readonly<Record<string, number>>;
  /** MiB after two, three … nine tenths of the backlog: it says whether memory grows with what went through. */
  readonly rssByTenth: Readonly<Record<string, readonly number[]>>;
}

/** CPU so far of every process that works for a message, this one included, seconds. */
function readCpu(stack: Stack): Record<string, number> {
  const roles = [...stack.roles].map(([name, role]): [string, number | undefined] => [name, role.pid()]);
  const others: [string, number | undefined][] = [
    ['nats-server', stack.nats.pid()],
    ['ClickHouse', stack.clickhouse.pid()],
    ['WeCom simulator', stack.simulator.pid()],
    ['bench', process.pid],
  ];
  return Object.fromEntries([...roles, ...others].map(([name, pid]) => [name, cpuSecondsOf(pid)]));
}

/** When so many messages were both archived and judged, and how many they really were. */
async function reached(stack: Stack, wanted: number): Promise<{ done: number; atMs: number }> {
  let done = 0;
  await until(async () => {
    const now = await askProgress(stack.store);
    done = Math.min(now.archived, now.judged);
    return done >= wanted;
  });
  return { done, atMs: performance.now() };
}

async function watchLive(stack: Stack, messages: number): Promise<{ p50: number; p95: number; p99: number }> {
  for (const role of ROLE_NAMES) stack.startRole(role);
  await until(async () => {
    const now = await askProgress(stack.store);
    return now.archived >= messages && now.unjudged === 0;
  });
  const [row] = await stack.store.query<{ quantiles: number[]; findings: string }>(`
SELECT quantilesExact(0.5, 0.95, 0.99)(delay) AS quantiles, count() AS findings
FROM (
  SELECT seq, min(dateDiff('millisecond', capturedAt, judgedAt)) AS delay FROM judgements
  WHERE hits > 0 AND capturedAt > (SELECT max(capturedAt) FROM judgements) - INTERVAL ${MEASURED_SECONDS} SECOND GROUP BY seq
)`);
  if (row === undefined || Number(row.findings) === 0) throw new Error('the live run made no finding');
  say(`${row.findings} findings in the last ${MEASURED_SECONDS} s`);
  const [p50 = 0, p95 = 0, p99 = 0] = row.quantiles.map(Number);
  return { p50, p95, p99 };
}

async function readMemory(stack: Stack): Promise<Record<string, number>> {
  const memory: Record<string, number> = {};
  const roles = [...stack.roles].map(([name, role]): [string, number | undefined] => [name, role.pid()]);
  for (const [name, pid] of [
    ...roles,
    ['nats-server', stack.nats.pid()],
    ['ClickHouse', stack.clickhouse.pid()],
  ] as const) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    memory[name] = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
  }
  return memory;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  while (!(await condition().catch(() => false))) {
    if (performance.now() > deadline) throw new Error(`nothing within ${LIMIT_MS / 1000} s`);
    // Counting distinct rows costs ClickHouse what it is measured by: seldom is enough.
    await sleep(1_000);
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(JSON.stringify(await run(process.argv.slice(2))));
  process.exit(0);
}
