import type { CoverageGap } from '@menshen/contracts/coverage-gap';
import { describe, expect, it } from 'vitest';
import type { CoverageFacts, Population } from './coverage-facts.ts';
import { type CoverageReport, judgeCoverage } from './judge-coverage.ts';

const HOUR = 3_600_000;
const T0 = 1_764_000_000_000;
const PERIOD = { fromMs: T0, toMs: T0 + 100 * HOUR };

const NOBODY: Population = {
  members: 0,
  seats: 0,
  membersWithSeat: 0,
  externalContacts: 0,
  consentsAgreed: 0,
  consentsDisagreed: 0,
  consentsUnknown: 0,
  rooms: 0,
  roomsUnresolved: 0,
};
const FACTS: CoverageFacts = {
  population: NOBODY,
  firstPageAtMs: T0 - HOUR,
  coveredUntilMs: T0 + 200 * HOUR,
  messages: 0,
  conversations: 0,
  redeliveries: 0,
  messagesWithoutTime: 0,
  deadLetters: [],
  mediaStored: 0,
  mediaGaps: [],
  gaps: [],
};
const judge = (facts: Partial<CoverageFacts>, nowMs = T0 + 1000 * HOUR): CoverageReport =>
  judgeCoverage('ww1', { ...FACTS, ...facts }, { period: PERIOD, nowMs });

/** A gap of the corp, hours after the beginning of the period. */
function gap(
  cause: CoverageGap['cause'],
  from: number,
  to: number | undefined,
  of: Partial<CoverageGap> = {},
): CoverageGap {
  return {
    id: `${cause}:${from}`,
    cause,
    state: 'Ended',
    subject: { kind: 'Corp', id: 'ww1', place: '' },
    fromMs: T0 + from * HOUR,
    ...(to === undefined ? {} : { toMs: T0 + to * HOUR }),
    detectedAtMs: T0,
    source: 'Pull',
    detail: '',
    ...of,
  };
}
const member = (cause: CoverageGap['cause'], id: string, to?: number): CoverageGap =>
  gap(cause, 0, to, { id: `${cause}:${id}`, subject: { kind: 'Member', id, place: '' } });

describe('the share of time', () => {
  it.each<[string, Partial<CoverageFacts>, number | null, string[]]>([
    ['is whole without a gap', {}, 100, []],
    ['loses what could not be pulled', { gaps: [gap('NotPullable', 10, 20)] }, 90, ['NotPullable']],
    [
      'gets back what was captured later',
      { gaps: [gap('NotPullable', 10, 20, { state: 'Recovered' })] },
      100,
      [],
    ],
    [
      'loses what is still going on up to the end',
      { gaps: [gap('LicenceExpired', 75, undefined, { state: 'Open' })] },
      75,
      ['LicenceExpired'],
    ],
    [
      'counts twice nothing that two gaps cover',
      { gaps: [gap('NotRunning', 10, 30), gap('WindowPassed', 20, 40)] },
      70,
      ['NotRunning', 'WindowPassed'],
    ],
    [
      'counts only what lies in the period',
      { gaps: [gap('NotPullable', -50, 10), gap('NotPullable', 95, 500)] },
      85,
      ['NotPullable', 'NotPullable'],
    ],
    ['does not lose what is missing of single members', { gaps: [member('PermitMissing', 'a')] }, 100, []],
    ['does not lose what numbers alone say', { gaps: [gap('SequenceSkipped', 10, 20)] }, 100, []],
    ['begins with the first page', { firstPageAtMs: T0 + 50 * HOUR }, 50, ['BeforeCapture']],
    ['ends where coverage ends', { coveredUntilMs: T0 + 60 * HOUR }, 60, ['AfterCapture']],
    ['is never rounded up', { gaps: [gap('NotPullable', 10, 10.001)] }, 99.99, ['NotPullable']],
    ['cannot be said where nothing was captured', { firstPageAtMs: undefined }, null, []],
  ])('%s', (_what, facts, percent, why) => {
    const { time } = judge(facts);
    expect(time.percent).toBe(percent);
    expect(time.notCovered.map((stretch) => stretch.why)).toEqual(why);
    expect(time.why === undefined).toBe(percent !== null);
  });

  it('is of the time up to now while the period goes on', () => {
    expect(judge({ gaps: [gap('NotPullable', 0, 10)] }, T0 + 20 * HOUR).time).toMatchObject({
      percent: 50,
      of: 20 * HOUR,
    });
    expect(judge({}, T0 - HOUR).time).toMatchObject({ percent: null, why: 'the period has not begun' });
  });
});

