// Everything the demo's view shows, at one moment. Whoever draws it asks nothing else.
import type { Severity } from '@menshen/contracts/finding';
import type { PodPhase } from '../supervisor/pod.ts';

export interface DemoCounts {
  /** Messages WeCom has to give so far. */
  readonly generated: number;
  readonly captured: number;
  readonly archived: number;
  readonly judged: number;
  readonly findings: number;
  readonly complianceAlerts: number;
  readonly deadLettered: number;
}

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export interface ShownProcess {
  readonly name: string;
  readonly phase: PodPhase | 'Running';
  readonly pid: number | undefined;
  readonly residentBytes: number | undefined;
  readonly restarts: number;
  /** Why it is not well. */
  readonly problem: string | undefined;
}

export interface ShownFinding {
  readonly id: string;
  readonly msgid: string;
  readonly timeMs: number;
  readonly severity: Severity;
  readonly policy: string;
  readonly rule: string;
  readonly sender: string;
  /** The original text around the evidence. */
  readonly excerpt: Excerpt;
}

export interface Excerpt {
  readonly before: string;
  readonly hit: string;
  readonly after: string;
}

/** Something that happened to a policy or a manifest. */
export interface ShownEvent {
  readonly timeMs: number;
  readonly good: boolean;
  readonly text: string;
}

export interface DemoSnapshot {
  readonly nowMs: number;
  readonly startedAtMs: number;
  readonly tenant: string;
  readonly corpId: string;
  /** IANA zone in which times are shown. */
  readonly timeZone: string;
  readonly counts: DemoCounts;
  readonly capturedPerSecond: number;
  /** What waits in the stream. */
  readonly lag: { readonly toJudge: number; readonly toArchive: number };
  /** From pulled to judged, of the messages with findings; `undefined` before the first. */
  readonly findingLatencyMs: Percentiles | undefined;
  readonly processes: readonly ShownProcess[];
  /** Newest first. */
  readonly findings: readonly ShownFinding[];
  /** Newest first. */
  readonly events: readonly ShownEvent[];
  readonly policiesFolder: string;
  readonly dataFolder: string;
}
