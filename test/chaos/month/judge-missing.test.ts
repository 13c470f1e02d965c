// A record excuses a missing message only when it names it, and is true.
import type { CoverageGap } from '@menshen/contracts/coverage-gap';
import { expect, it } from 'vitest';
import { judgeMissing } from './judge-missing.ts';
import type { TrueMessage } from './month-truth.ts';
import { DAY_MS, HOUR_MS } from './plan-month.ts';
import type { TrueReasons } from './true-reasons.ts';

const T = 100 * DAY_MS;
const message = (seq: number, createdAtMs: number): TrueMessage => ({ seq, createdAtMs, digest: '' });
const gap = (of: Partial<CoverageGap> & Pick<CoverageGap, 'cause'>): CoverageGap => ({
  id: 'g',
  state: 'Ended',
  subject: { kind: 'Corp', id: 'ww', place: '' },
  detectedAtMs: 0,
  source: 'Pull',
  detail: '',
  ...of,
});

/** WeCom's licence had lapsed for the second hour; it could not be asked for seven days from T on. */
const reasons: TrueReasons = {
  lapses: [{ fromMs: HOUR_MS, toMs: 2 * HOUR_MS }],
  outages: [{ fromMs: T, toMs: T + 7 * DAY_MS }],
  windowMs: 5 * DAY_MS,
};
const LAPSE = gap({ cause: 'LicenceExpired', fromMs: HOUR_MS, toMs: 2 * HOUR_MS });
const SKIPPED = gap({
  cause: 'SequenceSkipped',
  fromSeq: '5',
  toSeq: '6',
  fromMs: HOUR_MS,
  toMs: 3 * HOUR_MS,
});
const PASSED = gap({ cause: 'WindowPassed', fromSeq: '50', toSeq: '51', fromMs: T, toMs: T + 2 * DAY_MS });
const WITHHELD = [message(5, HOUR_MS), message(6, 1.5 * HOUR_MS)];
const GONE = [message(50, T + DAY_MS), message(51, T + 2 * DAY_MS - 1)];

const judge = (missing: readonly TrueMessage[], gaps: readonly CoverageGap[]): object => {
  const { inGaps, lost, misnamed } = judgeMissing(missing, gaps, reasons);
  return { inGaps, lost: lost.map(({ seq }) => seq), misnamed };
};

it.each<[string, readonly TrueMessage[], readonly CoverageGap[], object]>([
  ['nothing is missing and nothing is named', [], [LAPSE], { inGaps: 0, lost: [], misnamed: 0 }],
  ['withheld, skipped and the lapse known', WITHHELD, [LAPSE, SKIPPED], { inGaps: 2, lost: [], misnamed: 0 }],
  ['skipped, but nobody knows of a lapse', WITHHELD, [SKIPPED], { inGaps: 0, lost: [5, 6], misnamed: 0 }],
  ['the lapse known, but no number', WITHHELD, [LAPSE], { inGaps: 0, lost: [5, 6], misnamed: 0 }],
  [
    'skipped and a lapse told, but the simulator gave it out',
    [message(5, 2.5 * HOUR_MS)],
    [gap({ ...LAPSE, toMs: 9 * HOUR_MS }), SKIPPED],
    { inGaps: 0, lost: [5], misnamed: 1 },
  ],
  [
    'a number between that is not named',
    [message(7, HOUR_MS)],
    [LAPSE, SKIPPED],
    { inGaps: 0, lost: [7], misnamed: 2 },
  ],
  ['left the window and named', GONE, [PASSED], { inGaps: 2, lost: [], misnamed: 0 }],
  ['left the window and not named', GONE, [], { inGaps: 0, lost: [50, 51], misnamed: 0 }],
  [
    'named, but still in the window when WeCom came back',
    [message(50, T + 3 * DAY_MS)],
    [PASSED],
    { inGaps: 0, lost: [50], misnamed: 1 },
  ],
  [
    'named, but by a record of another time',
    [GONE[0] ?? message(0, 0)],
    [gap({ ...PASSED, toMs: T + HOUR_MS })],
    { inGaps: 0, lost: [50], misnamed: 1 },
  ],
  ['named although it is there', [], [PASSED], { inGaps: 0, lost: [], misnamed: 2 }],
])('%s', (_what, missing, gaps, expected) => expect(judge(missing, gaps)).toEqual(expected));
