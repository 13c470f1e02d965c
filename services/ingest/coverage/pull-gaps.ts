// When pulling stands still, that is a gap; when it has caught up again, what became of it is decided. Pure: events in, gaps out.
import type { CoverageGap, GapCause } from '@menshen/contracts/coverage-gap';
import { WINDOW_MS } from '../find-gaps.ts';
import type { SourceFault } from '../wecom/classify-errcode.ts';

export type PullEvent =
  /** A pull gave nothing usable. `lastGoodMs`: the last one that did, the last manifest of an earlier process, or the first failure. */
  | { readonly kind: 'Failed'; readonly fault: SourceFault; readonly lastGoodMs: number }
  /** A pull worked after `lastManifestAtMs`, the time of the newest page; 0 when there is none. */
  | { readonly kind: 'Answered'; readonly lastManifestAtMs: number }
  /** All that WeCom holds is captured. */
  | { readonly kind: 'CaughtUp' };

export interface PullBounds {
  readonly corpId: string;
  /** Longest silence of a healthy capture, ms: a gap is longer than this. */
  readonly idleMs: number;
  /** A healthy capture commits a page at least this often, ms. */
  readonly manifestMs: number;
}

/** Gaps that begin and end with pulling. LicenceExpired and PermitMissing too, when WeCom answers pulls with them. */
export const PULL_CAUSES: readonly GapCause[] = [
  'NotPullable',
  'LicenceExpired',
  'NotRunning',
  'PermitMissing',
];

/** What changes about the gaps. `open`: those of the corp that are not settled; `lossSeen`: messages passed out of the window meanwhile. */
export function afterPull(
  event: PullEvent,
  at: { readonly nowMs: number; readonly open: readonly CoverageGap[]; readonly lossSeen: boolean },
  bounds: PullBounds,
): CoverageGap[] {
  const open = at.open.filter((gap) => isOfPulling(gap));
  switch (event.kind) {
    case 'Failed':
      return whenFailed(event, { nowMs: at.nowMs, open }, bounds);
    case 'Answered':
      return [
        ...open.filter(goesOn).map((gap) => ({ ...gap, toMs: at.nowMs })),
        ...notRunning(event, at, bounds),
      ];
    case 'CaughtUp':
      return open.filter((gap) => !goesOn(gap)).map((gap) => ({ ...gap, ...settle(gap, at.lossSeen) }));
  }
}

const isOfPulling = (gap: CoverageGap): boolean =>
  gap.subject.kind === 'Corp' && PULL_CAUSES.includes(gap.cause);
const goesOn = (gap: CoverageGap): boolean => gap.toMs === undefined;

function whenFailed(
  { fault, lastGoodMs }: Extract<PullEvent, { kind: 'Failed' }>,
  { nowMs, open }: { readonly nowMs: number; readonly open: readonly CoverageGap[] },
  bounds: PullBounds,
): CoverageGap[] {
  const cause = causeOf(fault);
  // What WeCom says in so many words needs no patience.
  const isGap = cause !== 'NotPullable' || nowMs - lastGoodMs > bounds.idleMs;
  if (!isGap) return [];
  const known = open.find((gap) => gap.cause === cause);
  // It failed again before the gap was caught up: it is the same gap.
  if (known !== undefined) return goesOn(known) ? [] : [withoutEnd(known)];
  return [corpGap(bounds, { cause, fromMs: lastGoodMs, nowMs, detail: fault.detail })];
}

function causeOf(fault: SourceFault): 'NotPullable' | 'LicenceExpired' | 'PermitMissing' {
  if (fault.errcode === 301052) return 'LicenceExpired';
  return fault.errcode === 301053 ? 'PermitMissing' : 'NotPullable';
}

function withoutEnd(gap: CoverageGap): CoverageGap {
  const { toMs: _, ...rest } = gap;
  return rest;
}

/** No page for longer than a healthy capture ever takes: nobody was there to notice, so it is noticed afterwards. */
function notRunning(
  { lastManifestAtMs }: Extract<PullEvent, { kind: 'Answered' }>,
  at: { readonly nowMs: number; readonly open: readonly CoverageGap[] },
  bounds: PullBounds,
): CoverageGap[] {
  const silenceMs = at.nowMs - lastManifestAtMs;
  if (lastManifestAtMs === 0 || silenceMs <= bounds.manifestMs + bounds.idleMs) return [];
  if (at.open.some((gap) => gap.cause === 'NotRunning' || (gap.cause === 'NotPullable' && goesOn(gap))))
    return [];
  const detail = 'no page was committed: ingest was not running, or the stream took nothing';
  const gap = corpGap(bounds, { cause: 'NotRunning', fromMs: lastManifestAtMs, nowMs: at.nowMs, detail });
  return [{ ...gap, toMs: at.nowMs, source: 'Chain' }];
}

function corpGap(
  { corpId }: PullBounds,
  of: { readonly cause: GapCause; readonly fromMs: number; readonly nowMs: number; readonly detail: string },
): CoverageGap {
  return {
    id: `${of.cause}:${corpId}:${of.fromMs}`,
    cause: of.cause,
    state: 'Open',
    subject: { kind: 'Corp', id: corpId, place: '' },
    fromMs: of.fromMs,
    detectedAtMs: of.nowMs,
    source: 'Pull',
    detail: of.detail,
  };
}

/** Everything up to now is captured: was the gap short enough for WeCom to have kept it all? */
function settle(gap: CoverageGap, lossSeen: boolean): Pick<CoverageGap, 'state' | 'detail'> {
  if (gap.cause === 'LicenceExpired' || gap.cause === 'PermitMissing')
    return { state: 'Ended', detail: `${gap.detail}; WeCom does not say what it left out meanwhile` };
  if (lossSeen)
    return { state: 'Lost', detail: `${gap.detail}; messages passed out of the window meanwhile` };
  const lengthMs = (gap.toMs ?? 0) - (gap.fromMs ?? 0);
  return lengthMs > WINDOW_MS
    ? { state: 'Ended', detail: `${gap.detail}; it was longer than the window, though no number is missing` }
    : { state: 'Recovered', detail: `${gap.detail}; all that WeCom held was captured later` };
}
