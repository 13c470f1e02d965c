// How many messages that could not be read are in the capture stream.
import { captureStream, deadSubject } from '@menshen/contracts/subjects';
import type { JetStreamManager } from '@nats-io/jetstream';

/** Rejects when JetStream does not answer, or there is no stream yet. */
export async function countDeadLetters(
  jsm: Pick<JetStreamManager, 'streams'>,
  corpId: string,
): Promise<number> {
  const info = await jsm.streams.info(captureStream(corpId), { subjects_filter: deadSubject(corpId, '>') });
  return Object.values(info.state.subjects ?? {}).reduce((sum, count) => sum + count, 0);
}
