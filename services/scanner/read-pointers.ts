// Which policies are wanted now: the current values of the POLICY bucket, read whole. The watch only says when to look.
import type { PolicyPointer } from '@menshen/contracts/policy-bundle';
import type { KV } from '@nats-io/kv';

/** Key of the bucket → pointer; `undefined` for a value that is no pointer. */
export type Pointers = ReadonlyMap<string, PolicyPointer | undefined>;

/**
 * The pointers of one tenant. Rejects when the bucket cannot be read: a part of the policies is not the policies.
 * By the bucket's history, of which there is one entry a key: it asks nothing about the bucket as a whole, whose other keys are not this
 * tenant's to see.
 */
export async function readPointers(policies: Pick<KV, 'history'>, corpId: string): Promise<Pointers> {
  const pointers = new Map<string, PolicyPointer | undefined>();
  for await (const entry of await policies.history({ key: `${corpId}.>` })) {
    if (entry.operation === 'PUT') pointers.set(entry.key, readPointer(entry.value));
    else pointers.delete(entry.key);
  }
  return pointers;
}

function readPointer(payload: Uint8Array): PolicyPointer | undefined {
  try {
    const value = JSON.parse(Buffer.from(payload).toString('utf8')) as PolicyPointer;
    const sound =
      typeof value.namespace === 'string' &&
      typeof value.name === 'string' &&
      typeof value.digest === 'string' &&
      typeof value.objectKey === 'string';
    return sound ? value : undefined;
  } catch {
    return undefined;
  }
}
