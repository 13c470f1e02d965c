// One question about one id (or up to 100 pairs), from whoever asks it: the schedule, or a message. The answer goes into the directory,
// its time into the ages; what an answer no longer names is told as gone.
import type { SourceFault } from '../wecom/classify-errcode.ts';
import type { ApiBudget, Share } from './api-budget.ts';
import {
  type Answer,
  askExternalContact,
  askRobot,
  askRoomConsents,
  askSingleConsents,
  askUser,
  CONSENT_PAIRS,
  type DirectoryApi,
} from './ask-directory.ts';
import { askGroup, type GroupAnswer } from './ask-group.ts';
import type { Directory, NewFact } from './directory.ts';
import type { FactAges, ItemQuestion } from './fact-ages.ts';

export interface AskItemsOptions {
  readonly directory: Directory;
  /** Both count their calls in `budget`. */
  readonly archiveApi: DirectoryApi;
  readonly directoryApi: DirectoryApi | undefined;
  readonly ages: FactAges;
  readonly budget: ApiBudget;
}

/** `Found`: WeCom said something about at least one id. */
export type ItemOutcome = 'Found' | 'Unknown' | { readonly fault: SourceFault };

/** The interface whose limit a question runs into first. */
const PATHS: Readonly<Record<ItemQuestion, string>> = {
  member: '/cgi-bin/user/get',
  contact: '/cgi-bin/externalcontact/get',
  group: '/cgi-bin/msgaudit/groupchat/get',
  robot: '/cgi-bin/msgaudit/get_robot_info',
  'room-consent': '/cgi-bin/msgaudit/check_room_agree',
  'direct-consent': '/cgi-bin/msgaudit/check_single_agree',
};

export class AskItems {
  readonly #options: AskItemsOptions;

  constructor(options: AskItemsOptions) {
    this.#options = options;
  }

  /** How many ids go into one call. */
  batchOf(question: ItemQuestion): number {
    return question === 'direct-consent' ? CONSENT_PAIRS : 1;
  }

  /** Calls that may still go in this minute; 0 too when there is no secret for the interface. */
  callsLeft(question: ItemQuestion, share: Share): number {
    const { budget, directoryApi } = this.#options;
    const needsContacts = question === 'member' || question === 'contact';
    return needsContacts && directoryApi === undefined ? 0 : budget.left(PATHS[question], share);
  }

  /** Asks about ids of one call. A fault leaves everything as it was. */
  async ask(question: ItemQuestion, ids: readonly string[]): Promise<ItemOutcome> {
    const answer = await this.#askWeCom(question, ids);
    if (!answer.ok) return { fault: answer.fault };
    for (const id of ids) this.#options.ages.answered(question, id);
    this.#options.directory.update(answer.value);
    return answer.value.some((fact) => !fact.deleted) ? 'Found' : 'Unknown';
  }

  async #askWeCom(question: ItemQuestion, ids: readonly string[]): Promise<Answer<NewFact[]>> {
    const { archiveApi, directoryApi } = this.#options;
    const [id = ''] = ids;
    switch (question) {
      case 'member':
        return directoryApi === undefined ? NOTHING : listOf(await askUser(directoryApi, id));
      case 'contact':
        return directoryApi === undefined ? NOTHING : await this.#askContact(directoryApi, id);
      case 'group':
        return await this.#askGroup(id);
      case 'robot':
        return this.#orGone('Robot', id, listOf(await askRobot(archiveApi, id)));
      case 'room-consent':
        return await askRoomConsents(archiveApi, id);
      case 'direct-consent':
        return await askSingleConsents(archiveApi, ids.flatMap(pairOf));
    }
  }

  async #askContact(api: DirectoryApi, id: string): Promise<Answer<NewFact[]>> {
    const contact = listOf(await askExternalContact(api, id));
    if (!contact.ok || contact.value.length > 0) return contact;
    if (this.#options.directory.get('ExternalContact', id) !== undefined)
      return this.#orGone('ExternalContact', id, contact);
    // A member may be called `wolf`: the form of an id is a hint only.
    return listOf(await askUser(api, id));
  }

  async #askGroup(id: string): Promise<Answer<NewFact[]>> {
    const { directory, archiveApi, directoryApi } = this.#options;
    const known = directory.get('Group', id);
    // Without the secret for customer groups nobody can say that one is gone.
    if (known?.type === 'Customer' && directoryApi === undefined) return NOTHING;
    const answer = await askGroup({ archive: archiveApi, directory: directoryApi }, id, known?.type);
    if (!answer.ok) return answer;
    // It was a group, and now neither interface knows it: dissolved.
    if (known?.resolved === true && !answer.value.group.resolved)
      return { ok: true, value: [{ ...known, deleted: true }, ...this.#membersGone(id, [])] };
    return { ok: true, value: this.#factsOf(answer.value) };
  }

  #factsOf({ group, members }: GroupAnswer): NewFact[] {
    return members === undefined ? [group] : [group, ...members, ...this.#membersGone(group.id, members)];
  }

  /** Who was in the group and is not among `members`. */
  #membersGone(roomid: string, members: readonly { readonly memberId: string }[]): NewFact[] {
    const stay = new Set(members.map(({ memberId }) => memberId));
    return [...this.#options.directory.membersOf(roomid).values()]
      .filter(({ memberId }) => !stay.has(memberId))
      .map((fact) => ({ ...fact, deleted: true }));
  }

  #orGone(kind: 'Robot' | 'ExternalContact', id: string, answer: Answer<NewFact[]>): Answer<NewFact[]> {
    const known = this.#options.directory.get(kind, id);
    if (!answer.ok || answer.value.length > 0 || known === undefined) return answer;
    return { ok: true, value: [{ ...known, deleted: true }] };
  }
}

const NOTHING: Answer<NewFact[]> = { ok: true, value: [] };

function listOf(answer: Answer<NewFact | undefined>): Answer<NewFact[]> {
  if (!answer.ok) return answer;
  return { ok: true, value: answer.value === undefined ? [] : [answer.value] };
}

/** Neither kind of id may hold a colon. */
function pairOf(id: string): { userid: string; externalId: string }[] {
  const [userid, externalId] = id.split(':');
  return userid === undefined || externalId === undefined ? [] : [{ userid, externalId }];
}
