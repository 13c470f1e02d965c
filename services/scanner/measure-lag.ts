// How far judging is behind capturing: how many messages wait, and since when the oldest does. Asked of the server, so it holds for all replicas.
import type { Clock } from '@menshen/contracts/clock';
import type { ConsumerPlan } from '@menshen/jetstream/ensure-consumer';
import type { ConsumerInfo, JetStreamManager } from '@nats-io/jetstream';
import type { LaneLag } from './scanner-metrics.ts';

export interface MeasuredLag {
  readonly lanes: readonly LaneLag[];
  /** Every message up to this stream sequence is acknowledged by its consumer. */
  readonly lowestFloor: number;
}

export async function measureLag(
  jsm: JetStreamManager,
  plans: readonly ConsumerPlan[],
  clock: Clock,
): Promise<MeasuredLag> {
  const lastSequence = await lastSequenceOf(jsm, plans);
  const infos = await Promise.all(plans.map((plan) => jsm.consumers.info(plan.stream, plan.name)));
  const lanes = await Promise.all(infos.map((info) => laneLag(jsm, info, clock)));
  return { lanes, lowestFloor: Math.min(...infos.map((info) => floorOf(info, lastSequence))) };
}

/** Asked before the consumers are: what comes in between counts as not acknowledged. */
async function lastSequenceOf(jsm: JetStreamManager, plans: readonly ConsumerPlan[]): Promise<number> {
  const stream = plans[0]?.stream;
  return stream === undefined ? 0 : (await jsm.streams.info(stream)).state.last_seq;
}

/** The floor of an idle consumer stays where its last message was, or at 0 when it never had one. */
function floorOf(info: ConsumerInfo, lastSequence: number): number {
  const idle = info.num_pending + info.num_ack_pending === 0;
  return idle ? lastSequence : info.ack_floor.stream_seq;
}

async function laneLag(jsm: JetStreamManager, info: ConsumerInfo, clock: Clock): Promise<LaneLag> {
  const pending = info.num_pending + info.num_ack_pending;
  if (pending === 0) return { consumer: info.name, pending, oldestPendingMs: 0 };
  const stored = await Promise.all(
    (info.config.filter_subjects ?? []).map((subject) => firstAfter(jsm, info, subject)),
  );
  const times = stored.filter((time) => time !== undefined);
  const oldestPendingMs = times.length === 0 ? 0 : Math.max(0, clock.nowMs() - Math.min(...times));
  return { consumer: info.name, pending, oldestPendingMs };
}

/** When the first message of the subject behind the ack floor was stored, ms; `undefined` when there is none. */
async function firstAfter(
  jsm: JetStreamManager,
  info: ConsumerInfo,
  subject: string,
): Promise<number | undefined> {
  const query = { seq: info.ack_floor.stream_seq + 1, next_by_subj: subject };
  const message = await jsm.streams.getMessage(info.stream_name, query);
  return message?.time.getTime();
}
