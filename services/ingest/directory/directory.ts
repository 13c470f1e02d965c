// Who is who, as last heard from WeCom: held in memory while capturing, changed by syncs and by consent messages, and told to the record
// as versioned facts that ride on page manifests.
import type { Consent, ParticipantKind, Sender } from '@menshen/contracts/captured-message';
import type { DirectoryFact } from '@menshen/contracts/directory-facts';

type Unversioned<T> = T extends unknown ? Omit<T, 'version'> : never;
/** A fact before it has a version. */
export type NewFact = Unversioned<DirectoryFact>;
type FactOf<K extends DirectoryFact['kind']> = Extract<DirectoryFact, { kind: K }>;

export class Directory {
  readonly #facts = new Map<string, DirectoryFact>();
  readonly #pending: DirectoryFact[] = [];
  #pendingBytes = 0;
  #version = 0;

  /** `known`: facts the record holds already, so that a restart does not tell them again. */
  constructor(known: readonly DirectoryFact[] = []) {
    for (const fact of known) {
      this.#facts.set(keyOf(fact.kind, fact.id), fact);
      this.#version = Math.max(this.#version, fact.version);
    }
  }

  get version(): number {
    return this.#version;
  }

  /** Takes over what WeCom said; only differences become facts, all of one new version. */
  update(facts: readonly NewFact[]): void {
    const changed = facts.filter((fact) => !this.#says(fact));
    if (changed.length === 0) return;
    this.#version++;
    for (const fact of changed) this.#put({ ...fact, version: this.#version } as DirectoryFact);
  }

  /** Every known id of a kind that is not deleted. */
  ids(kind: DirectoryFact['kind']): string[] {
    return [...this.#facts.values()]
      .filter((fact) => fact.kind === kind && !fact.deleted)
      .map((fact) => fact.id);
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

  /** A participant by id. The form of an id tells insiders from outsiders even before the directory knows them (WeCom developer page p/91774). */
  participant(id: string): Sender {
    const user = this.get('User', id);
    if (user !== undefined)
      return {
        id,
        kind: 'Staff',
        name: user.name,
        departments: user.departmentIds.flatMap((department) => this.#pathOf(department)),
      };
    const kind = kindByForm(id);
    return {
      id,
      kind,
      name: kind === 'External' ? (this.get('ExternalContact', id)?.name ?? '') : '',
      departments: [],
    };
  }

  /** What a contact said about archiving, in a direct conversation with `place` = userid, or in a group with `place` = roomid. */
  consent(place: string, externalId: string): { state: Consent; changedAtMs: number } {
    const fact = this.get('Consent', `${place}:${externalId}`);
    return fact === undefined
      ? { state: 'Unknown', changedAtMs: 0 }
      : { state: fact.state, changedAtMs: fact.changedAtMs };
  }

  get<K extends DirectoryFact['kind']>(kind: K, id: string): FactOf<K> | undefined {
    const fact = this.#facts.get(keyOf(kind, id));
    return fact === undefined || fact.deleted ? undefined : (fact as FactOf<K>);
  }

  #pathOf(departmentId: string): string[] {
    const path = this.get('Department', departmentId)?.path;
    return path === undefined ? [] : [path];
  }

  #says(fact: NewFact): boolean {
    const known = this.#facts.get(keyOf(fact.kind, fact.id));
    return (
      known !== undefined &&
      JSON.stringify({ ...known, version: 0 }, sortKeys(known)) ===
        JSON.stringify({ ...fact, version: 0 }, sortKeys(known))
    );
  }

  #put(fact: DirectoryFact): void {
    this.#facts.set(keyOf(fact.kind, fact.id), fact);
    this.#pending.push(fact);
    this.#pendingBytes += bytesOf(fact);
  }
}

const bytesOf = (fact: DirectoryFact): number => Buffer.byteLength(JSON.stringify(fact)) + 1;

const keyOf = (kind: string, id: string): string => `${kind}\0${id}`;

/** Comparison must not depend on the order in which fields were written; nested lists hold objects whose keys are listed too. */
function sortKeys(fact: DirectoryFact): string[] {
  return [...Object.keys(fact), 'id', 'kind'].sort();
}

function kindByForm(id: string): ParticipantKind {
  if (id === '') return 'Unknown';
  if (/^w[om]/.test(id)) return 'External';
  if (id.startsWith('wb')) return 'Robot';
  return 'Staff';
}
