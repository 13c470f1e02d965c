// Who reads what. One scanner reads everything by one consumer; several share 16 consumers, one for each partition, each read by one
// process at a time and in order (priority policy pinned_client, NATS ≥ 2.11).
import { captureStream, PARTITIONS } from '@menshen/contracts/subjects';
import { type ConsumerPlan, ensureConsumer, findConsumer } from '@menshen/jetstream/ensure-consumer';
import type { JetStreamManager } from '@nats-io/jetstream';

export interface LaneOptions {
  readonly corpId: string;
  readonly partitioned: boolean;
  /** Messages of one batch. */
  readonly batchSize: number;
}

export const PINNED_GROUP = 'scanner';
/** How long one pull of a pinned reader stays open, ms: well below TAKE_OVER_AFTER_MS, so that an idle reader stays pinned. */
export const PINNED_PULL_MS = 3_000;

/**
 * How long the messages of a scanner that died wait before another judges them, ms; one that lives renews it for the batch in hand.
 * Shorter than the take-over: when another process takes a lane over, what its former reader left unacknowledged is due again
 * and comes before anything newer [measured with nats-server 2.15.1].
 */
const ACK_WAIT_MS = 10_000;
const TAKE_OVER_AFTER_MS = 14_000;

/** The consumers of one scanner configuration. */
export function planLanes(options: LaneOptions): readonly ConsumerPlan[] {
  const { corpId, batchSize } = options;
  const stream = captureStream(corpId);
  if (!options.partitioned) {
    return [
      {
        stream,
        name: 'scanner',
        // Everything: with two filters nats-server spends a fifth of its time on finding the next message, and what is no message is seldom.
        filterSubjects: [],
        maxAckPending: 4 * batchSize,
        ackWaitMs: ACK_WAIT_MS,
        acks: 'Explicit',
      },
    ];
  }
  return Array.from({ length: PARTITIONS }, (_, partition) => ({
    stream,
    name: `scanner-${partition}`,
    filterSubjects: [`wecom.${corpId}.message.${partition}.>`, `wecom.${corpId}.enriched.${partition}`],
    maxAckPending: 4 * batchSize,
    ackWaitMs: ACK_WAIT_MS,
    acks: 'Explicit' as const,
    pinned: { group: PINNED_GROUP, takeOverAfterMs: TAKE_OVER_AFTER_MS },
  }));
}

/**
 * Makes the consumers. When the tenant changes between one scanner and several, the new consumers begin where the old ones had not finished,
 * and the old ones go: a consumer that nobody reads would keep the stream from being purged.
 * What lies between is delivered again and recognised as judged.
 */
export async function ensureLanes(
  jsm: JetStreamManager,
  options: LaneOptions,
): Promise<readonly ConsumerPlan[]> {
  const former = await listExisting(jsm, planLanes({ ...options, partitioned: !options.partitioned }));
  const floors = former.map(({ floor }) => floor);
  const start = floors.length === 0 ? {} : { startSequence: Math.min(...floors) + 1 };
  const plans = planLanes(options).map((plan) => ({ ...plan, ...start }));
  for (const plan of plans) await ensureConsumer(jsm, plan);
  for (const { plan } of former) await jsm.consumers.delete(plan.stream, plan.name).catch(() => undefined);
  return plans;
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
