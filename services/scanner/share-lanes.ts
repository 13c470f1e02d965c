// Several scanners share the lanes evenly. The server pins a lane to whoever asked first, so the first scanner to start would keep them all:
// one that holds more than its share hands the rest over, each to a scanner whose pull is waiting for it.
import type { Clock } from '@menshen/contracts/clock';
import type { ConsumerPlan } from '@menshen/jetstream/ensure-consumer';
import type { JetStreamManager } from '@nats-io/jetstream';

export interface LaneHolding {
  /** Lanes this process reads now. */
  readonly pinned: ReadonlySet<string>;
  /** Scanners of the tenant that are alive, this one included. */
  readonly scanners: number;
  readonly lanes: number;
}

/** Lanes to hand over now. */
export function listSurplus({ pinned, scanners, lanes }: LaneHolding): readonly string[] {
  const share = Math.ceil(lanes / Math.max(1, scanners));
  const surplus = pinned.size - share;
  return surplus <= 0 ? [] : [...pinned].slice(-surplus);
}

export interface LaneTools {
  readonly jsm: Pick<JetStreamManager, 'consumers'>;
  readonly clock: Clock;
  readonly sleep: (ms: number) => Promise<void>;
}

/** How long a paused lane may take to be settled before it is kept after all, ms. */
const SETTLE_MS = 3_000;
const LOOK_EVERY_MS = 20;
/** A pause ends by itself, should this process die in it, ms. */
const PAUSE_MS = 10_000;

/** What this process holds of the lanes, from what the transport reports. */
export class LaneShare {
  readonly #tools: LaneTools;
  readonly #pinned = new Set<string>();

  constructor(tools: LaneTools) {
    this.#tools = tools;
  }

  get pinned(): number {
    return this.#pinned.size;
  }

  /** `type` as the client names its notifications. */
  noticed(lane: string, type: string): void {
    if (type === 'consumer_pinned') this.#pinned.add(lane);
    if (type === 'consumer_unpinned' || type === 'consumer_deleted') this.#pinned.delete(lane);
  }

  /** Hands over what is beyond this process's share. */
  async handOver(plans: readonly ConsumerPlan[], scanners: number): Promise<void> {
    const surplus = listSurplus({ pinned: this.#pinned, scanners, lanes: plans.length });
    for (const plan of plans) if (surplus.includes(plan.name)) await this.#handOver(plan);
  }

  /**
   * Closed: nothing more is delivered, then everything delivered is settled, and only then does the lane change hands. Otherwise its next messages
   * would be judged elsewhere before those that this process still has.
   */
  async #handOver(plan: ConsumerPlan): Promise<void> {
    try {
      await this.#pause(plan);
      if (await this.#isSettled(plan, SETTLE_MS)) await this.#unpin(plan);
    } finally {
      await this.#resume(plan);
    }
  }

  /** Before this process stops reading: lets it finish what it has of every lane while nothing more comes. */
  async settleAll(plans: readonly ConsumerPlan[]): Promise<void> {
    await Promise.allSettled(
      this.#held(plans).map(async (plan) => {
        await this.#pause(plan);
        await this.#isSettled(plan, SETTLE_MS);
      }),
    );
  }

  /** Once it has stopped: another takes over at once what is settled; the rest it takes over by itself, a little later. */
  async releaseAll(plans: readonly ConsumerPlan[]): Promise<void> {
    await Promise.allSettled(
      this.#held(plans).map(async (plan) => {
        if (await this.#isSettled(plan, 0)) await this.#unpin(plan);
        await this.#resume(plan);
      }),
    );
  }

  #held(plans: readonly ConsumerPlan[]): readonly ConsumerPlan[] {
    return plans.filter(({ name }) => this.#pinned.has(name));
  }

  async #pause({ stream, name }: ConsumerPlan): Promise<void> {
    const until = new Date(this.#tools.clock.nowMs() + PAUSE_MS);
    await this.#tools.jsm.consumers.pause(stream, name, until);
  }

  async #resume({ stream, name }: ConsumerPlan): Promise<void> {
    await this.#tools.jsm.consumers.resume(stream, name);
  }

  async #unpin({ stream, name, pinned }: ConsumerPlan): Promise<void> {
    if (pinned === undefined) return;
    await this.#tools.jsm.consumers.unpin(stream, name, pinned.group);
    this.#pinned.delete(name);
  }

  async #isSettled({ stream, name }: ConsumerPlan, withinMs: number): Promise<boolean> {
    const { jsm, clock, sleep } = this.#tools;
    const deadlineMs = clock.nowMs() + withinMs;
    for (;;) {
      const { num_ack_pending: pending } = await jsm.consumers.info(stream, name);
      if (pending === 0) return true;
      if (clock.nowMs() >= deadlineMs) return false;
      await sleep(LOOK_EVERY_MS);
    }
  }
}