describe('a denominator', () => {
  const people = { ...NOBODY, members: 50, membersWithSeat: 40 };
  it.each<[string, Partial<CoverageFacts>, number | null]>([
    ['is the directory’s members', { population: people }, 80],
    ['is not known without a directory', {}, null],
    [
      'is not known while members are hidden',
      { population: people, gaps: [member('MemberHidden', 'x')] },
      null,
    ],
    [
      'is known again once they were shown',
      { population: people, gaps: [member('MemberHidden', 'x', 50)] },
      80,
    ],
    [
      'of the end of the period counts',
      { population: people, gaps: [member('MemberHidden', 'x', 150)] },
      null,
    ],
  ])('of seats %s', (_what, facts, percent) => {
    const { seats } = judge(facts);
    expect(seats.percent).toBe(percent);
    expect(seats.why === undefined).toBe(percent !== null);
  });

  const missing = (id: string): CoverageGap =>
    gap('ConsentMissing', 0, undefined, {
      id,
      state: 'Open',
      subject: { kind: 'ExternalContact', id, place: 'a' },
    });
  it.each<[string, Partial<CoverageFacts>, number | null, number]>([
    [
      'is every pair that is known',
      { population: { ...NOBODY, consentsAgreed: 3, consentsDisagreed: 1 } },
      75,
      4,
    ],
    [
      'holds those that were never asked',
      { population: { ...NOBODY, consentsAgreed: 3 }, gaps: [missing('x')] },
      75,
      4,
    ],
    [
      'holds once what is unknown and missing',
      { population: { ...NOBODY, consentsAgreed: 3, consentsUnknown: 1 }, gaps: [missing('x')] },
      75,
      4,
    ],
    ['is not known without a contact', {}, null, 0],
  ])('of consents %s', (_what, facts, percent, of) => {
    expect(judge(facts).consents).toMatchObject({ percent, of });
  });

  it('of media is the files that are settled', () => {
    const lost = gap('MediaExpired', 1, undefined, {
      state: 'Lost',
      subject: { kind: 'Medium', id: '1/file', place: 'm1' },
    });
    expect(judge({ mediaStored: 3, mediaGaps: [lost] }).media).toMatchObject({
      part: 3,
      of: 4,
      percent: 75,
      missing: 1,
    });
    expect(judge({}).media).toMatchObject({ percent: null, why: 'no file of the period is settled' });
  });
});

describe('the gaps', () => {
  it('are counted by cause and state, and come in the order of causes and time', () => {
    const { gaps } = judge({
      gaps: [
        member('PermitMissing', 'b'),
        gap('NotPullable', 20, 30, { state: 'Recovered' }),
        member('PermitMissing', 'a', 5),
        gap('NotPullable', 10, 11, { state: 'Lost' }),
      ],
    });
    expect(gaps.records.map(({ id }) => id)).toEqual([
      'NotPullable:10',
      'NotPullable:20',
      'PermitMissing:a',
      'PermitMissing:b',
    ]);
    expect(gaps.byCause).toEqual([
      { cause: 'NotPullable', total: 2, open: 0, recovered: 1, lost: 1, ended: 0 },
      { cause: 'PermitMissing', total: 2, open: 0, recovered: 0, lost: 0, ended: 2 },
    ]);
  });
});
