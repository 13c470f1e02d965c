import type { CoverageGap } from '@menshen/contracts/coverage-gap';
import { describe, expect, it } from 'vitest';
import {
  afterConsent,
  afterLook,
  type ConsentState,
  type CoverageView,
  conclude,
  type Look,
  lookInSteps,
  type Room,
} from './directory-gaps.ts';
import { GapLedger } from './gap-ledger.ts';

const T0 = 1_764_000_000_000;
const HOUR = 3_600_000;

interface World {
  readonly members?: readonly string[];
  readonly seats?: readonly string[];
  /** `contact>member` */
  readonly follows?: readonly string[];
  readonly rooms?: readonly Room[];
  /** `place:contact` → state */
  readonly consents?: Readonly<Record<string, ConsentState>>;
  /** Lists and consents that WeCom has not told; default none. */
  readonly unknown?: readonly ('Seats' | 'Members' | 'Consents')[];
}

const view = ({
  members = [],
  seats = [],
  follows = [],
  rooms = [],
  consents = {},
  unknown = [],
}: World): CoverageView => ({
  knows: (list) => !unknown.includes(list),
  members: () => members,
  isMember: (id) => members.includes(id),
  seats: () => seats,
  hasSeat: (id) => seats.includes(id),
  follows: () =>
    follows.map((pair) => pair.split('>')).map(([externalId = '', userid = '']) => ({ externalId, userid })),
  rooms: () => rooms,
  hasAskedConsent: () => !unknown.includes('Consents'),
  consent: (place, externalId) => consents[`${place}:${externalId}`],
});
const look = (of: Partial<Look> = {}): Look => ({
  atMs: T0,
  beforeMs: undefined,
  seen: new Set(),
  ...of,
});
const show = ({ cause, state, subject, fromMs, toMs }: CoverageGap): string => {
  const time = (ms: number | undefined): string => (ms === undefined ? '' : String(ms - T0));
  return `${cause} ${subject.place === '' ? '' : `${subject.place}/`}${subject.id} ${state} ${time(fromMs)}-${time(toMs)}`;
};

const agreed: ConsentState = { state: 'Agreed', changedAtMs: T0 - HOUR };
const disagreed: ConsentState = { state: 'Disagreed', changedAtMs: T0 - HOUR };
const room = (of: Partial<Room>): Room => ({
  id: 'wr1',
  resolved: true,
  staff: ['a'],
  external: ['wm1'],
  ...of,
});

describe('a first look', () => {
  it.each<[string, World, Partial<Look>, readonly string[]]>([
    [
      'finds nothing where everyone has a seat and agreed',
      { members: ['a'], seats: ['a'], follows: ['wm1>a'], consents: { 'a:wm1': agreed } },
      {},
      [],
    ],
    ['finds members beyond the quota', { members: ['a', 'b'], seats: ['a'] }, {}, ['PermitMissing b Open -']],
    [
      'finds members the app may not see',
      { members: ['a'], seats: ['a', 'b'] },
      {},
      ['MemberHidden b Open -'],
    ],
    ['blames nobody where no app may read contacts', { seats: ['a', 'b'], unknown: ['Members'] }, {}, []],
    [
      'finds whom only messages name',
      { members: ['a'], seats: ['a'] },
      { seen: new Set(['a', 'x']) },
      ['PermitMissing x Open -', 'MemberHidden x Open -'],
    ],
    [
      'finds contacts that were never asked',
      { members: ['a'], seats: ['a'], follows: ['wm1>a'] },
      {},
      ['ConsentMissing a/wm1 Open -'],
    ],
    [
      'finds contacts WeCom knows nothing of',
      {
        members: ['a'],
        seats: ['a'],
        follows: ['wm1>a'],
        consents: { 'a:wm1': { state: 'Unknown', changedAtMs: 0 } },
      },
      {},
      ['ConsentMissing a/wm1 Open -'],
    ],
    [
      'dates a refusal by what WeCom says',
      { members: ['a'], seats: ['a'], follows: ['wm1>a'], consents: { 'a:wm1': disagreed } },
      {},
      [`ConsentWithdrawn a/wm1 Open -${HOUR}-`],
    ],
    [
      'needs no consent where the member has no seat',
      { members: ['a', 'b'], seats: ['a'], follows: ['wm1>b'] },
      {},
      ['PermitMissing b Open -'],
    ],
    [
      'asks for consent in each group',
      {
        members: ['a'],
        seats: ['a'],
        rooms: [room({ external: ['wm1', 'wm2'] })],
        consents: { 'wr1:wm2': agreed },
      },
      {},
      ['ConsentMissing wr1/wm1 Open -'],
    ],
    [
      'needs none in a group without a seat',
      { members: ['b'], seats: [], rooms: [room({ staff: ['b'] })] },
      {},
      ['PermitMissing b Open -'],
    ],
    [
      'finds rooms that neither interface resolves',
      { rooms: [room({ resolved: false, staff: [], external: [] })] },
      {},
      ['RoomUnresolved wr1 Open -'],
    ],
    [
      'says nothing of seats when their list could not be read',
      { members: ['a'], unknown: ['Seats'] },
      {},
      [],
    ],
    [
      'says nothing of consents that could not be asked for',
      { members: ['a'], seats: ['a'], follows: ['wm1>a'], unknown: ['Consents'] },
      {},
      [],
    ],
  ])('%s', (_what, world, of, expected) => {
    expect(afterLook(view(world), look(of), []).map(show)).toEqual(expected);
  });
});

