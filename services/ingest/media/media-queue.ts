// Which message's files are fetched next. Three kinds of work share the bandwidth by weight, in bytes: what is about to expire, what was just
// said, and everything between. Within each the earliest deadline first, which for a backlog is the oldest first. Pure.

/** The files of one message. */
export interface MediaWork<T> {
  /** Unique; breaks ties. */
  readonly id: number;
  /** When WeCom drops the files, ms. */
  readonly deadlineMs: number;
  /** Bytes of all its files as claimed. */
  readonly sizeBytes: number;
  readonly value: T;
}

/** `kind`: as what it was taken. */
export type TakenWork<T> = MediaWork<T> & { readonly kind: WorkKind };

const HOUR_MS = 3_600_000;
const WINDOW_MS = 5 * 24 * HOUR_MS;
/** Less than this is left: in danger. */
export const DANGER_MS = 24 * HOUR_MS;
/** More than this is left: just said. */
export const FRESH_LEFT_MS = WINDOW_MS - HOUR_MS / 4;

/** In order of precedence where two are owed the same. */
export const WORK_KINDS = ['Danger', 'Fresh', 'Backlog'] as const;
export type WorkKind = (typeof WORK_KINDS)[number];
const WEIGHTS: Readonly<Record<WorkKind, number>> = { Danger: 8, Fresh: 3, Backlog: 1 };

/** What fetching nothing costs: a call, about a chunk's worth. */
const LEAST_COST_BYTES = 524_288;

export class MediaQueue<T> {
  /** By deadline: so the kinds are three runs of it, and time moves only their borders. */
  readonly #works: MediaWork<T>[] = [];
  /** Start-time fair queueing: where each kind's next file begins, in bytes by weight; the clock is the start of the one served last. */
  readonly #nextStart: Record<WorkKind, number> = { Danger: 0, Fresh: 0, Backlog: 0 };
  #clock = 0;

  get size(): number {
    return this.#works.length;
  }

  add(work: MediaWork<T>): void {
    const before = (other: MediaWork<T>): boolean =>
      other.deadlineMs < work.deadlineMs || (other.deadlineMs === work.deadlineMs && other.id < work.id);
    this.#works.splice(firstNot(this.#works, before), 0, work);
  }

  /** Removes and gives what is due next among works of at most `largestBytes`; `undefined` when there is none. */
  take(nowMs: number, largestBytes: number): TakenWork<T> | undefined {
    const freshFrom = firstNot(this.#works, ({ deadlineMs }) => deadlineMs < nowMs + FRESH_LEFT_MS);
    const dangerTo = firstNot(this.#works, ({ deadlineMs }) => deadlineMs < nowMs + DANGER_MS);
    const firsts: Record<WorkKind, number> = {
      Danger: this.#firstOf(0, dangerTo, largestBytes),
      Fresh: this.#firstOf(freshFrom, this.#works.length, largestBytes),
      Backlog: this.#firstOf(dangerTo, freshFrom, largestBytes),
    };
    const kind = WORK_KINDS.filter((name) => firsts[name] >= 0).reduce<WorkKind | undefined>(
      (best, name) => (best === undefined || this.#startOf(name) < this.#startOf(best) ? name : best),
      undefined,
    );
    if (kind === undefined) return undefined;
    const [work] = this.#works.splice(firsts[kind], 1);
    this.#clock = this.#startOf(kind);
    this.#nextStart[kind] = this.#clock + Math.max(LEAST_COST_BYTES, work?.sizeBytes ?? 0) / WEIGHTS[kind];
    return work === undefined ? undefined : { ...work, kind };
  }

  /** Empties it. */
  clear(): readonly MediaWork<T>[] {
    return this.#works.splice(0);
  }

  /** A kind that had nothing to do for a while has no claim on the time it left unused. */
  #startOf(kind: WorkKind): number {
    return Math.max(this.#clock, this.#nextStart[kind]);
  }

  #firstOf(from: number, to: number, largestBytes: number): number {
    for (let i = from; i < to; i++) if ((this.#works[i]?.sizeBytes ?? 0) <= largestBytes) return i;
    return -1;
  }
}

/** Index of the first for which `holds` is false; it is true up to there and false from there on. */
function firstNot<T>(works: readonly MediaWork<T>[], holds: (work: MediaWork<T>) => boolean): number {
  let low = 0;
  let high = works.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const work = works[middle];
    if (work !== undefined && holds(work)) low = middle + 1;
    else high = middle;
  }
  return low;
}
