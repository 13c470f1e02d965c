// WeCom's limits shared among the kinds of calls that fall under them: each kind has a share, what one does not use another borrows, and a floor
// is never lent. Pure: it counts calls and says when the next may go; whoever calls does the waiting.
import type { Clock } from '@menshen/contracts/clock';

/** A limit of WeCom on one interface. */
export interface QuotaLimit<A extends string> {
  readonly api: A;
  readonly calls: number;
  readonly windowMs: number;
}

export interface QuotaClass<A extends string> {
  readonly api: A;
  /** Share of each limit of the interface, against the weights of its other classes. */
  readonly weight: number;
  /**
   * This class may always call once in this time, ms: so many places are never lent to others. Absent = everything unused is lent.
   * Where a limit is too small for that, an equal part of it is kept instead.
   */
  readonly everyMs?: number;
}

export interface QuotaPlan<C extends string, A extends string> {
  readonly limits: readonly QuotaLimit<A>[];
  readonly classes: Readonly<Record<C, QuotaClass<A>>>;
}

/** What a window is counted in: a call counts until its whole slot has left the window. */
const SLOTS = 60;

export class ShareQuota<C extends string, A extends string> {
  readonly #plan: QuotaPlan<C, A>;
  readonly #clock: Clock;
  readonly #windows: readonly Window<C>[];
  readonly #pausedUntilMs = new Map<A, number>();

  constructor(plan: QuotaPlan<C, A>, clock: Clock) {
    this.#plan = plan;
    this.#clock = clock;
    this.#windows = plan.limits.map((limit) => new Window(limit, classesOf(plan, limit.api)));
  }

  /** Takes a place and returns 0, or returns how long to wait before asking again, ms; then nothing is taken. */
  takeOrWaitMs(of: C): number {
    const now = this.#clock.nowMs();
    const pausedMs = (this.#pausedUntilMs.get(this.#plan.classes[of].api) ?? now) - now;
    if (pausedMs > 0) return pausedMs;
    const windows = this.#windows.filter((window) => window.concerns(of));
    // Every window is asked, so that each knows who waits.
    const waitMs = Math.max(0, ...windows.map((window) => window.waitMs(of, now)));
    if (waitMs > 0) return waitMs;
    for (const window of windows) window.take(of, now);
    return 0;
  }

  /** WeCom refuses calls of this kind: nothing on the same interface goes out for so long; other interfaces go on. */
  pause(of: C, ms: number): void {
    const { api } = this.#plan.classes[of];
    const untilMs = this.#clock.nowMs() + ms;
    this.#pausedUntilMs.set(api, Math.max(untilMs, this.#pausedUntilMs.get(api) ?? untilMs));
  }
}

function classesOf<C extends string, A extends string>(
  plan: QuotaPlan<C, A>,
  api: A,
): readonly (readonly [C, QuotaClass<A>])[] {
  return (Object.entries(plan.classes) as [C, QuotaClass<A>][]).filter(([, { api: own }]) => own === api);
}

/** What one class has of one limit. */
interface Place {
  /** Calls in the window that are its own while it wants them. */
  readonly share: number;
  /** Of those, calls that are its own always. */
  readonly floor: number;
  /** Calls by slot. */
  readonly slots: Map<number, number>;
  used: number;
  /** Refused and not served since: what it has not used of its share is kept for it until then. */
  wantsUntilMs: number;
}

/** One limit, counted over a sliding window in slots. */
class Window<C extends string> {
  readonly #calls: number;
  readonly #windowMs: number;
  readonly #slotMs: number;
  readonly #places: ReadonlyMap<C, Place>;

  constructor(limit: QuotaLimit<string>, classes: readonly (readonly [C, QuotaClass<string>])[]) {
    this.#calls = limit.calls;
    this.#windowMs = limit.windowMs;
    this.#slotMs = Math.max(1, Math.ceil(limit.windowMs / SLOTS));
    const weights = classes.reduce((sum, [, { weight }]) => sum + weight, 0);
    this.#places = new Map(
      classes.map(([name, { weight, everyMs }]) => {
        // One more than fit into the longest time a call counts: the next one is due while they all still count.
        const most = Math.floor((limit.windowMs + this.#slotMs) / (everyMs ?? Infinity)) + 1;
        const floor = everyMs === undefined ? 0 : Math.min(most, Math.floor(limit.calls / classes.length));
        const share = Math.max(floor, Math.floor((limit.calls * weight) / weights));
        return [name, { share, floor, slots: new Map(), used: 0, wantsUntilMs: 0 }];
      }),
    );
  }

  concerns(of: C): boolean {
    return this.#places.has(of);
  }

  /** 0 when one more call of this class may go now. */
  waitMs(of: C, now: number): number {
    const place = this.#place(of);
    this.#forget(now);
    if (this.#sum(({ used }) => used) + this.#keptFor(of, place, now) < this.#calls) return 0;
    // Longer than any wait it is told.
    place.wantsUntilMs = now + this.#windowMs + 2 * this.#slotMs;
    return this.#untilSlotLeaves(now);
  }

  take(of: C, now: number): void {
    const place = this.#place(of);
    const slot = Math.floor(now / this.#slotMs);
    place.slots.set(slot, (place.slots.get(slot) ?? 0) + 1);
    place.used++;
    place.wantsUntilMs = 0;
  }

  /** Places that others may still claim: none against a floor, floors against a share, waiting shares against a borrower. */
  #keptFor(of: C, { used, floor, share }: Place, now: number): number {
    if (used < floor) return 0;
    const borrows = used >= share;
    let kept = 0;
    for (const [name, other] of this.#places) {
      if (name === of) continue;
      const claim = borrows && other.wantsUntilMs > now ? other.share : other.floor;
      kept += Math.max(0, claim - other.used);
    }
    return kept;
  }

  /** Calls whose whole slot lies outside the window. */
  #forget(now: number): void {
    const oldest = this.#oldestSlot(now);
    for (const place of this.#places.values())
      for (const [slot, count] of place.slots) {
        if (slot >= oldest) break;
        place.slots.delete(slot);
        place.used -= count;
      }
  }

  #oldestSlot(now: number): number {
    return Math.floor((now - this.#windowMs) / this.#slotMs);
  }

  #untilSlotLeaves(now: number): number {
    const firsts = [...this.#places.values()].flatMap(({ slots }) => [...slots.keys()].slice(0, 1));
    const leavesAtMs = (Math.min(...firsts) + 1) * this.#slotMs + this.#windowMs;
    return Math.max(1, Number.isFinite(leavesAtMs) ? leavesAtMs - now : this.#slotMs);
  }

  #place(of: C): Place {
    const place = this.#places.get(of);
    if (place === undefined) throw new Error(`no class ${of} falls under this limit`);
    return place;
  }

  #sum(value: (place: Place) => number): number {
    return [...this.#places.values()].reduce((sum, place) => sum + value(place), 0);
  }
}
