// Who is not covered, as far as WeCom's own lists say it: members without a seat, members the app may not see, contacts that have not agreed,
// rooms nobody can look into. Pure: the directory after a look, and what is known already, give what changes.
import type { CoverageGap, GapCause, GapSubject } from '@menshen/contracts/coverage-gap';

/** What is asked of the directory. What WeCom has not been asked, or has not answered, is not known, and nothing is decided about it. */
export interface CoverageView {
  /** Whether WeCom has told these lists. */
  knows(list: 'Seats' | 'Members'): boolean;
  /** Members whom the contacts interface names. */
  members(): Iterable<string>;
  isMember(id: string): boolean;
  /** Members whose messages are archived. */
  seats(): Iterable<string>;
  hasSeat(id: string): boolean;
  /** Every contact with each member who has it among the customers. */
  follows(): Iterable<{ readonly externalId: string; readonly userid: string }>;
  rooms(): Iterable<Room>;
  /** What WeCom said; `undefined` when it said nothing. */
  consent(place: string, externalId: string): ConsentState | undefined;
  /** Whether WeCom has been asked, and has answered. */
  hasAskedConsent(place: string, externalId: string): boolean;
}

export interface Room {
  readonly id: string;
  readonly resolved: boolean;
  readonly staff: readonly string[];
  readonly external: readonly string[];
}

export interface ConsentState {
  readonly state: 'Agreed' | 'Disagreed' | 'Unknown';
  /** 0 when WeCom does not say. */
  readonly changedAtMs: number;
}

/** One look at what the directory holds now. */
export interface Look {
  readonly atMs: number;
  /** The look before: what is new now began after it. `undefined` for the first look of a process. */
  readonly beforeMs: number | undefined;
  /** Members that messages named, as sender or recipient. */
  readonly seen: ReadonlySet<string>;
}

/** New gaps, and those of `open` that have ended. */
export function afterLook(view: CoverageView, look: Look, open: readonly CoverageGap[]): CoverageGap[] {
  const steps = lookInSteps(view, look);
  let step = steps.next();
  while (!step.done) step = steps.next();
  return conclude(view, look, { found: step.value, open });
}

/** What a look finds, by {@link keyOfGap}. Stops between slices, so that a large directory holds up nobody for long. */
export function* lookInSteps(view: CoverageView, look: Look): Generator<void, LookResult> {
  const found = new Map<string, Found | Undecided>();
  let examined = 0;
  for (const one of findAll(view, look)) {
    if (one !== undefined) found.set(keyOfGap(one), one);
    if (++examined % SLICE === 0) yield;
  }
  return found;
}

export type LookResult = ReadonlyMap<string, Found | Undecided>;

/** Pairs and members examined at a time: some milliseconds. */
const SLICE = 2_000;

/** As {@link afterLook}, after a look in steps. `open` is of now; what a message has settled between the steps is no gap any more. */
export function conclude(
  view: CoverageView,
  look: Look,
  { found, open }: { readonly found: LookResult; readonly open: readonly CoverageGap[] },
): CoverageGap[] {
  const known = new Map(open.map((gap) => [keyOfGap(gap), gap]));
  const begun = [...found].flatMap(([key, one]) =>
    known.has(key) || one.source === undefined || !stillHolds(view, one) ? [] : [begin(one, look)],
  );
  const ended = [...known]
    .filter(([key, gap]) => isDecided(view, gap) && !found.has(key))
    .map(([, gap]): CoverageGap => ({ ...gap, state: 'Ended', toMs: endOf(view, gap) ?? look.atMs }));
  return [...ended, ...begun];
}

function stillHolds(view: CoverageView, { cause, subject }: Found): boolean {
  if (subject.kind !== 'ExternalContact') return true;
  return consentGap(view, { place: subject.place, externalId: subject.id })?.cause === cause;
}

/** Whether the lists that a gap rests on are known, so that it is over when it is not found. */
function isDecided(view: CoverageView, { cause, subject }: CoverageGap): boolean {
  if (subject.kind === 'Corp') return false;
  if (cause === 'MemberHidden') return view.knows('Seats') && view.knows('Members');
  return cause === 'RoomUnresolved' || view.knows('Seats');
}

/** The same thing is missing: at most one gap of it is open at a time. */
export const keyOfGap = ({ cause, subject }: { cause: GapCause; subject: GapSubject }): string =>
  `${cause}\0${subject.kind}\0${subject.place}\0${subject.id}`;

interface Found {
  readonly cause: GapCause;
  readonly subject: GapSubject;
  readonly source: CoverageGap['source'];
  readonly detail: string;
  readonly sinceMs?: number;
}

/** It may be missing or not: what is known to be open stays so. */
interface Undecided {
  readonly cause: GapCause;
  readonly subject: GapSubject;
  readonly source?: undefined;
}

function begin(found: Found, look: Pick<Look, 'atMs' | 'beforeMs'>): CoverageGap {
  const { cause, subject, source, detail, sinceMs } = found;
  const fromMs = sinceMs ?? look.beforeMs;
  return {
    id: `${cause}:${subject.place === '' ? '' : `${subject.place}:`}${subject.id}:${sinceMs ?? look.atMs}`,
    cause,
    state: 'Open',
    subject,
    ...(fromMs === undefined ? {} : { fromMs }),
    detectedAtMs: look.atMs,
    source,
    detail,
  };
}

