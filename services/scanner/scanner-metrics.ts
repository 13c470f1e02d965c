// Every metric of the scanner. Labels are policy names, severities and fixed words: never ids, never content.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { FoundFact } from './evaluation-job.ts';

export interface BatchFacts {
  readonly judged: number;
  readonly quarantined: number;
  readonly found: readonly FoundFact[];
  readonly publishedAtMs: number;
}

export interface LaneLag {
  readonly consumer: string;
  readonly pending: number;
  readonly oldestPendingMs: number;
}

export interface ScannerMetrics {
  /** Judgements were published. */
  published(batch: BatchFacts): void;
  evaluated(messages: number, tookMs: number): void;
  /** Messages that came again although they had been judged. */
  repeated(messages: number): void;
  isolated(messages: number): void;
  buried(): void;
  evaluatorDied(): void;
  reloaded(result: 'done' | 'failed', tookMs?: number): void;
  policies(inForce: number, rejected: number): void;
  lag(lanes: readonly LaneLag[]): void;
  /** A request to a model server, or that it is left alone. */
  model(server: string, result: 'Answered' | 'Failed' | 'Opened'): void;
}

const LATENCY_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 10, 30, 60, 300, 3600];

export function createScannerMetrics(registry: Registry): ScannerMetrics {
  const registers = [registry];
  const messages = new Counter({
    name: 'menshen_scanner_messages_total',
    help: 'Messages by what became of them: judged, quarantined (not evaluated), repeated (judged before), isolated (judged alone), dead.',
    labelNames: ['result'],
    registers,
  });
  const findings = new Counter({
    name: 'menshen_scanner_findings_total',
    help: 'Findings published.',
    labelNames: ['policy', 'severity', 'mode'],
    registers,
  });
  const latency = new Histogram({
    name: 'menshen_scanner_finding_latency_seconds',
    help: 'From the capture of a message to the stored judgement that holds its finding.',
    buckets: LATENCY_BUCKETS,
    registers,
  });
  const evaluation = new Histogram({
    name: 'menshen_scanner_evaluation_seconds',
    help: 'Time to evaluate one batch.',
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5],
    registers,
  });
  const batch = new Histogram({
    name: 'menshen_scanner_batch_messages',
    help: 'Messages in one batch.',
    buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000],
    registers,
  });
  const models = new Counter({
    name: 'menshen_scanner_model_requests_total',
    help: 'Requests to model servers by what came of them: answered, failed; opened: the server is left alone for a while.',
    labelNames: ['server', 'result'],
    registers,
  });
  const deaths = new Counter({
    name: 'menshen_scanner_evaluator_deaths_total',
    help: 'Evaluators that ended over a batch.',
    registers,
  });
  const reloads = new Counter({
    name: 'menshen_scanner_policy_reloads_total',
    help: 'Attempts to bring changed policies into force.',
    labelNames: ['result'],
    registers,
  });
  const reloadTime = new Histogram({
    name: 'menshen_scanner_policy_reload_seconds',
    help: 'From the fetched bundles to the compiled set that judges.',
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers,
  });
  const inForce = new Gauge({
    name: 'menshen_scanner_policies',
    help: 'Policies by state: in force, or rejected (its last good revision may be in force).',
    labelNames: ['state'],
    registers,
  });
  const pending = new Gauge({
    name: 'menshen_scanner_pending_messages',
    help: 'Messages captured and not yet judged, for each consumer.',
    labelNames: ['consumer'],
    registers,
  });
  const oldest = new Gauge({
    name: 'menshen_scanner_oldest_pending_seconds',
    help: 'Age of the oldest message captured and not yet judged, for each consumer; 0 when there is none.',
    labelNames: ['consumer'],
    registers,
  });
  return {
    published({ judged, quarantined, found, publishedAtMs }) {
      messages.inc({ result: 'judged' }, judged);
      if (quarantined > 0) messages.inc({ result: 'quarantined' }, quarantined);
      for (const { policy, severity, mode, capturedAtMs } of found) {
        findings.inc({ policy, severity, mode });
        latency.observe(Math.max(0, publishedAtMs - capturedAtMs) / 1000);
      }
    },
    evaluated(count, tookMs) {
      batch.observe(count);
      evaluation.observe(tookMs / 1000);
    },
    repeated: (count) => messages.inc({ result: 'repeated' }, count),
    isolated: (count) => messages.inc({ result: 'isolated' }, count),
    buried: () => messages.inc({ result: 'dead' }),
    model: (server, result) => models.inc({ server, result: result.toLowerCase() }),
    evaluatorDied: () => deaths.inc(),
    reloaded(result, tookMs) {
      reloads.inc({ result });
      if (tookMs !== undefined) reloadTime.observe(tookMs / 1000);
    },
    policies(good, rejected) {
      inForce.set({ state: 'in_force' }, good);
      inForce.set({ state: 'rejected' }, rejected);
    },
    lag(lanes) {
      for (const { consumer, pending: count, oldestPendingMs } of lanes) {
        pending.set({ consumer }, count);
        oldest.set({ consumer }, oldestPendingMs / 1000);
      }
    },
  };
}
