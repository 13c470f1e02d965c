// Watches a run: asks ClickHouse, the stream and the supervisor, and keeps what the view shows. It counts nothing itself.
import type { ClickHouse } from '@menshen/clickhouse/client';
import type { Clock } from '@menshen/contracts/clock';
import {
  countRun,
  type Latency,
  measureFindingLatency,
  NOTHING,
  type RunCounts,
} from '../results/count-run.ts';
import { readFindings } from '../results/read-findings.ts';
import type { PodStatus } from '../supervisor/pod.ts';
import { readResidentBytes } from '../supervisor/read-memory.ts';
import type { DemoSnapshot, ShownEvent, ShownFinding, ShownProcess } from '../view/demo-snapshot.ts';
import type { AppliedEvent } from './apply-manifests.ts';
import { countStreamMessages, readLag, type StreamLag } from './count-stream.ts';
import { adviceOf } from './follow-status.ts';
import type { Local } from './start-local.ts';

const FINDINGS_SHOWN = 50;
const EVENTS_KEPT = 20;
/** Over how long the rate is taken, ms. */
const RATE_WINDOW_MS = 5000;

export interface ObserverOptions {
  readonly local: Local;
  readonly clickhouse: ClickHouse;
  readonly clock: Clock;
  readonly startedAtMs: number;
  /** Messages the source has to give so far; absent where only WeCom knows. */
  readonly countGenerated?: () => Promise<number>;
  readonly policiesFolder: string;
  readonly dataFolder: string;
}

export class RunObserver {
  readonly #options: ObserverOptions;
  #counts: RunCounts = NOTHING;
  #generated = 0;
  #inStream = 0;
  #lag: StreamLag = { toJudge: 0, toArchive: 0 };
  #movedAtMs: number;
  #latency: Latency | undefined;
  #findings: readonly ShownFinding[] = [];
  #events: ShownEvent[] = [];
  #rate: { readonly timeMs: number; readonly captured: number }[] = [];
  #processes: readonly ShownProcess[] = [];
  /** Advice that was shown, so that each is told once. */
  #advised = new Set<string>();

  constructor(options: ObserverOptions) {
    this.#options = options;
    this.#movedAtMs = options.startedAtMs;
  }

  /** Asks everybody once. Rejects when one of them does not answer; the last good answers stay. */
  async look(): Promise<void> {
    const { local, clickhouse, clock } = this.#options;
    const counts = await countRun(clickhouse);
    this.#inStream = await countStreamMessages(local.nats, local.tenant.spec.corpId);
    this.#lag = await readLag(local.nats, local.tenant.spec.corpId);
    this.#generated = (await this.#options.countGenerated?.()) ?? this.#captured();
    if (JSON.stringify(counts) !== JSON.stringify(this.#counts)) this.#movedAtMs = clock.nowMs();
    const newFindings = counts.findings !== this.#counts.findings;
    this.#counts = counts;
    this.#rate.push({ timeMs: clock.nowMs(), captured: this.#captured() });
    this.#rate = this.#rate.filter((point) => point.timeMs > clock.nowMs() - RATE_WINDOW_MS);
    if (
      newFindings ||
      this.#findings.some((finding) => finding.excerpt.before + finding.excerpt.after === '')
    ) {
      this.#findings = await readFindings(clickhouse, {
        most: FINDINGS_SHOWN,
        order: 'newest first',
        namespace: local.tenant.metadata.namespace,
      });
      this.#latency = await measureFindingLatency(clickhouse);
    }
    this.#processes = await listProcesses(local);
  }

  /** What processes have begun to complain about since the last call. */
  newComplaints(): AppliedEvent[] {
    const now = new Set<string>();
    for (const { name, problem } of this.#processes)
      if (problem !== undefined) now.add(`${name}: ${problem}`);
    const fresh = [...now].filter((complaint) => !this.#advised.has(complaint));
    this.#advised = now;
    return fresh.map((text) => ({ good: false, text }));
  }

  addEvents(events: readonly AppliedEvent[]): void {
    const timeMs = this.#options.clock.nowMs();
    this.#events = [...events.map((event) => ({ ...event, timeMs })).reverse(), ...this.#events].slice(
      0,
      EVENTS_KEPT,
    );
  }

  counts(): RunCounts {
    return this.#counts;
  }

  /** When a count last changed. */
  movedAtMs(): number {
    return this.#movedAtMs;
  }

  snapshot(): DemoSnapshot {
    const { local, clock, startedAtMs, policiesFolder, dataFolder } = this.#options;
    const { metadata, spec } = local.tenant;
    return {
      nowMs: clock.nowMs(),
      startedAtMs,
      tenant: `${metadata.namespace}/${metadata.name}`,
      corpId: spec.corpId,
      timeZone: spec.timeZone,
      counts: { ...this.#counts, generated: this.#generated, captured: this.#captured() },
      capturedPerSecond: this.#capturedPerSecond(),
      lag: this.#lag,
      findingLatencyMs: this.#latency,
      processes: this.#processes,
      findings: this.#findings,
      events: this.#events,
      policiesFolder,
      dataFolder,
    };
  }

  /** The stream knows first; what was purged from it is in ClickHouse. */
  #captured(): number {
    return Math.max(this.#counts.captured, this.#inStream);
  }

  #capturedPerSecond(): number {
    const [first] = this.#rate;
    const last = this.#rate.at(-1);
    if (first === undefined || last === undefined || last.timeMs === first.timeMs) return 0;
    return ((last.captured - first.captured) * 1000) / (last.timeMs - first.timeMs);
  }
}

async function listProcesses(local: Local): Promise<ShownProcess[]> {
  const pods = local.supervisor.status().flatMap(({ name, replicas, pods: own, problem }): ShownProcess[] => {
    if (own.length > 0 || replicas === 0) return own.map((pod) => showPod(pod, local));
    return [{ ...NO_PROCESS, name, problem }];
  });
  const engines = Object.entries(local.engines).map(([name, engine]) => showPlain(name, engine.pid()));
  const { simulator } = local;
  const wecom = simulator === undefined ? [] : [showPlain('wecom-simulator', simulator.pid())];
  return [...pods, ...(await Promise.all([...engines, ...wecom]))];
}

const NO_PROCESS = { phase: 'Starting', pid: undefined, residentBytes: undefined, restarts: 0 } as const;

function showPod(pod: PodStatus, local: Local): ShownProcess {
  const { name, phase, pid, residentBytes, restarts } = pod;
  return { name, phase, pid, residentBytes, restarts, problem: problemOf(pod, local) };
}

/** Why it died, else what it says itself, else what its probe says. */
function problemOf(pod: PodStatus, local: Local): string | undefined {
  const { lastExit, phase, name, problem } = pod;
  if (phase === 'BackOff' && lastExit !== undefined)
    return `${lastExit.reason}: ${lastExit.lastLines.at(-1) ?? 'without a word'}`;
  const report = local.status.reports().find(({ instance }) => instance.startsWith(`${name}-`));
  return (report === undefined ? undefined : adviceOf(report)) ?? problem;
}

async function showPlain(name: string, pid: number | undefined): Promise<ShownProcess> {
  const residentBytes = pid === undefined ? undefined : await readResidentBytes(pid);
  const phase = residentBytes === undefined ? 'Stopped' : 'Running';
  return { name, phase, pid, residentBytes, restarts: 0, problem: undefined };
}
