// The regular look at what WeCom tells as whole lists: seats, departments, members, customer groups. What is not in a list any more is gone.
// What WeCom tells id by id (names, contacts, group members, consent) is read by reread-oldest.ts.
// One question that fails costs its own answer only; what was known stays.
import type { DirectoryFact } from '@menshen/contracts/directory-facts';
import type { SourceFault } from '../wecom/classify-errcode.ts';
import {
  type Answer,
  askCustomerGroups,
  askDepartments,
  askMembers,
  askPermits,
  type DirectoryApi,
} from './ask-directory.ts';
import type { Directory, NewFact } from './directory.ts';
import { type FactAges, type ListQuestion, WHOLE } from './fact-ages.ts';

export interface SyncOptions {
  readonly directory: Directory;
  readonly archiveApi: DirectoryApi;
  readonly directoryApi: DirectoryApi | undefined;
  readonly ages: FactAges;
  /** userid → departments as the list last gave them; kept by the caller from one look to the next, and changed here. */
  readonly listed: Map<string, string>;
}

export interface QuestionFault {
  readonly question: string;
  readonly fault: SourceFault;
}

export interface SyncOutcome {
  /** Faults by question; the directory holds what the others answered. */
  readonly faults: readonly QuestionFault[];
  /** Every customer group, as listed just now; empty when nobody can list them. */
  readonly customerGroups: readonly string[];
}

export async function syncDirectory(options: SyncOptions): Promise<SyncOutcome> {
  const sync = new Sync(options);
  const { directoryApi } = options;
  await sync.permits();
  if (directoryApi === undefined) return { faults: sync.faults, customerGroups: [] };
  await sync.departments(directoryApi);
  await sync.members(directoryApi);
  const customerGroups = sync.take('customer-groups', await askCustomerGroups(directoryApi)) ?? [];
  return { faults: sync.faults, customerGroups };
}

class Sync {
  readonly faults: QuestionFault[] = [];
  readonly #options: SyncOptions;

  constructor(options: SyncOptions) {
    this.#options = options;
  }

  async permits(): Promise<void> {
    const permits = this.take('permits', await askPermits(this.#options.archiveApi));
    if (permits === undefined) return;
    this.#replace(
      'Permit',
      [...permits].map(([id, editions]) => ({ kind: 'Permit', id, deleted: false, editions })),
    );
  }

  async departments(api: DirectoryApi): Promise<void> {
    const facts = this.take('departments', await askDepartments(api));
    if (facts !== undefined) this.#replace('Department', facts);
  }

  /** The list has departments but no names: those come member by member. */
  async members(api: DirectoryApi): Promise<void> {
    const { directory, listed } = this.#options;
    const members = this.take('members', await askMembers(api));
    if (members === undefined) return;
    const facts = [...members].map(([id, departmentIds]): NewFact => {
      const known = directory.get('User', id);
      // The interface for one member may see other departments. A list that says what it said before does not take them back:
      // the two would contradict each other every hour for ever.
      const isNews = listed.get(id) !== departmentIds.join();
      const settled = isNews || known === undefined ? departmentIds : known.departmentIds;
      return { kind: 'User', id, deleted: false, name: known?.name ?? '', departmentIds: settled };
    });
    this.#replace('User', facts);
    listed.clear();
    for (const [id, departmentIds] of members) listed.set(id, departmentIds.join());
  }

  take<T>(question: ListQuestion, answer: Answer<T>): T | undefined {
    if (answer.ok) {
      this.#options.ages.answered(question, WHOLE);
      return answer.value;
    }
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
