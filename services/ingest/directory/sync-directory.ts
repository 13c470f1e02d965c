// The regular look at everything WeCom says about departments, members, contacts, groups, permits and consent.
// One question that fails costs its own answer only; what was known stays.
import type { DirectoryFact } from '@menshen/contracts/directory-facts';
import type { SourceFault } from '../wecom/classify-errcode.ts';
import type { ServerApi } from '../wecom/server-api.ts';
import {
  type Answer,
  askCustomerGroups,
  askDepartments,
  askExternalContact,
  askGroup,
  askMembers,
  askPermits,
  askRoomConsents,
  askSingleConsents,
  askUser,
  CONSENT_PAIRS,
  type ConsentPair,
} from './ask-directory.ts';
import type { Directory, NewFact } from './directory.ts';
import { limitConcurrency } from './limit-concurrency.ts';

export interface SyncOptions {
  readonly directory: Directory;
  readonly archiveApi: ServerApi;
  readonly directoryApi: ServerApi | undefined;
  /** Counts syncs: names and contacts that are known are asked again in turns, one part in {@link TURNS} each time. */
  readonly turn: number;
  readonly isStopping: () => boolean;
}

export interface SyncOutcome {
  /** Faults by question; the directory holds what the others answered. */
  readonly faults: readonly { readonly question: string; readonly fault: SourceFault }[];
}

/** A known name is asked again after this many syncs: once a day when they are hourly. */
const TURNS = 24;
const AT_ONCE = 4;

export async function syncDirectory(options: SyncOptions): Promise<SyncOutcome> {
  const sync = new Sync(options);
  await sync.permits();
  if (options.directoryApi !== undefined) {
    await sync.departments(options.directoryApi);
    await sync.members(options.directoryApi);
    await sync.contacts(options.directoryApi);
  }
  await sync.groups();
  await sync.consents();
  return { faults: sync.faults };
}

class Sync {
  readonly faults: { question: string; fault: SourceFault }[] = [];
  readonly #options: SyncOptions;

  constructor(options: SyncOptions) {
    this.#options = options;
  }

  async permits(): Promise<void> {
    const ids = this.#take('permits', await askPermits(this.#options.archiveApi));
    if (ids === undefined) return;
    this.#replace(
      'Permit',
      ids.map((id) => ({ kind: 'Permit', id, deleted: false })),
    );
  }

  async departments(api: ServerApi): Promise<void> {
    const facts = this.#take('departments', await askDepartments(api));
    if (facts !== undefined) this.#replace('Department', facts);
  }

  async members(api: ServerApi): Promise<void> {
    const { directory } = this.#options;
    const members = this.#take('members', await askMembers(api));
    if (members === undefined) return;
    const facts = [...members].map(([id, departmentIds]): NewFact => {
      const name = directory.get('User', id)?.name ?? '';
      return { kind: 'User', id, deleted: false, name, departmentIds };
    });
    this.#replace('User', facts);
    const unnamed = [...members.keys()].filter(
      (id) => directory.get('User', id)?.name === '' || this.#isDue(id),
    );
    await this.#askEach('members', unnamed, (id) => askUser(api, id));
  }

  async contacts(api: ServerApi): Promise<void> {
    const due = this.#options.directory.ids('ExternalContact').filter((id) => this.#isDue(id));
    await this.#askEach('contacts', due, (id) => askExternalContact(api, id));
  }

  async groups(): Promise<void> {
    const { directory, archiveApi, directoryApi } = this.#options;
    const listed =
      directoryApi === undefined ? [] : (this.#take('groups', await askCustomerGroups(directoryApi)) ?? []);
    const apis = { archive: archiveApi, directory: directoryApi };
    await this.#askEach('groups', new Set([...listed, ...directory.ids('Group')]), (id) =>
      askGroup(apis, id),
    );
  }

  /** Pairs and rooms that have, or may have, an external contact. */
  async consents(): Promise<void> {
    const { directory, archiveApi, isStopping } = this.#options;
    const pairs = directory.ids('ExternalContact').flatMap((externalId): ConsentPair[] => {
      const followedBy = directory.get('ExternalContact', externalId)?.followedBy ?? [];
      return followedBy.map((userid) => ({ userid, externalId }));
    });
    for (let from = 0; from < pairs.length && !isStopping(); from += CONSENT_PAIRS) {
      const some = pairs.slice(from, from + CONSENT_PAIRS);
      directory.update(this.#take('consents', await askSingleConsents(archiveApi, some)) ?? []);
    }
    const rooms = directory
      .ids('Group')
      .filter((id) => directory.get('Group', id)?.members.some(({ kind }) => kind === 'External'));
    await limitConcurrency(rooms, AT_ONCE, async (roomid) => {
      if (isStopping()) return;
      directory.update(this.#take('consents', await askRoomConsents(archiveApi, roomid)) ?? []);
    });
  }

  #isDue(id: string): boolean {
    let hash = 0;
    for (let i = 0; i < id.length; i++) hash = (hash * 31 + id.charCodeAt(i)) >>> 0;
    return hash % TURNS === this.#options.turn % TURNS;
  }

  /** One update for many answers: a version of the directory is a state of it, not a drip of ids. */
  async #askEach(
    question: string,
    ids: Iterable<string>,
    ask: (id: string) => Promise<Answer<NewFact | undefined>>,
  ): Promise<void> {
    const facts: NewFact[] = [];
    await limitConcurrency(ids, AT_ONCE, async (id) => {
      // The first fault of a question ends it: the next thousand calls would fail the same way.
      if (this.#options.isStopping() || this.faults.some((known) => known.question === question)) return;
      const fact = this.#take(question, await ask(id));
      if (fact !== undefined) facts.push(fact);
    });
    this.#options.directory.update(facts);
  }

  #take<T>(question: string, answer: Answer<T>): T | undefined {
    if (answer.ok) return answer.value;
    this.faults.push({ question, fault: answer.fault });
    return undefined;
  }

  /** What WeCom no longer lists is told as deleted. */
  #replace(kind: DirectoryFact['kind'], facts: readonly NewFact[]): void {
    const { directory } = this.#options;
    const listed = new Set(facts.map(({ id }) => id));
    const gone = directory.ids(kind).filter((id) => !listed.has(id));
    directory.update([...facts, ...gone.flatMap((id) => this.#deleted(kind, id))]);
  }

  #deleted(kind: DirectoryFact['kind'], id: string): NewFact[] {
    const known = this.#options.directory.get(kind, id);
    return known === undefined ? [] : [{ ...known, deleted: true }];
  }
}
