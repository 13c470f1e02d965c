// Is every message that is not archived named by a gap record, with a cause and a time that are true? And does no record name one that is there? Pure.
import type { CoverageGap } from '@menshen/contracts/coverage-gap';
import type { TrueMessage } from './month-truth.ts';
import type { Span, TrueReasons } from './true-reasons.ts';

export interface MissingJudged {
  readonly inGaps: number;
  /** Named by no record, or without a true reason. */
  readonly lost: readonly TrueMessage[];
  /** Numbers that records name although their messages are not missing. */
  readonly misnamed: number;
}

/** WeCom's clock and the page that proved the loss are not of the same moment, ms. */
const SLACK_MS = 3_600_000;

export function judgeMissing(
  missing: readonly TrueMessage[],
  gaps: readonly CoverageGap[],
  reasons: TrueReasons,
): MissingJudged {
  const numbered = gaps.filter(({ fromSeq, toSeq }) => fromSeq !== undefined && toSeq !== undefined);
  const lapses = gaps.filter(({ cause }) => cause === 'LicenceExpired');
  const lost = missing.filter((message) => {
    const naming = numbered.filter((gap) => names(gap, message.seq));
    return !naming.some((gap) => isTrue(gap, message, { lapses, reasons }));
  });
  const named = numbered.reduce((sum, { fromSeq, toSeq }) => sum + Number(toSeq) - Number(fromSeq) + 1, 0);
  const ofMissing = missing.reduce(
    (sum, { seq }) => sum + numbered.filter((gap) => names(gap, seq)).length,
    0,
  );
  return { inGaps: missing.length - lost.length, lost, misnamed: named - ofMissing };
}

const names = ({ fromSeq, toSeq }: CoverageGap, seq: number): boolean =>
  Number(fromSeq) <= seq && seq <= Number(toSeq);

const contains = (span: Span, ms: number): boolean => span.fromMs <= ms && ms < span.toMs;
/** A record without a beginning or an end reaches as far as can be. */
const reaches = ({ fromMs, toMs }: CoverageGap, ms: number): boolean =>
  (fromMs ?? 0) <= ms && ms < (toMs ?? Number.POSITIVE_INFINITY);

function isTrue(
  gap: CoverageGap,
  { createdAtMs }: TrueMessage,
  of: { readonly lapses: readonly CoverageGap[]; readonly reasons: TrueReasons },
): boolean {
  const { lapses, outages, windowMs } = of.reasons;
  if (gap.cause === 'SequenceSkipped')
    return (
      reaches(gap, createdAtMs) &&
      lapses.some((span) => contains(span, createdAtMs)) &&
      of.lapses.some((lapse) => reaches(lapse, createdAtMs))
    );
  return (
    gap.cause === 'WindowPassed' &&
    (gap.fromMs ?? 0) - SLACK_MS <= createdAtMs &&
    createdAtMs < (gap.toMs ?? 0) + SLACK_MS &&
    outages.some(
      ({ fromMs, toMs }) => createdAtMs >= fromMs - SLACK_MS && createdAtMs < toMs - windowMs + SLACK_MS,
    )
  );
}
