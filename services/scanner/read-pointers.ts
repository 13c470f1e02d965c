// Which policies are wanted now: the current values of the POLICY bucket, read whole. The watch only says when to look.
import type { PolicyPointer } from '@menshen/contracts/policy-bundle';
import { POLICY_BUCKET } from '@menshen/contracts/subjects';
import { readTail } from '@menshen/jetstream/read-tail';
import type { JetStreamClient, JsMsg } from '@nats-io/jetstream';

/** Key of the bucket → pointer; `undefined` for a value that is no pointer. */
export type Pointers = ReadonlyMap<string, PolicyPointer | undefined>;

/** The pointers of one tenant. Rejects when the bucket cannot be read to its end: a part of the policies is not the policies. */
export async function readPointers(js: JetStreamClient, corpId: string): Promise<Pointers> {
  const pointers = new Map<string, PolicyPointer | undefined>();
  const prefix = `$KV.${POLICY_BUCKET}.`;
  const tail = { stream: `KV_${POLICY_BUCKET}`, subject: `${prefix}${corpId}.>`, from: { sequence: 1 } };
  await readTail(js, tail, (message) => {
    const key = message.subject.slice(prefix.length);
    if (isRemoval(message)) pointers.delete(key);
    else pointers.set(key, readPointer(message.data));
  });
  return pointers;
}

function isRemoval(message: JsMsg): boolean {
  const operation = message.headers?.get('KV-Operation');
  return operation === 'DEL' || operation === 'PURGE';
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
