// Who is who, as last heard from WeCom: held in memory while capturing, changed by answers and by consent messages, and told to the record
// as versioned facts that ride on page manifests.
import type { Consent, Sender } from '@menshen/contracts/captured-message';
import type { Clock } from '@menshen/contracts/clock';
import type { DirectoryFact } from '@menshen/contracts/directory-facts';

type Heard<T> = T extends unknown ? Omit<T, 'version' | 'validFromMs' | 'observedAtMs'> : never;
/** A fact as WeCom said it, before it has a version and times. */
export type NewFact = Heard<DirectoryFact>;
export type FactOf<K extends DirectoryFact['kind']> = Extract<DirectoryFact, { kind: K }>;

interface ConsentChange {
  readonly state: FactOf<'Consent'>['state'];
  readonly changedAtMs: number;
  readonly version: number;
}

/** Consent changes remembered for each contact and place: enough to judge a message that arrives late. */
const MOST_CHANGES = 8;
const NOBODY: ReadonlyMap<string, FactOf<'GroupMember'>> = new Map();

export class Directory {
  readonly #clock: Clock;
  readonly #facts: { readonly [K in DirectoryFact['kind']]: Map<string, FactOf<K>> } = {
    Department: new Map(),
    User: new Map(),
    ExternalContact: new Map(),
    Group: new Map(),
    GroupMember: new Map(),
    Permit: new Map(),
    Consent: new Map(),
    Robot: new Map(),
  };
  readonly #pending: DirectoryFact[] = [];
  #pendingBytes = 0;
  #version = 0;
  /** Made on demand, thrown away when anything changes: every message asks for its participants. */
  readonly #participants = new Map<string, Sender>();
  /** roomid → member id → the fact; those who left are not in it. */
  readonly #membersOf = new Map<string, Map<string, FactOf<'GroupMember'>>>();
  /** Ids that a group lists as staff although the contacts interface has not named them. */
  readonly #staffOfGroups = new Set<string>();
  readonly #consents = new Map<string, ConsentChange[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get version(): number {
    return this.#version;
  }

  /** Takes over facts that the record holds already, in any order, so that they are not told again. The newest version of each wins. */
  adopt(known: readonly DirectoryFact[]): void {
    for (const fact of known) {
      if ((this.#mapOf(fact.kind).get(fact.id)?.version ?? 0) < fact.version) this.#keep(fact);
      // An earlier consent still decides over messages that come late.
      else if (fact.kind === 'Consent') this.#keepConsent(fact);
      this.isAtLeast(fact.version);
    }
  }

  /** Takes over what WeCom said; only differences become facts, all of one new version. Of an id that is named twice the last counts. */
  update(facts: readonly NewFact[]): void {
    const news = facts.filter((fact) => this.#isNews(fact));
    if (news.length === 0) return;
    const changed = new Map(news.map((fact) => [`${fact.kind}\0${fact.id}`, fact])).values();
    this.#version++;
    const observedAtMs = this.#clock.nowMs();
    for (const fact of changed) {
      const validFromMs = changeTimeOf(fact) || observedAtMs;
      const versioned = { ...fact, version: this.#version, validFromMs, observedAtMs } as DirectoryFact;
      this.#keep(versioned);
      this.#pending.push(versioned);
      this.#pendingBytes += bytesOf(versioned);
    }
  }

  /** Every known id of a kind that is not deleted. */
  ids(kind: DirectoryFact['kind']): string[] {
    const facts = [...this.#mapOf(kind).values()];
    return facts.filter((fact) => !fact.deleted).map((fact) => fact.id);
  }

  /** Facts not yet told to the record, as many as fit into `maxBytes` of JSON, at least one. */
  pending(maxBytes: number): readonly DirectoryFact[] {
    let bytes = 0;
    const end = this.#pending.findIndex((fact, index) => {
      bytes += bytesOf(fact);
      return index > 0 && bytes > maxBytes;
    });
    return end < 0 ? this.#pending.slice() : this.#pending.slice(0, end);
  }

  /** Size of everything not yet told, bytes of JSON. */
  pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Versions of an earlier process are never used again. */
  isAtLeast(version: number): void {
    this.#version = Math.max(this.#version, version);
  }

  /** The first `count` pending facts are in the record now. */
  told(count: number): void {
    for (const fact of this.#pending.splice(0, count)) this.#pendingBytes -= bytesOf(fact);
  }

  /** A participant by id; the kind is Unknown only when nothing that WeCom said, and not even the form of the id, tells it. */
  participant(id: string): Sender {
    const known = this.#participants.get(id);
    if (known !== undefined) return known;
    const made = this.#makeParticipant(id);
    this.#participants.set(id, made);
    return made;
  }

  #makeParticipant(id: string): Sender {
    const user = this.get('User', id);
    if (user !== undefined) {
      const departments = user.departmentIds.flatMap((department) => this.#pathOf(department)).sort();
      return { id, kind: 'Staff', name: user.name, departments };
    }
    const contact = this.get('ExternalContact', id);
    if (contact !== undefined) return { id, kind: 'External', name: contact.name, departments: [] };
    const robot = this.get('Robot', id);
    if (robot !== undefined) return { id, kind: 'Robot', name: robot.name, departments: [] };
    const isStaff = this.get('Permit', id) !== undefined || this.#staffOfGroups.has(id);
    return { id, kind: isStaff ? 'Staff' : kindByForm(id), name: '', departments: [] };
  }

  /** True when WeCom has said something about this id. */
  knows(id: string): boolean {
    return this.get('User', id) !== undefined || this.get('ExternalContact', id) !== undefined;
  }

  /** Who is in a group now, by id; empty when nobody knows. */
  membersOf(roomid: string): ReadonlyMap<string, FactOf<'GroupMember'>> {
    return this.#membersOf.get(roomid) ?? NOBODY;
  }

  /** True when the group has an external member. */
  hasOutsider(roomid: string): boolean {
    for (const { memberKind } of this.membersOf(roomid).values()) if (memberKind === 'External') return true;
    return false;
  }

  /**
   * What a contact had said about archiving at a moment, in a direct conversation with `place` = userid, or in a group with `place` = roomid.
   * `atMs` 0 asks for the newest state.
   */
  consent(place: string, externalId: string, atMs: number): Consent {
    const changes = this.#consents.get(`${place}:${externalId}`);
    if (changes === undefined) return 'Unknown';
    if (atMs === 0) return changes.at(-1)?.state ?? 'Unknown';
    return changes.findLast((change) => change.changedAtMs <= atMs)?.state ?? 'Unknown';
  }

  get<K extends DirectoryFact['kind']>(kind: K, id: string): FactOf<K> | undefined {
    const fact = this.#facts[kind].get(id);
    return fact === undefined || fact.deleted ? undefined : fact;
  }

  #mapOf(kind: DirectoryFact['kind']): Map<string, DirectoryFact> {
    return this.#facts[kind] as Map<string, DirectoryFact>;
  }

  #pathOf(departmentId: string): string[] {
    const path = this.get('Department', departmentId)?.path;
    return path === undefined ? [] : [path];
  }

  #isNews(fact: NewFact): boolean {
    const known = this.#mapOf(fact.kind).get(fact.id);
    if (known === undefined) return !fact.deleted;
    // WeCom's consent interface may lag behind the consent message: an older change never replaces a newer one.
    if (fact.kind === 'Consent' && known.kind === 'Consent' && fact.changedAtMs < known.changedAtMs)
      return false;
    return canonical(known) !== canonical(fact);
  }

  #keep(fact: DirectoryFact): void {
    this.#mapOf(fact.kind).set(fact.id, fact);
    if (fact.kind === 'GroupMember') this.#keepMember(fact);
    else if (fact.kind === 'Consent') this.#keepConsent(fact);
    else this.#participants.clear();
  }

  #keepMember(fact: FactOf<'GroupMember'>): void {
    const members = this.#membersOf.get(fact.groupId) ?? new Map<string, FactOf<'GroupMember'>>();
    if (fact.deleted) members.delete(fact.memberId);
    else members.set(fact.memberId, fact);
    this.#membersOf.set(fact.groupId, members);
    if (fact.memberKind !== 'Staff' || this.#staffOfGroups.has(fact.memberId)) return;
    this.#staffOfGroups.add(fact.memberId);
    this.#participants.delete(fact.memberId);
  }

  #keepConsent(fact: FactOf<'Consent'>): void {
    const { state, changedAtMs, version } = fact;
    const before = this.#consents.get(fact.id) ?? [];
    if (before.some((change) => change.version === version)) return;
    // WeCom's times are whole seconds: what was told later counts later.
    const changes = [...before, { state, changedAtMs, version }].sort(
      (a, b) => a.changedAtMs - b.changedAtMs || a.version - b.version,
    );
    this.#consents.set(fact.id, changes.slice(-MOST_CHANGES));
  }
}

/** When WeCom says that it changed; 0 when it does not say. */
function changeTimeOf(fact: NewFact): number {
  if (fact.deleted) return 0;
  if (fact.kind === 'Consent') return fact.changedAtMs;
  return fact.kind === 'GroupMember' ? fact.joinedAtMs : 0;
}

const bytesOf = (fact: DirectoryFact): number => Buffer.byteLength(JSON.stringify(fact)) + 1;

/** What WeCom said, without version and times, and whatever the order in which fields were written. */
function canonical(fact: DirectoryFact | NewFact): string {
  const said = { ...fact, version: 0, validFromMs: 0, observedAtMs: 0 };
  return JSON.stringify(Object.entries(said).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** External contacts begin with `wo` or `wm`, robots with `wb` (WeCom developer page p/91774). A member's id may be anything. */
function kindByForm(id: string): Sender['kind'] {
  if (/^w[om]/.test(id)) return 'External';
  return id.startsWith('wb') ? 'Robot' : 'Unknown';
}
