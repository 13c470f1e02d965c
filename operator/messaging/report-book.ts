// What the services of one tenant last said of themselves. Entries of the STATUS bucket go after a minute without a word, so whoever has been
// silent for that long is struck out here.
import type { StatusReport } from '@menshen/contracts/status-report';
import type { Clock } from '../kube/clock.ts';
import { readJson } from './read-json.ts';
import { differingPolicies, readScannerView, type ScannerView } from './scanner-view.ts';

export interface ReportNews {
  /** `<namespace>/<name>` of policies of which a scanner says something else than before. */
  readonly policies: ReadonlySet<string>;
  /** A scanner is new, or has fallen silent: one more or less that has to take each policy, also those it never spoke of. */
  readonly isOtherScanner: boolean;
  /** A service gives another reason than before, is new, or has fallen silent. */
  readonly isOtherReason: boolean;
}

/** Entries of STATUS live so long, ms. */
export const REPORT_LIFE_MS = 60_000;
const SCANNER = 'scanner.';

export class ReportBook {
  /** `<role>.<instance>` → its newest report. */
  readonly reports = new Map<string, StatusReport>();
  /** `<instance>` → what it judges by. */
  readonly scanners = new Map<string, ScannerView>();
  private readonly heardAtMs = new Map<string, number>();
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** All that is there now. */
  takeAll(entries: ReadonlyMap<string, Uint8Array>): void {
    for (const key of [...this.reports.keys()]) if (!entries.has(key)) this.forget(key);
    for (const [key, value] of entries) this.remember(key, value);
  }

  /** `undefined`: the entry was removed. */
  heard(key: string, value: Uint8Array | undefined): ReportNews {
    return this.newsOf(key, () => {
      if (value === undefined) this.forget(key);
      else this.remember(key, value);
    });
  }

  /** Strikes out who has been silent for too long. */
  expire(): ReportNews[] {
    const nowMs = this.clock.nowMs();
    const silent = [...this.heardAtMs].filter(([, atMs]) => nowMs - atMs >= REPORT_LIFE_MS);
    return silent.map(([key]) => this.newsOf(key, () => this.forget(key)));
  }

  private newsOf(key: string, change: () => void): ReportNews {
    const before = { view: this.viewOf(key), reason: this.reports.get(key)?.reason };
    change();
    const view = this.viewOf(key);
    return {
      policies: differingPolicies(before.view, view),
      isOtherScanner: (before.view === undefined) !== (view === undefined),
      isOtherReason: before.reason !== this.reports.get(key)?.reason,
    };
  }

  private viewOf(key: string): ScannerView | undefined {
    return key.startsWith(SCANNER) ? this.scanners.get(instanceOf(key)) : undefined;
  }

  private remember(key: string, value: Uint8Array): void {
    const report = readReport(value);
    if (report === undefined) return;
    this.reports.set(key, report);
    this.heardAtMs.set(key, this.clock.nowMs());
    if (report.role === 'scanner') this.scanners.set(instanceOf(key), readScannerView(report));
  }

  private forget(key: string): void {
    this.reports.delete(key);
    this.heardAtMs.delete(key);
    if (key.startsWith(SCANNER)) this.scanners.delete(instanceOf(key));
  }
}

/** `<role>.<instance>` → instance. */
function instanceOf(key: string): string {
  return key.slice(key.indexOf('.') + 1);
}

function readReport(value: Uint8Array): StatusReport | undefined {
  const report = readJson(value) as StatusReport | undefined;
  return typeof report?.role === 'string' && typeof report.facts === 'object' && report.facts !== null
    ? report
    : undefined;
}
