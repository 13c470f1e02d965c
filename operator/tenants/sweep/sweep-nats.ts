// Removes what a tenant left on a NATS server: its streams with their consumers, its keys. Only what carries the stamp of the very
// WeComTenant that is gone.
import { captureStream, outcomeStream } from '@menshen/contracts/subjects';
import { BUCKETS, streamOfBucket } from '@menshen/jetstream/stream-configs';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { findStreamInfo } from '../provision/ensure-tenant-streams.ts';
import { readStamp } from '../provision/stamp-owner.ts';
import type { TenantRecord } from './tenant-record.ts';

/** `Foreign`: something there is not this tenant's, and nothing was removed. Rejects when the server cannot be asked. */
export async function sweepNats(
  nats: NatsConnection,
  { corpId, uid }: TenantRecord,
): Promise<'Swept' | 'Foreign'> {
  const jsm = await jetstreamManager(nats);
  const streams = [captureStream(corpId), outcomeStream(corpId)];
  const found = await Promise.all(streams.map((name) => findStreamInfo(jsm, name)));
  const isForeign = found.some((info) => info !== undefined && readStamp(info.config.metadata)?.uid !== uid);
  if (isForeign) return 'Foreign';
  for (const info of found) if (info !== undefined) await jsm.streams.delete(info.config.name);
  for (const { name } of Object.values(BUCKETS)) {
    const bucket = streamOfBucket(name);
    if ((await findStreamInfo(jsm, bucket)) === undefined) continue;
    await jsm.streams.purge(bucket, { filter: `$KV.${name}.${corpId}.>` });
  }
  return 'Swept';
}
