// What the capture stream knows before ClickHouse does: how many messages it holds, and how many of them wait for whom.
import { captureStream } from '@menshen/contracts/subjects';
import type { connectNats } from '@menshen/jetstream/connect-nats';

export type Nats = Awaited<ReturnType<typeof connectNats>>;

/** Asks the server; 0 while the stream is not there yet. */
export async function countStreamMessages(nats: Nats, corpId: string): Promise<number> {
  const question = JSON.stringify({ subjects_filter: `wecom.${corpId}.message.>` });
  const answer = await nats.request(`$JS.API.STREAM.INFO.${captureStream(corpId)}`, question);
  const { state } = answer.json<{ state?: { subjects?: Record<string, number> } }>();
  return Object.values(state?.subjects ?? {}).reduce((sum, count) => sum + count, 0);
}

export interface StreamLag {
  /** Messages the scanners have not settled. */
  readonly toJudge: number;
  /** Events the archiver has not settled. */
  readonly toArchive: number;
}

interface ConsumerInfo {
  readonly name: string;
  readonly num_pending: number;
  readonly num_ack_pending: number;
}

/** Asks the server; nothing waits while there are no consumers yet. */
export async function readLag(nats: Nats, corpId: string): Promise<StreamLag> {
  const answer = await nats.request(`$JS.API.CONSUMER.LIST.${captureStream(corpId)}`, '{}');
  const { consumers = [] } = answer.json<{ consumers?: readonly ConsumerInfo[] }>();
  const waiting = (role: string): number =>
    consumers
      .filter(({ name }) => name.startsWith(role))
      .reduce((sum, { num_pending, num_ack_pending }) => sum + num_pending + num_ack_pending, 0);
  return { toJudge: waiting('scanner'), toArchive: waiting('archiver') };
}
