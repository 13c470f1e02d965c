// A page names people and groups that the directory has not met: WeCom is asked before the page is stamped, in bounded time.
// What does not answer in time is stamped by the form of its id; the answer still reaches the directory for the next page.
import type { Clock } from '@menshen/contracts/clock';
import type { WeComMessage } from '@menshen/contracts/message';
import type { Logger } from '@menshen/telemetry/logger';
import type { IngestMetrics } from '../ingest-metrics.ts';
import type { ReadEntry } from '../read-entries.ts';
import { unreachable } from '../wecom/classify-errcode.ts';
import type { ServerApi } from '../wecom/server-api.ts';
import {
  type Answer,
  askExternalContact,
  askGroup,
  askRoomConsents,
  askSingleConsents,
  askUser,
} from './ask-directory.ts';
import type { Directory, NewFact } from './directory.ts';
import { limitConcurrency } from './limit-concurrency.ts';

export interface ResolveOptions {
  readonly directory: Directory;
  readonly archiveApi: ServerApi;
  readonly directoryApi: ServerApi | undefined;
  readonly clock: Clock;
  readonly metrics: IngestMetrics;
  readonly logger: Logger;
  readonly isStopping: () => boolean;
  /** Longest wait of a page for answers, ms. */
  readonly patienceMs: number;
}

type Lookup = {
  readonly kind: LookupKind;
  readonly id: string;
  readonly ask: () => Promise<Answer<NewFact[]>>;
};
type LookupKind = 'member' | 'contact' | 'group' | 'consent';

const AT_ONCE = 8;
/** Lookups begun for one page; the rest waits for the next page that names the id. */
const MOST_LOOKUPS = 400;
/** What WeCom does not know is asked again after this, ms. */
const ASK_AGAIN_MS = 10 * 60_000;
const ASK_AGAIN_AFTER_FAULT_MS = 30_000;
const MOST_REMEMBERED = 100_000;

export class ResolveUnknown {
  readonly #options: ResolveOptions;
  /** Lookup → when it may be asked again. Asked ones stay for a while, whatever came of them. */
  readonly #askedUntilMs = new Map<string, number>();

  constructor(options: ResolveOptions) {
    this.#options = options;
  }

  /** Resolves when everything was answered or patience is over. Never rejects. */
  async resolve(entries: readonly ReadEntry[]): Promise<void> {
    const lookups = this.#lookupsOf(entries);
    if (lookups.length === 0) return;
    const asking = limitConcurrency(lookups, AT_ONCE, (lookup) => this.#ask(lookup));
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#options.patienceMs);
    });
    await Promise.race([asking, patience]);
    clearTimeout(timer);
  }

  async #ask({ kind, id, ask }: Lookup): Promise<void> {
    const { directory, metrics, clock, logger, isStopping } = this.#options;
    if (isStopping()) return;
    const answer = await ask().catch((error: unknown): Answer<NewFact[]> => {
      logger.error({ error, kind }, 'a lookup failed unexpectedly');
      return { ok: false, fault: unreachable('a lookup failed unexpectedly') };
    });
    const pause = answer.ok ? ASK_AGAIN_MS : ASK_AGAIN_AFTER_FAULT_MS;
    this.#askedUntilMs.set(`${kind}\0${id}`, clock.nowMs() + pause);
    metrics.lookup(kind, !answer.ok ? 'failed' : answer.value.length > 0 ? 'found' : 'unknown');
    if (answer.ok) directory.update(answer.value);
  }

  #lookupsOf(entries: readonly ReadEntry[]): Lookup[] {
    const lookups = new Map<string, Lookup>();
    const add = (lookup: Lookup): void => {
      const key = `${lookup.kind}\0${lookup.id}`;
      if (lookups.size < MOST_LOOKUPS && !lookups.has(key) && this.#mayAsk(key)) lookups.set(key, lookup);
    };
    const people = new Set<string>();
    const conversations = new Set<string>();
    for (const entry of entries) {
      if (!entry.ok) continue;
      const { message } = entry;
      people.add(message.from);
      for (const id of message.tolist) people.add(id);
      // A page is a few conversations: each sender in each is looked at once.
      const conversation = `${message.from} ${message.roomid === '' ? message.tolist[0] : message.roomid}`;
      if (conversations.has(conversation)) continue;
      conversations.add(conversation);
      this.#addGroup(message.roomid, add);
      this.#addConsent(message, add);
    }
    for (const id of people) this.#addPerson(id, add);
    for (const key of lookups.keys()) this.#askedUntilMs.set(key, Number.MAX_SAFE_INTEGER);
    return [...lookups.values()];
  }

  #addGroup(roomid: string, add: (lookup: Lookup) => void): void {
    const { directory, archiveApi, directoryApi } = this.#options;
    if (roomid === '' || directory.get('Group', roomid) !== undefined) return;
    const apis = { archive: archiveApi, directory: directoryApi };
    add({ kind: 'group', id: roomid, ask: async () => one(await askGroup(apis, roomid)) });
  }

  #addPerson(id: string, add: (lookup: Lookup) => void): void {
    const { directory, directoryApi } = this.#options;
    if (id === '' || directoryApi === undefined || directory.knows(id)) return;
    const { kind } = directory.participant(id);
    if (kind === 'Robot') return;
    const looksExternal = kind === 'External';
    add({
      kind: looksExternal ? 'contact' : 'member',
      id,
      async ask() {
        if (!looksExternal) return one(await askUser(directoryApi, id));
        const contact = one(await askExternalContact(directoryApi, id));
        // A member may be called `wolf`: the form of an id is a hint only.
        return contact.ok && contact.value.length === 0 ? one(await askUser(directoryApi, id)) : contact;
      },
    });
  }

  #addConsent(message: WeComMessage, add: (lookup: Lookup) => void): void {
    const { directory, archiveApi } = this.#options;
    const { from, roomid } = message;
    const [to] = message.tolist;
    const isExternal = (id: string): boolean => directory.participant(id).kind === 'External';
    if (roomid !== '') {
      if (isExternal(from) && directory.get('Consent', `${roomid}:${from}`) === undefined)
        add({ kind: 'consent', id: roomid, ask: () => askRoomConsents(archiveApi, roomid) });
      return;
    }
    if (to === undefined || isExternal(from) === isExternal(to)) return;
    const [userid, externalId] = isExternal(from) ? [to, from] : [from, to];
    const id = `${userid}:${externalId}`;
    if (directory.get('Consent', id) === undefined)
      add({ kind: 'consent', id, ask: () => askSingleConsents(archiveApi, [{ userid, externalId }]) });
  }

  #mayAsk(key: string): boolean {
    const untilMs = this.#askedUntilMs.get(key);
    if (untilMs === undefined) {
      if (this.#askedUntilMs.size >= MOST_REMEMBERED) this.#askedUntilMs.clear();
      return true;
    }
    return untilMs <= this.#options.clock.nowMs();
  }
}

function one(answer: Answer<NewFact | undefined>): Answer<NewFact[]> {
  if (!answer.ok) return answer;
  return { ok: true, value: answer.value === undefined ? [] : [answer.value] };
}
