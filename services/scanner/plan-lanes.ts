// Who reads what. One scanner reads everything by one consumer; several share 16 consumers, one for each partition, each read by one
// process at a time and in order.
import type { LaneOptions } from '@menshen/jetstream/consumer-plans';
import { type ConsumerPlan, ensureConsumer } from '@menshen/jetstream/ensure-consumer';
import { planSuccession } from '@menshen/jetstream/succeed-lanes';
import type { JetStreamManager } from '@nats-io/jetstream';

export {
  type LaneOptions,
  SCANNER_GROUP as PINNED_GROUP,
  scannerConsumers as planLanes,
} from '@menshen/jetstream/consumer-plans';

/** How long one pull of a pinned reader stays open, ms: well below the take-over, so that an idle reader stays pinned. */
export const PINNED_PULL_MS = 3_000;

/**
 * Makes the consumers, and removes those of the other configuration once the new ones are there: a consumer that nobody reads would keep
 * the stream from being purged.
 */
export async function ensureLanes(
  jsm: JetStreamManager,
  options: LaneOptions,
): Promise<readonly ConsumerPlan[]> {
  const { plans, former } = await planSuccession(jsm, options);
  for (const plan of plans) await ensureConsumer(jsm, plan);
  for (const plan of former) await jsm.consumers.delete(plan.stream, plan.name).catch(() => undefined);
  return plans;
}
