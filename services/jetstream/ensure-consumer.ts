// Durable consumers: made once, compared afterwards, re-made when they are missing.
import {
  AckPolicy,
  type ConsumerConfig,
  type ConsumerInfo,
  DeliverPolicy,
  JetStreamApiError,
  type JetStreamManager,
} from '@nats-io/jetstream';

export interface ConsumerPlan {
  readonly stream: string;
  readonly name: string;
  /** Empty = everything in the stream. */
  readonly filterSubjects: readonly string[];
  /** Unsettled messages after which the server delivers no more. */
  readonly maxAckPending: number;
  /** Silence after which an unsettled message is delivered again, ms. */
  readonly ackWaitMs: number;
  /** `All`: one acknowledgement settles everything before it; only for a consumer that one process reads in order. */
  readonly acks: 'Explicit' | 'All';
  /** One process at a time reads it (`pinned_client`); another takes over after this silence, ms. */
  readonly pinned?: { readonly group: string; readonly takeOverAfterMs: number };
  /** Stream sequence of the first message of a new consumer; default the stream's first. */
  readonly startSequence?: number;
}

/** Makes the consumer where it is missing. Poison is decided by the handler, never by a delivery count: `max_deliver` is −1. */
export async function ensureConsumer(jsm: JetStreamManager, plan: ConsumerPlan): Promise<ConsumerInfo> {
  const existing = await findConsumer(jsm, plan.stream, plan.name);
  if (existing === undefined) return await jsm.consumers.add(plan.stream, consumerConfigOf(plan));
  const { filter_subjects, max_ack_pending, ack_wait } = consumerConfigOf(plan);
  const current = existing.config;
  const same =
    sameSet(
      current.filter_subjects ?? (current.filter_subject === undefined ? [] : [current.filter_subject]),
      filter_subjects ?? [],
    ) &&
    current.max_ack_pending === max_ack_pending &&
    current.ack_wait === ack_wait;
  if (same) return existing;
  return await jsm.consumers.update(plan.stream, plan.name, {
    max_ack_pending: plan.maxAckPending,
    ack_wait: plan.ackWaitMs * NANOS_PER_MS,
    ...(filter_subjects === undefined ? {} : { filter_subjects }),
  });
}

const NANOS_PER_MS = 1_000_000;

/** What a consumer of this plan is made with. */
export function consumerConfigOf(plan: ConsumerPlan): Partial<ConsumerConfig> & { durable_name: string } {
  return {
    durable_name: plan.name,
    ack_policy: plan.acks === 'All' ? AckPolicy.All : AckPolicy.Explicit,
    ack_wait: plan.ackWaitMs * NANOS_PER_MS,
    max_deliver: -1,
    max_ack_pending: plan.maxAckPending,
    ...(plan.startSequence === undefined
      ? { deliver_policy: DeliverPolicy.All }
      : { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: plan.startSequence }),
    ...(plan.filterSubjects.length === 0 ? {} : { filter_subjects: [...plan.filterSubjects] }),
    ...(plan.pinned === undefined
      ? {}
      : {
          priority_groups: [plan.pinned.group],
          priority_policy: 'pinned_client',
          priority_timeout: plan.pinned.takeOverAfterMs * NANOS_PER_MS,
        }),
  };
}

/** `undefined` when the consumer or its stream does not exist. */
export async function findConsumer(
  jsm: JetStreamManager,
  stream: string,
  name: string,
): Promise<ConsumerInfo | undefined> {
  try {
    return await jsm.consumers.info(stream, name);
  } catch (error) {
    if (error instanceof JetStreamApiError && NOT_FOUND.has(error.code)) return undefined;
    throw error;
  }
}

/** nats-server errors.json: JSConsumerNotFoundErr, JSStreamNotFoundErr. */
const NOT_FOUND = new Set([10014, 10059]);

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((entry) => b.includes(entry));
}
