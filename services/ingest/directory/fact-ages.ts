// When WeCom last answered each question. An answer that changes nothing writes no fact, so the record cannot tell how fresh it is: this can.
import type { Clock } from '@menshen/contracts/clock';

/** Lists are read whole, one answer for all. */
export const LISTS = ['permits', 'departments', 'members', 'customer-groups'] as const;
export type ListQuestion = (typeof LISTS)[number];
/** Questions about one id each (`direct-consent`: `<userid>:<externalid>`, up to 100 in a call). */
export const ITEMS = ['member', 'contact', 'group', 'robot', 'room-consent', 'direct-consent'] as const;
export type ItemQuestion = (typeof ITEMS)[number];
export type Question = ListQuestion | ItemQuestion;

interface Age {
  readonly wantedSinceMs: number;
  readonly answeredAtMs?: number;
}

/** The id of a list. */
export const WHOLE = '';

export class FactAges {
  readonly #clock: Clock;
  readonly #ages = new Map<Question, Map<string, Age>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  answered(question: Question, id: string, atMs = this.#clock.nowMs()): void {
    const ages = this.#agesOf(question);
    ages.set(id, { wantedSinceMs: ages.get(id)?.wantedSinceMs ?? atMs, answeredAtMs: atMs });
  }

  /** True when there is no answer, or one that is `olderThanMs`. */
  isOlder(question: Question, id: string, olderThanMs: number): boolean {
    const answeredAtMs = this.#agesOf(question).get(id)?.answeredAtMs;
    return answeredAtMs === undefined || this.#clock.nowMs() - answeredAtMs > olderThanMs;
  }

  /**
   * These are the ids that matter from now on: others are forgotten. Gives those whose answer is `everyMs` old or missing, the oldest first.
   */
  due(question: ItemQuestion, ids: ReadonlySet<string>, everyMs: number): string[] {
    const now = this.#clock.nowMs();
    const ages = this.#agesOf(question);
    for (const id of ages.keys()) if (!ids.has(id)) ages.delete(id);
    for (const id of ids) if (!ages.has(id)) ages.set(id, { wantedSinceMs: now });
    const answeredAt = (id: string): number => ages.get(id)?.answeredAtMs ?? Number.NEGATIVE_INFINITY;
    return [...ids]
      .filter((id) => now - answeredAt(id) >= everyMs)
      .sort((a, b) => (answeredAt(a) < answeredAt(b) ? -1 : answeredAt(a) > answeredAt(b) ? 1 : 0));
  }

  /** Age of the oldest answer of each question that was ever asked, ms; one that never came counts from when it was wanted. */
  oldest(): Map<Question, number> {
    const now = this.#clock.nowMs();
    const oldest = new Map<Question, number>();
    for (const [question, ages] of this.#ages) {
      let age = 0;
      for (const { wantedSinceMs, answeredAtMs } of ages.values())
        age = Math.max(age, now - (answeredAtMs ?? wantedSinceMs));
      oldest.set(question, age);
    }
    return oldest;
  }

  #agesOf(question: Question): Map<string, Age> {
    const ages = this.#ages.get(question) ?? new Map<string, Age>();
    this.#ages.set(question, ages);
    return ages;
  }
}
