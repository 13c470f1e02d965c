import type { CoverageGap } from '@menshen/contracts/coverage-gap';
import { describe, expect, it } from 'vitest';
import { classifyErrcode, unreachable } from '../wecom/classify-errcode.ts';
import { GapLedger } from './gap-ledger.ts';
import { afterPull, type PullEvent } from './pull-gaps.ts';

const T0 = 1_764_000_000_000;
const SECOND = 1000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;
const BOUNDS = { corpId: 'ww1', idleMs: 30 * SECOND, manifestMs: HOUR / 2 };
const AWAY = unreachable('refused');
const LAPSED = classifyErrcode(301052);

type Step = readonly [atMs: number, event: PullEvent, lossSeen?: boolean];
const fails = (at: number, fault = AWAY, lastGood = 0): Step => [
  at,
  { kind: 'Failed', fault, lastGoodMs: T0 + lastGood },
];
const works = (at: number, lastManifest = at): Step => [
  at,
  { kind: 'Answered', lastManifestAtMs: T0 + lastManifest },
];
const caughtUp = (at: number, lossSeen = false): Step => [at, { kind: 'CaughtUp' }, lossSeen];

/** Every record told, as `cause state from-to`, in ms after T0. */
function play(steps: readonly Step[]): string[] {
  const ledger = new GapLedger();
  return steps.flatMap(([atMs, event, lossSeen = false]) => {
    const told = afterPull(event, { nowMs: T0 + atMs, open: ledger.open(), lossSeen }, BOUNDS);
    ledger.tell(told);
    return told.map(show);
  });
}

const show = ({ cause, state, fromMs = 0, toMs }: CoverageGap): string =>
  `${cause} ${state} ${fromMs - T0}-${toMs === undefined ? '' : toMs - T0}`;

describe('gaps of pulling', () => {
  it.each<[string, readonly Step[], readonly string[]]>([
    ['a fault that passes within the idle bound is none', [fails(1000), fails(30_000), works(31_000)], []],
    [
      'it begins with the last pull that worked, not with the first that was noticed',
      [fails(5000), fails(30_001)],
      ['NotPullable Open 0-'],
    ],
    [
      'it is told once, however long it lasts',
      [fails(31_000), fails(60_000), fails(HOUR)],
      ['NotPullable Open 0-'],
    ],
    [
      'it ends with the first pull that works, and is recovered once everything is caught up',
      [fails(31_000), works(HOUR), works(HOUR + 500), caughtUp(HOUR + 1000)],
      ['NotPullable Open 0-', `NotPullable Open 0-${HOUR}`, `NotPullable Recovered 0-${HOUR}`],
    ],
    [
      'it goes on when pulling fails again before it was caught up',
      [fails(31_000), works(HOUR), fails(2 * HOUR, AWAY, HOUR), works(3 * HOUR), caughtUp(3 * HOUR)],
      [
        'NotPullable Open 0-',
        `NotPullable Open 0-${HOUR}`,
        'NotPullable Open 0-',
        `NotPullable Open 0-${3 * HOUR}`,
        `NotPullable Recovered 0-${3 * HOUR}`,
      ],
    ],
    [
      'it is lost when messages passed out of the window meanwhile',
      [fails(31_000), works(6 * DAY), caughtUp(6 * DAY, true)],
      ['NotPullable Open 0-', `NotPullable Open 0-${6 * DAY}`, `NotPullable Lost 0-${6 * DAY}`],
    ],
    [
      'it is neither lost nor recovered when it was longer than the window and no number is missing',
      [fails(31_000), works(6 * DAY), caughtUp(6 * DAY)],
      ['NotPullable Open 0-', `NotPullable Open 0-${6 * DAY}`, `NotPullable Ended 0-${6 * DAY}`],
    ],
    [
      'a licence that expired is told at once, and nobody can say what was lost',
      [fails(1000, LAPSED), works(HOUR), caughtUp(HOUR)],
      ['LicenceExpired Open 0-', `LicenceExpired Open 0-${HOUR}`, `LicenceExpired Ended 0-${HOUR}`],
    ],
    [
      'an archive without members is a missing permit of the whole corp',
      [fails(1000, classifyErrcode(301053))],
      ['PermitMissing Open 0-'],
    ],
    [
      'two causes in one silence are two gaps, both until pulling works',
      [fails(1000, LAPSED), fails(40_000), works(HOUR), caughtUp(HOUR)],
      [
        'LicenceExpired Open 0-',
        'NotPullable Open 0-',
        `LicenceExpired Open 0-${HOUR}`,
        `NotPullable Open 0-${HOUR}`,
        `LicenceExpired Ended 0-${HOUR}`,
        `NotPullable Recovered 0-${HOUR}`,
      ],
    ],
    ['an hourly page leaves none behind', [works(HOUR / 2, 0), caughtUp(HOUR / 2)], []],
    [
      'a silence of the chain is noticed afterwards: nobody was there',
      [works(2 * HOUR, 0), caughtUp(2 * HOUR)],
      [`NotRunning Open 0-${2 * HOUR}`, `NotRunning Recovered 0-${2 * HOUR}`],
    ],
    ['a corp without a page has no silence', [[2 * HOUR, { kind: 'Answered', lastManifestAtMs: 0 }]], []],
    [
      'a silence that is known as an outage is told once',
      [fails(31_000), works(2 * HOUR, 0)],
      ['NotPullable Open 0-', `NotPullable Open 0-${2 * HOUR}`],
    ],
  ])('%s', (_what, steps, expected) => {
    expect(play(steps)).toEqual(expected);
  });

  it('leaves gaps of others alone', () => {
    const seat: CoverageGap = {
      id: 'PermitMissing:wang:1',
      cause: 'PermitMissing',
      state: 'Open',
      subject: { kind: 'Member', id: 'wang', place: '' },
      detectedAtMs: T0,
      source: 'Permits',
      detail: '',
    };
    const at = { nowMs: T0 + HOUR, open: [seat], lossSeen: false };
    expect(afterPull({ kind: 'Answered', lastManifestAtMs: T0 + HOUR }, at, BOUNDS)).toEqual([]);
    expect(afterPull({ kind: 'CaughtUp' }, at, BOUNDS)).toEqual([]);
  });
});
