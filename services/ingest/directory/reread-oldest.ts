// Reads again what WeCom tells id by id: the oldest answers first, as many in a minute as our share of WeCom's limits allows.
// So a large corporation is read evenly instead of in a burst each hour, and nothing known is older than its bound unless the quota is used up.

import type { AskItems } from './ask-items.ts';
import type { Directory } from './directory.ts';
import type { FactAges, ItemQuestion } from './fact-ages.ts';
import { limitConcurrency } from './limit-concurrency.ts';
import type { QuestionFault } from './sync-directory.ts';

export interface RereadOptions {
  readonly directory: Directory;
  readonly items: AskItems;
  readonly ages: FactAges;
  /** Time between two full reads of the directory, ms. */
  readonly refreshMs: number;
  readonly isStopping: () => boolean;
}

/** Age at which an answer is asked for again, in full reads. What decides over messages comes with each, names of outsiders more seldom. */
const EVERY: Readonly<Record<ItemQuestion, number>> = {
  group: 1,
  'room-consent': 1,
  'direct-consent': 1,
  member: 1,
  contact: 6,
  robot: 24,
};
/** Groups and contacts first: they say whose consent is to be asked for. */
const ORDER: readonly ItemQuestion[] = [
  'group',
  'member',
  'contact',
  'robot',
  'room-consent',
  'direct-consent',
];
const AT_ONCE = 4;

export class RereadOldest {
  readonly #options: RereadOptions;
  #listedGroups: readonly string[] = [];

  constructor(options: RereadOptions) {
    this.#options = options;
  }

  /** Customer groups that WeCom lists, whether a message came from them or not. */
  listed(groups: readonly string[]): void {
    this.#listedGroups = groups;
  }

  /** Asks what is due, within the minute's share. The first fault of a question ends it for this time: the next thousand would fail alike. */
  async step(): Promise<readonly QuestionFault[]> {
    const faults: QuestionFault[] = [];
    for (const question of ORDER) {
      const fault = await this.#step(question);
      if (fault !== undefined) faults.push(fault);
    }
    return faults;
  }

  async #step(question: ItemQuestion): Promise<QuestionFault | undefined> {
    const { items, ages, refreshMs, isStopping } = this.#options;
    const due = ages.due(question, this.#idsOf(question), refreshMs * EVERY[question]);
    const batches = batchesOf(due, items.batchOf(question)).slice(0, items.callsLeft(question, 'Schedule'));
    let found: QuestionFault | undefined;
    await limitConcurrency(batches, AT_ONCE, async (ids) => {
      if (found !== undefined || isStopping()) return;
      const outcome = await items.ask(question, ids);
      if (typeof outcome === 'object') found ??= { question, fault: outcome.fault };
    });
    return found;
  }

  #idsOf(question: ItemQuestion): Set<string> {
    const { directory } = this.#options;
    switch (question) {
      case 'member':
        return new Set(directory.ids('User'));
      case 'contact':
        return new Set(directory.ids('ExternalContact'));
      case 'group':
        return new Set([...this.#listedGroups, ...directory.ids('Group')]);
      case 'robot':
        return new Set(directory.ids('Robot'));
      case 'room-consent':
        return new Set(directory.ids('Group').filter((id) => directory.hasOutsider(id)));
      case 'direct-consent':
        return this.#pairs();
    }
  }

  /** Every contact with every member who has it, and the pairs that were learnt from messages. */
  #pairs(): Set<string> {
    const { directory } = this.#options;
    const pairs = new Set<string>();
    for (const id of directory.ids('ExternalContact'))
      for (const { userId } of directory.get('ExternalContact', id)?.followedBy ?? [])
        pairs.add(`${userId}:${id}`);
    for (const id of directory.ids('Consent')) if (!isOfRoom(id, directory)) pairs.add(id);
    return pairs;
  }
}

/** Group ids begin with `wr` (WeCom developer page p/91774); a member's id may too. */
function isOfRoom(consentId: string, directory: Directory): boolean {
  const place = consentId.slice(0, consentId.indexOf(':'));
  return directory.get('Group', place) !== undefined || (place.startsWith('wr') && !directory.knows(place));
}

function batchesOf(ids: readonly string[], size: number): string[][] {
  const batches: string[][] = [];
  for (let from = 0; from < ids.length; from += size) batches.push(ids.slice(from, from + size));
  return batches;
}
