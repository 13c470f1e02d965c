// How many messages the capture stream holds: what is captured before it is archived.
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
