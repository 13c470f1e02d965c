// Streams are a buffer, the record is elsewhere: what every consumer has acknowledged and what is old enough goes.
import type { JetStreamManager, MsgRequest } from '@nats-io/jetstream';

export interface PurgeLimits {
  readonly stream: string;
  /** Messages stored at or after this time stay, ms since the epoch. */
  readonly storedBeforeMs: number;
  /** The first sequence that must stay whatever its age, e.g. the newest manifest. */
  readonly keepFrom?: number;
}

/** Removes what may go; the number of messages removed. A stream without a durable consumer keeps everything. */
export async function purgeStream(jsm: JetStreamManager, limits: PurgeLimits): Promise<number> {
  const { state } = await jsm.streams.info(limits.stream);
  const acknowledged = await lowestAckFloor(jsm, limits.stream);
  if (acknowledged === undefined || state.messages === 0) return 0;
  const end = Math.min(acknowledged + 1, state.last_seq + 1, limits.keepFrom ?? Number.MAX_SAFE_INTEGER);
  const keepFrom = await firstStoredSince(jsm, limits, [state.first_seq, end]);
  if (keepFrom <= state.first_seq) return 0;
  const { purged } = await jsm.streams.purge(limits.stream, { seq: keepFrom });
  return purged;
}

async function lowestAckFloor(jsm: JetStreamManager, stream: string): Promise<number | undefined> {
  let lowest: number | undefined;
  for await (const { config, ack_floor } of jsm.consumers.list(stream)) {
    // Ordered consumers are readers of the moment: they acknowledge nothing and wait for nothing.
    if (config.durable_name === undefined) continue;
    lowest = Math.min(lowest ?? Number.MAX_SAFE_INTEGER, ack_floor.stream_seq);
  }
  return lowest;
}

/** The first sequence in [from, end) stored at or after the limit, `end` when there is none. Times grow with sequences, so it is searched by halves. */
async function firstStoredSince(
  jsm: JetStreamManager,
  { stream, storedBeforeMs }: PurgeLimits,
  [from, end]: readonly [number, number],
): Promise<number> {
  let [low, high] = [from, end];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const message = await jsm.streams.getMessage(stream, nextFrom(middle));
    if (message === null || message.seq >= high || message.time.getTime() >= storedBeforeMs) high = middle;
    else low = message.seq + 1;
  }
  return low;
}

/** The server's STREAM.MSG.GET takes both fields: the first message at or after the sequence. The client's type allows only one. */
const nextFrom = (seq: number): MsgRequest => ({ seq, next_by_subj: '>' }) as MsgRequest;