describe('a later look', () => {
  const before: World = { members: ['a', 'b'], seats: ['a'], follows: ['wm1>a'] };
  const known = afterLook(view(before), look(), []);
  const later = (world: World, of: Partial<Look> = {}): string[] =>
    afterLook(view(world), look({ atMs: T0 + HOUR, beforeMs: T0, ...of }), known).map(show);

  it.each<[string, World, Partial<Look>, readonly string[]]>([
    ['tells nothing twice', before, {}, []],
    ['ends what was put right', { ...before, seats: ['a', 'b'] }, {}, [`PermitMissing b Ended -${HOUR}`]],
    [
      'ends the gap of a member who left',
      { ...before, members: ['a'] },
      {},
      [`PermitMissing b Ended -${HOUR}`],
    ],
    [
      'dates a consent by what WeCom says',
      { ...before, consents: { 'a:wm1': { state: 'Agreed', changedAtMs: T0 + 5 } } },
      {},
      ['ConsentMissing a/wm1 Ended -5'],
    ],
    [
      'knows that what is new began after the look before',
      { ...before, members: ['a', 'b', 'c'] },
      {},
      ['PermitMissing c Open 0-'],
    ],
    ['ends nothing that it could not ask for', { members: [], seats: [], unknown: ['Seats'] }, {}, []],
    ['keeps what it has not asked about since it started', { ...before, unknown: ['Consents'] }, {}, []],
    [
      'turns a missing consent into a refusal',
      { ...before, consents: { 'a:wm1': { state: 'Disagreed', changedAtMs: T0 + 5 } } },
      {},
      [`ConsentMissing a/wm1 Ended -${HOUR}`, 'ConsentWithdrawn a/wm1 Open 5-'],
    ],
  ])('%s', (_what, world, of, expected) => {
    expect(later(world, of)).toEqual(expected);
  });

  it('gives a gap that comes back another id: the first one stays in the record', () => {
    const again = afterLook(view(before), look({ atMs: T0 + HOUR }), []);
    expect(new Set([...known, ...again].map(({ id }) => id)).size).toBe(4);
  });
});

describe('a look in steps', () => {
  const many = Array.from({ length: 5_000 }, (_, i) => `wm${i}>a`);
  const consents: Record<string, ConsentState> = { 'a:wm7': agreed };
  const large = view({ members: ['a'], seats: ['a'], follows: many, consents });

  it('stops on its way, and finds what a look in one finds', () => {
    const steps = lookInSteps(large, look());
    let stops = 0;
    let step = steps.next();
    for (; !step.done; step = steps.next()) stops++;
    expect(stops).toBeGreaterThan(1);
    const inSteps = conclude(large, look(), { found: step.value, open: [] });
    expect(inSteps).toEqual(afterLook(large, look(), []));
    expect(inSteps).toHaveLength(4_999);
  });

  it('begins no gap that a message has closed meanwhile', () => {
    const steps = lookInSteps(large, look());
    let step = steps.next();
    while (!step.done) step = steps.next();
    consents['a:wm3'] = agreed;
    const told = conclude(large, look(), { found: step.value, open: [] });
    expect(told.some(({ subject }) => subject.id === 'wm3')).toBe(false);
    expect(told).toHaveLength(4_998);
  });
});

describe('a consent in a message', () => {
  const of = { place: 'a', externalId: 'wm1' };
  const tell = (ledger: GapLedger, state: ConsentState['state'], changedAtMs: number): string[] => {
    const told = afterConsent(
      { ...of, state, changedAtMs },
      { nowMs: T0 + HOUR, open: (key) => ledger.openOf(key) },
    );
    ledger.tell(told);
    return told.map(show);
  };

  it('opens and ends gaps at the moment it names', () => {
    const ledger = new GapLedger();
    ledger.tell(afterLook(view({ seats: ['a'], members: ['a'], follows: ['wm1>a'] }), look(), []));
    expect(tell(ledger, 'Disagreed', T0 + 10)).toEqual([
      'ConsentMissing a/wm1 Ended -10',
      'ConsentWithdrawn a/wm1 Open 10-',
    ]);
    expect(tell(ledger, 'Disagreed', T0 + 20)).toEqual([]);
    expect(tell(ledger, 'Unknown', 0)).toEqual([]);
    expect(tell(ledger, 'Agreed', T0 + 30)).toEqual(['ConsentWithdrawn a/wm1 Ended 10-30']);
    expect(ledger.open()).toEqual([]);
  });

  it('uses the moment of capture when WeCom names none', () => {
    expect(tell(new GapLedger(), 'Disagreed', 0)).toEqual([`ConsentWithdrawn a/wm1 Open ${HOUR}-`]);
  });
});
