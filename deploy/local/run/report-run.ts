// The one JSON object at the end of a run, and whether it is good.
import type { ClickHouse } from '@menshen/clickhouse/client';
import { compareWithTruth, type TrueMessage } from '../results/compare-with-truth.ts';
import { countRun, type Latency, measureFindingLatency } from '../results/count-run.ts';
import { countDoubled, readOutcome } from '../results/read-outcome.ts';

export interface RunReport {
  readonly generated: number;
  readonly captured: number;
  readonly archived: number;
  readonly judged: number;
  readonly findings: number;
  /** These three are absent where nobody knows what should be found: in a file of one's own. */
  readonly expectedFindings?: number;
  readonly missedFindings?: number;
  readonly unexpectedFindings?: number;
  readonly complianceAlerts: number;
  readonly deadLettered: number;
  readonly lost: number;
  readonly doubled: number;
  readonly findingLatencyMs: Latency;
}

export interface ReportedRun {
  readonly report: RunReport;
  /** What is not as it must be, with examples; empty when all is well. */
  readonly faults: readonly string[];
}

/** Counts and compares. Everything comes from ClickHouse and from `truth`. `plants`: whether the truth knows what must be found. */
export async function reportRun(
  clickhouse: ClickHouse,
  truth: readonly TrueMessage[],
  { plants }: { readonly plants: boolean },
): Promise<ReportedRun> {
  const counts = await countRun(clickhouse);
  const comparison = compareWithTruth(truth, await readOutcome(clickhouse));
  const { lost, expectedFindings } = comparison;
  const missed = plants ? comparison.missed : [];
  const unexpected = plants ? comparison.unexpected : [];
  const doubled = await countDoubled(clickhouse);
  const report: RunReport = {
    generated: truth.length,
    captured: counts.captured,
    archived: counts.archived,
    judged: counts.judged,
    findings: counts.findings,
    ...(plants
      ? { expectedFindings, missedFindings: missed.length, unexpectedFindings: unexpected.length }
      : {}),
    complianceAlerts: counts.complianceAlerts,
    deadLettered: counts.deadLettered,
    lost: lost.length,
    doubled,
    findingLatencyMs: (await measureFindingLatency(clickhouse)) ?? { p50: 0, p95: 0, p99: 0 },
  };
  const faults = [
    fault('lost', lost),
    fault('missed', missed),
    fault('unexpected', unexpected),
    counted('doubled', doubled),
    counted('not judged', counts.unjudged),
    counted('not told', counts.owedAlerts),
  ];
  return { report, faults: faults.filter((text) => text !== '') };
}

const EXAMPLES = 3;

function fault(what: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const more = names.length > EXAMPLES ? ' …' : '';
  return `${names.length} ${what}: ${names.slice(0, EXAMPLES).join(', ')}${more}`;
}

const counted = (what: string, count: number): string => (count === 0 ? '' : `${count} ${what}`);
