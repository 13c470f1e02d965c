// Several scanners share the lanes evenly. The server pins a lane to whoever asked first, so the first scanner to start would keep them all:
// one that holds more than its share hands the rest over, each to a scanner whose pull is waiting for it.
import type { ConsumerPlan } from '@menshen/jetstream/ensure-consumer';
import type { JetStreamManager } from '@nats-io/jetstream';

export interface LaneHolding {
  /** Lanes this process reads now. */
  readonly pinned: ReadonlySet<string>;
  /** Lanes with a batch in hand: handed over now, their next messages could be judged elsewhere before it. */
  readonly busy: ReadonlySet<string>;
  /** Scanners of the tenant that are alive, this one included. */
  readonly scanners: number;
  readonly lanes: number;
}

/** Lanes to hand over now. A surplus of busy lanes waits for the next time. */
export function listSurplus({ pinned, busy, scanners, lanes }: LaneHolding): readonly string[] {
  const share = Math.ceil(lanes / Math.max(1, scanners));
  const surplus = pinned.size - share;
  return surplus <= 0 ? [] : [...pinned].filter((lane) => !busy.has(lane)).slice(-surplus);
}

/** What this process holds of the lanes, from what the transport reports. */
export class LaneShare {
  readonly #jsm: JetStreamManager;
  readonly #pinned = new Set<string>();
  readonly #busy = new Set<string>();

  constructor(jsm: JetStreamManager) {
    this.#jsm = jsm;
  }

  get pinned(): number {
    return this.#pinned.size;
  }

  /** `type` as the client names its notifications. */
  noticed(lane: string, type: string): void {
    if (type === 'consumer_pinned') this.#pinned.add(lane);
    if (type === 'consumer_unpinned' || type === 'consumer_deleted') this.#pinned.delete(lane);
  }

  /** Runs `work` on a batch of the lane. */
  async inHand<T>(lane: string, work: () => Promise<T>): Promise<T> {
    this.#busy.add(lane);
    try {
      return await work();
    } finally {
      this.#busy.delete(lane);
    }
  }

  /** Hands over what is beyond this process's share. */
  async handOver(plans: readonly ConsumerPlan[], scanners: number): Promise<void> {
    const holding = { pinned: this.#pinned, busy: this.#busy, scanners, lanes: plans.length };
    for (const name of listSurplus(holding)) {
      const plan = plans.find((one) => one.name === name);
      if (plan?.pinned === undefined) continue;
      await this.#jsm.consumers.unpin(plan.stream, plan.name, plan.pinned.group);
      this.#pinned.delete(name);
    }
  }
}