/** A consent says itself when it changed. */
function endOf(view: CoverageView, { subject }: CoverageGap): number | undefined {
  if (subject.kind !== 'ExternalContact') return undefined;
  const consent = view.consent(subject.place, subject.id);
  return consent?.state === 'Agreed' && consent.changedAtMs > 0 ? consent.changedAtMs : undefined;
}

/** `undefined`: examined, and nothing is missing. */
function* findAll(view: CoverageView, look: Look): Generator<Found | Undecided | undefined> {
  if (view.knows('Seats')) {
    yield* findMembers(view, look);
    yield* findConsents(view);
  }
  yield* findRooms(view);
}

function* findMembers(view: CoverageView, { seen }: Look): Generator<Found | undefined> {
  const found = (cause: GapCause, id: string, [source, detail]: Why): Found => ({
    cause,
    subject: { kind: 'Member', id, place: '' },
    source,
    detail,
  });
  for (const id of view.members())
    yield view.hasSeat(id) ? undefined : found('PermitMissing', id, ['Permits', WITHOUT_SEAT]);
  const strangers = [...seen].filter((id) => !view.hasSeat(id) && !view.isMember(id));
  for (const id of strangers) yield found('PermitMissing', id, ['Message', SEEN_WITHOUT_SEAT]);
  if (!view.knows('Members')) return;
  for (const id of view.seats())
    if (!view.isMember(id)) yield found('MemberHidden', id, ['Permits', HIDDEN_WITH_SEAT]);
  for (const id of strangers) yield found('MemberHidden', id, ['Message', HIDDEN_BUT_SEEN]);
}

type Why = readonly [source: CoverageGap['source'], detail: string];

const WITHOUT_SEAT =
  'in the directory, but not on the list of members whose messages are archived: give the member a seat, or mind that none is in force beyond the quota';
const SEEN_WITHOUT_SEAT =
  'took part in archived conversations, but is not on the list of members whose messages are archived: other conversations are not captured';
const HIDDEN_WITH_SEAT =
  'has a seat, but the contacts interface does not name the member: put the department into the visible range of the app';
const HIDDEN_BUT_SEEN =
  'took part in archived conversations, but the contacts interface does not name the member: outside the visible range of the app, or gone';

/** Each contact with each member who follows it and has a seat, and in each group where such a member is. */
function* findConsents(view: CoverageView): Generator<Found | Undecided | undefined> {
  for (const { externalId, userid } of view.follows())
    yield view.hasSeat(userid) ? consentGap(view, { place: userid, externalId }) : undefined;
  for (const { id, staff, external } of view.rooms())
    if (staff.some((member) => view.hasSeat(member)))
      for (const externalId of external) yield consentGap(view, { place: id, externalId });
}

function consentGap(
  view: CoverageView,
  { place, externalId }: { readonly place: string; readonly externalId: string },
): Found | Undecided | undefined {
  const consent = view.consent(place, externalId);
  if (consent?.state === 'Agreed') return undefined;
  const of = { subject: { kind: 'ExternalContact', id: externalId, place }, source: 'Consents' } as const;
  if (consent === undefined && !view.hasAskedConsent(place, externalId))
    return { cause: 'ConsentMissing', subject: of.subject };
  if (consent?.state !== 'Disagreed') return { ...of, cause: 'ConsentMissing', detail: NEVER_AGREED };
  if (consent.changedAtMs === 0) return { ...of, cause: 'ConsentWithdrawn', detail: DISAGREED };
  return { ...of, cause: 'ConsentWithdrawn', detail: DISAGREED, sinceMs: consent.changedAtMs };
}

const DISAGREED = 'the contact does not agree to archiving: WeCom archives nothing of this conversation';
const NEVER_AGREED =
  'WeCom names no consent of the contact here: what it writes is archived only once it agrees';

function* findRooms(view: CoverageView): Generator<Found> {
  for (const { id, resolved } of view.rooms())
    if (!resolved)
      yield {
        cause: 'RoomUnresolved',
        subject: { kind: 'Room', id, place: '' },
        source: 'Groups',
        detail:
          'neither interface tells the members of this group: who else reads and writes there is not known',
      };
}

/** A consent that changed between two looks: the customer said so in a message. `open` finds an open gap by {@link keyOfGap}. */
export function afterConsent(
  consent: ConsentState & { readonly place: string; readonly externalId: string },
  of: { readonly nowMs: number; readonly open: (key: string) => CoverageGap | undefined },
): CoverageGap[] {
  const { state, place, externalId } = consent;
  const subject: GapSubject = { kind: 'ExternalContact', id: externalId, place };
  const atMs = consent.changedAtMs === 0 ? of.nowMs : consent.changedAtMs;
  const find = (cause: GapCause): CoverageGap[] => {
    const gap = of.open(keyOfGap({ cause, subject }));
    return gap === undefined ? [] : [gap];
  };
  const missing = find('ConsentMissing');
  const withdrawn = find('ConsentWithdrawn');
  const end = (gaps: CoverageGap[]): CoverageGap[] =>
    gaps.map((gap) => ({ ...gap, state: 'Ended', toMs: atMs }));
  if (state === 'Unknown') return [];
  if (state === 'Agreed') return end([...missing, ...withdrawn]);
  if (withdrawn.length > 0) return end(missing);
  const found: Found = {
    cause: 'ConsentWithdrawn',
    subject,
    source: 'Consents',
    detail: DISAGREED,
    sinceMs: atMs,
  };
  return [...end(missing), begin(found, { atMs: of.nowMs, beforeMs: undefined })];
}
