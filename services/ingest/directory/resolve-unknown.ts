// A page names people and groups that the directory has not met, or has not asked about for long: WeCom is asked before the page is stamped,
// in bounded time. What does not answer in time is stamped by what is known; the answer still reaches the directory for the next page.
import type { Clock } from '@menshen/contracts/clock';
import type { WeComMessage } from '@menshen/contracts/message';
import type { Logger } from '@menshen/telemetry/logger';
import type { IngestMetrics } from '../ingest-metrics.ts';
import type { ReadEntry } from '../read-entries.ts';
import { unreachable } from '../wecom/classify-errcode.ts';
import type { AskItems, ItemOutcome } from './ask-items.ts';
import type { Directory } from './directory.ts';
import { type FactAges, ITEMS, type ItemQuestion } from './fact-ages.ts';
import { limitConcurrency } from './limit-concurrency.ts';

export interface ResolveOptions {
  readonly directory: Directory;
  readonly items: Pick<AskItems, 'ask' | 'batchOf' | 'callsLeft'>;
  readonly ages: FactAges;
  readonly clock: Clock;
  readonly metrics: IngestMetrics;
  readonly logger: Logger;
  readonly isStopping: () => boolean;
  /** Longest wait of a page for answers, ms. */
  readonly patienceMs: number;
  /** A message that names something whose answer is older asks again, ms. */
  readonly mentionBoundMs: number;
}

interface Lookup {
  readonly question: ItemQuestion;
  readonly ids: readonly string[];
}
type Add = (question: ItemQuestion, id: string) => void;

const AT_ONCE = 8;
/** Ids looked up for one page; the rest waits for the next page that names them. */
const MOST_IDS = 400;
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

  async #ask({ question, ids }: Lookup): Promise<void> {
    const { items, metrics, clock, logger, isStopping, mentionBoundMs } = this.#options;
    if (isStopping()) return;
    const outcome = await items.ask(question, ids).catch((error: unknown): ItemOutcome => {
      logger.error({ error, question }, 'a lookup failed unexpectedly');
      return { fault: unreachable('a lookup failed unexpectedly') };
    });
    const hasFailed = typeof outcome === 'object';
    const pause = hasFailed ? ASK_AGAIN_AFTER_FAULT_MS : Math.min(ASK_AGAIN_MS, mentionBoundMs);
    for (const id of ids) this.#askedUntilMs.set(`${question}\0${id}`, clock.nowMs() + pause);
    metrics.lookup(question, hasFailed ? 'failed' : outcome === 'Found' ? 'found' : 'unknown');
  }

  #lookupsOf(entries: readonly ReadEntry[]): Lookup[] {
    const wanted = new Map<ItemQuestion, Set<string>>();
    let count = 0;
    const add: Add = (question, id) => {
      const ids = wanted.get(question) ?? new Set<string>();
      if (count >= MOST_IDS || ids.has(id) || !this.#mayAsk(`${question}\0${id}`)) return;
      wanted.set(question, ids.add(id));
      count++;
    };
    const people = new Set<string>();
    // A page is a few conversations: each sender in each is looked at once.
    const seen = new SeenPairs();
    for (const entry of entries) {
      if (!entry.ok) continue;
      const { message } = entry;
      const isNew = seen.add(
        message.from,
        message.roomid === '' ? (message.tolist[0] ?? '') : message.roomid,
      );
      if (isNew || message.tolist.length > 1) addAll(people, message);
      if (!isNew) continue;
      this.#addGroup(message.roomid, add);
      this.#addConsent(message, add);
    }
    for (const id of people) this.#addPerson(id, add);
    return ITEMS.flatMap((question) => this.#callsFor(question, wanted.get(question) ?? new Set()));
  }

  /** What the quota does not allow now is asked when the next page names it. */
  #callsFor(question: ItemQuestion, ids: ReadonlySet<string>): Lookup[] {
    const { items } = this.#options;
    const size = items.batchOf(question);
    const all = [...ids].slice(0, items.callsLeft(question, 'Question') * size);
    for (const id of all) this.#askedUntilMs.set(`${question}\0${id}`, Number.MAX_SAFE_INTEGER);
    const lookups: Lookup[] = [];
    for (let from = 0; from < all.length; from += size)
      lookups.push({ question, ids: all.slice(from, from + size) });
    return lookups;
  }

  #addGroup(roomid: string, add: Add): void {
    if (roomid === '') return;
    if (this.#options.directory.get('Group', roomid) === undefined || this.#isOld('group', roomid))
      add('group', roomid);
  }

  #addPerson(id: string, add: Add): void {
    if (id === '') return;
    const { directory } = this.#options;
    const { kind } = directory.participant(id);
    if (kind === 'Robot') {
      if (directory.get('Robot', id) === undefined || this.#isOld('robot', id)) add('robot', id);
      return;
    }
    const question = kind === 'External' ? 'contact' : 'member';
    if (!directory.knows(id) || this.#isOld(question, id)) add(question, id);
  }

  #addConsent(message: WeComMessage, add: Add): void {
    const { directory } = this.#options;
    const { from, roomid } = message;
    const [to] = message.tolist;
    const isExternal = (id: string): boolean => directory.participant(id).kind === 'External';
    const isWanted = (question: ItemQuestion, key: string, id: string): boolean =>
      directory.get('Consent', id) === undefined || this.#isOld(question, key);
    if (roomid !== '') {
      if (isExternal(from) && isWanted('room-consent', roomid, `${roomid}:${from}`))
        add('room-consent', roomid);
      return;
    }
    if (to === undefined || isExternal(from) === isExternal(to)) return;
    const id = isExternal(from) ? `${to}:${from}` : `${from}:${to}`;
    if (isWanted('direct-consent', id, id)) add('direct-consent', id);
  }

  #isOld(question: ItemQuestion, id: string): boolean {
    return this.#options.ages.isOlder(question, id, this.#options.mentionBoundMs);
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

function addAll(people: Set<string>, { from, tolist }: WeComMessage): void {
  people.add(from);
  for (const id of tolist) people.add(id);
}

/** Pairs of sender and place, without making a string of each. */
class SeenPairs {
  readonly #places = new Map<string, Set<string>>();

  /** False when the pair was there. */
  add(from: string, place: string): boolean {
    const places = this.#places.get(from);
    if (places?.has(place) === true) return false;
    if (places === undefined) this.#places.set(from, new Set([place]));
    else places.add(place);
    return true;
  }
}
