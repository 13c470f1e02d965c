// What ingest says of itself in the STATUS bucket. Several things may be wrong at once: the reason names the worst, the facts name each.
import { type StatusReport, statusKey } from '@menshen/contracts/status-report';
import type { SourceFault } from './wecom/classify-errcode.ts';

/**
 * The closed list of reasons, worst first. The first that holds is the report's reason.
 * NotVerified: whoever answers is not WeCom · SdkUnusable: the Finance SDK is not there, or not what it should be · RejectedByWeCom: secret or
 * corpId refused · IpNotAllowed: our address is not trusted · PermitMissing: licence or scope · QuotaExhausted: too many calls ·
 * WeComUnreachable: no usable answer · SdkFailed: the Finance SDK crashes or hangs, and is replaced · Fenced: another ingest captures this corp ·
 * BackPressure: stream or store takes no more · WaitingForArchive: the start position needs ClickHouse · KeyMalformed: a private key cannot be
 * read, or is another's · KeyMissing: messages need a private key that is not mounted · Lagging: more than a day behind · CatchingUp: more is
 * waiting · Verified: WeCom accepts us, nothing pulled yet · CaughtUp: nothing is waiting.
 */
export const INGEST_REASONS = [
  'NotVerified',
  'SdkUnusable',
  'RejectedByWeCom',
  'IpNotAllowed',
  'PermitMissing',
  'QuotaExhausted',
  'WeComUnreachable',
  'SdkFailed',
  'Fenced',
  'BackPressure',
  'WaitingForArchive',
  'KeyMalformed',
  'KeyMissing',
  'Lagging',
  'CatchingUp',
  'CaughtUp',
  'Verified',
] as const;
export type IngestReason = (typeof INGEST_REASONS)[number];

export interface Problem {
  readonly reason: IngestReason;
  readonly message: string;
}

/** Parts that each say how they are; a part that says nothing is well. */
export type StatusPart = 'source' | 'stream' | 'capture' | 'keys' | 'directory' | 'media';

/** The reason by which a fault of WeCom is reported. */
export function reasonOfFault(fault: SourceFault): IngestReason {
  switch (fault.reason) {
    case 'NotVerified':
    case 'SdkUnusable':
    case 'SdkFailed':
    case 'RejectedByWeCom':
    case 'IpNotAllowed':
    case 'PermitMissing':
    case 'QuotaExhausted':
      return fault.reason;
    default:
      return 'WeComUnreachable';
  }
}

const PROGRESS: readonly IngestReason[] = ['Lagging', 'CatchingUp', 'CaughtUp', 'Verified'];

export class IngestStatus {
  readonly #parts = new Map<StatusPart, Problem>();
  readonly #facts = new Map<string, string | number>();
  readonly #onChange: () => void;

  /** `onChange` is called when a part's reason changes: the operator should know at once. */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  say(part: StatusPart, problem: Problem): void {
    const before = this.#parts.get(part)?.reason;
    this.#parts.set(part, problem);
    if (before !== problem.reason) this.#onChange();
  }

  /** The part is well again. */
  clear(part: StatusPart): void {
    if (this.#parts.delete(part)) this.#onChange();
  }

  fact(name: string, value: string | number): void {
    this.#facts.set(name, value);
  }

  reasonOf(part: StatusPart): IngestReason | undefined {
    return this.#parts.get(part)?.reason;
  }

  /**
   * Facts: `cursor`, `page`, `coveredUntilMs`, `lagMs`, `lastMessageAtMs`, `directoryVersion`, `openGaps`, `permittedSeats`, `mediaPending`, `deadLetters` (in the stream),
   * `wecomBlocks` (address blocks of WeCom's interfaces, or of the proxy on the way, separated by commas), and for each part that is not well
   * `<part>Reason`.
   */
  report(of: { corpId: string; instance: string; nowMs: number }): { key: string; report: StatusReport } {
    const problems = [...this.#parts.values()].sort(
      (a, b) => INGEST_REASONS.indexOf(a.reason) - INGEST_REASONS.indexOf(b.reason),
    );
    const worst = problems[0] ?? { reason: 'Verified' as const, message: 'starting' };
    const reasons = [...this.#parts].map(([part, { reason }]) => [`${part}Reason`, reason] as const);
    return {
      key: statusKey(of.corpId, 'ingest', of.instance),
      report: {
        role: 'ingest',
        instance: of.instance,
        reportedAtMs: of.nowMs,
        reason: worst.reason,
        message: worst.message,
        facts: { ...Object.fromEntries(this.#facts), ...Object.fromEntries(reasons) },
      },
    };
  }

  /** Something a person has to act on; `undefined` when capture goes on by itself. */
  problem(): string | undefined {
    for (const { reason, message } of this.#parts.values()) if (!PROGRESS.includes(reason)) return message;
    return undefined;
  }
}
