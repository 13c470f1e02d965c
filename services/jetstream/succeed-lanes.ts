// When a tenant changes between one scanner and several, the new consumers begin where the old ones had not finished.
// What lies between is delivered again and recognised as judged.
import type { JetStreamManager } from '@nats-io/jetstream';
import { type LaneOptions, scannerConsumers } from './consumer-plans.ts';
import { type ConsumerPlan, findConsumer } from './ensure-consumer.ts';

export interface LaneSuccession {
  /** The consumers that are wanted, with the sequence at which those begin that have to be made. */
  readonly plans: readonly ConsumerPlan[];
  /** Consumers of the other configuration. They must go in the end: one that nobody reads would keep the stream from being purged. */
  readonly former: readonly ConsumerPlan[];
}

export async function planSuccession(jsm: JetStreamManager, options: LaneOptions): Promise<LaneSuccession> {
  const former = await listExisting(jsm, scannerConsumers({ ...options, partitioned: !options.partitioned }));
  const floors = former.map(({ floor }) => floor);
  const start = floors.length === 0 ? {} : { startSequence: Math.min(...floors) + 1 };
  return {
    plans: scannerConsumers(options).map((plan) => ({ ...plan, ...start })),
    former: former.map(({ plan }) => plan),
  };
}

async function listExisting(
  jsm: JetStreamManager,
  plans: readonly ConsumerPlan[],
): Promise<readonly { readonly plan: ConsumerPlan; readonly floor: number }[]> {
  const found = await Promise.all(
    plans.map(async (plan) => ({ plan, info: await findConsumer(jsm, plan.stream, plan.name) })),
  );
  return found.flatMap(({ plan, info }) =>
    info === undefined ? [] : [{ plan, floor: info.ack_floor.stream_seq }],
  );
}
