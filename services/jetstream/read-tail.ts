// Reading what is already stored, from a position to the end: how a role rebuilds what it knows after a crash.
// Through a consumer and not by direct get, because a direct get may be answered by a replica that lags behind.
import {
  DeliverPolicy,
  type JetStreamClient,
  type JsMsg,
  type OrderedConsumerOptions,
} from '@nats-io/jetstream';

export interface Tail {
  readonly stream: string;
  readonly subject: string;
  /** First stream sequence, or first time of storage, to read. */
  readonly from: { readonly sequence: number } | { readonly storedAtMs: number };
  /** True to read no payloads. */
  readonly headersOnly?: boolean;
}

const MESSAGES_PER_FETCH = 500;
/** Longest wait for one fetch, ms. Only an outage makes it last that long, because what is asked for is already stored. */
const FETCH_MS = 5_000;

/**
 * Hands every message of the subject that is stored when the call begins to `take`, in stream order, and perhaps some that came since;
 * `take` ends the reading by returning `false`.
 * Rejects when the stream cannot be read to its end: half an answer would pass for a whole one.
 */
export async function readTail(
  js: JetStreamClient,
  tail: Tail,
  take: (message: JsMsg) => unknown,
): Promise<void> {
  const consumer = await js.consumers.get(tail.stream, optionsOf(tail));
  try {
    if ((await consumer.info(true)).num_pending === 0) return;
    for (let reachedEnd = false; !reachedEnd; ) {
      let received = 0;
      const messages = await consumer.fetch({ max_messages: MESSAGES_PER_FETCH, expires: FETCH_MS });
      for await (const message of messages) {
        received++;
        if (take(message) === false) return;
        reachedEnd = message.info.pending === 0;
        if (reachedEnd) break;
      }
      if (received === 0)
        throw new Error(`cannot read ${tail.subject} of ${tail.stream} to its end: no message came`);
    }
  } finally {
    // It would disappear by itself after its inactivity threshold; a failure to delete it is not worth failing for.
    await consumer.delete().catch(() => undefined);
  }
}

function optionsOf(tail: Tail): Partial<OrderedConsumerOptions> {
  return {
    filter_subjects: tail.subject,
    headers_only: tail.headersOnly ?? false,
    ...('sequence' in tail.from
      ? { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: Math.max(1, tail.from.sequence) }
      : {
          deliver_policy: DeliverPolicy.StartTime,
          opt_start_time: new Date(tail.from.storedAtMs).toISOString(),
        }),
  };
}
