// The entries of one tenant in a JetStream bucket, kept equal to it: everything that is there, then every change.
import { readTail } from '@menshen/jetstream/read-tail';
import type { JetStreamClient, JsMsg } from '@nats-io/jetstream';
import { type KV, KvWatchInclude } from '@nats-io/kv';

export interface BucketView {
  /** Key without the corpId → value. */
  readonly entries: ReadonlyMap<string, Uint8Array>;
}

export interface BucketFollowing {
  readonly bucket: KV;
  readonly name: string;
  readonly js: JetStreamClient;
  readonly corpId: string;
  /** Called for each key that changed, after {@link followBucket} has resolved; `undefined`: it is gone. */
  readonly onChange: (key: string, value: Uint8Array | undefined) => void;
}

export interface FollowedBucket extends BucketView {
  /** Resolves when the bucket is not followed any more: stopped, or the connection is gone. */
  readonly ended: Promise<void>;
  stop(): void;
}

/** Resolves once all entries are there. Rejects when they cannot be read. */
export async function followBucket(following: BucketFollowing): Promise<FollowedBucket> {
  const { bucket, name, js, corpId, onChange } = following;
  const prefix = `${corpId}.`;
  const entries = new Map<string, Uint8Array>();
  const revisions = new Map<string, number>();
  let isComplete = false;
  const take = (fullKey: string, revision: number, value: Uint8Array | undefined): void => {
    const key = fullKey.slice(prefix.length);
    // The watch begins before the reading, so both bring some entries: the newer one counts.
    if ((revisions.get(key) ?? 0) >= revision) return;
    revisions.set(key, revision);
    if (value === undefined) entries.delete(key);
    else entries.set(key, value);
    if (isComplete) onChange(key, value);
  };

  const changes = await bucket.watch({ key: `${corpId}.>`, include: KvWatchInclude.UpdatesOnly });
  const ended = (async () => {
    for await (const entry of changes)
      take(entry.key, entry.revision, entry.operation === 'PUT' ? entry.value : undefined);
  })().catch(() => undefined);
  try {
    const subject = `$KV.${name}.`;
    const tail = { stream: `KV_${name}`, subject: `${subject}${corpId}.>`, from: { sequence: 1 } };
    await readTail(js, tail, (message) => {
      take(message.subject.slice(subject.length), message.seq, isRemoval(message) ? undefined : message.data);
    });
  } catch (error) {
    changes.stop();
    throw error;
  }
  isComplete = true;
  return { entries, ended, stop: () => changes.stop() };
}

function isRemoval(message: JsMsg): boolean {
  const operation = message.headers?.get('KV-Operation');
  return operation === 'DEL' || operation === 'PURGE';
}
