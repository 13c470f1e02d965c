// Policies between JetStream and the object store. The operator lays bundles into a bucket of JetStream, because it cannot mount a tenant's
// volume; here they are copied to where every revision is kept for ever. Lexicons travel the other way as well, so that the operator can
// compile by a list that somebody has put into the object store.
import { contentDigest } from '@menshen/contracts/digest';
import type { PolicyPointer } from '@menshen/contracts/policy-bundle';
import { type BodyBucket, deleteBody, getBody, listBodies, putBody } from '@menshen/jetstream/policy-bodies';
import type { ObjectStore } from '@menshen/objects/object-store';
import type { KV } from '@nats-io/kv';

export interface BodyKeeping {
  readonly corpId: string;
  readonly bodies: BodyBucket;
  /** The POLICY bucket. */
  readonly pointers: Pick<KV, 'get' | 'keys'>;
  readonly objects: Pick<ObjectStore, 'get' | 'head' | 'put' | 'list'>;
}

export interface KeptBodies {
  /** Copied into the object store. */
  readonly stored: number;
  /** Lexicons laid where the operator finds them. */
  readonly offered: number;
  /** Bundles that no pointer names any more, and that are in the object store. */
  readonly dropped: number;
  /** Object keys whose bytes do not have the digest that names them. They are left alone. */
  readonly corrupt: readonly string[];
}

/** Rejects when a store is away; it can then be called again. Nothing is dropped before it is in the object store. */
export async function keepBodies(keeping: BodyKeeping): Promise<KeptBodies> {
  const inBucket = await listBodies(keeping.bodies, keeping.corpId);
  const wanted = await listPointed(keeping);
  const corrupt: string[] = [];
  let [stored, dropped] = [0, 0];
  for (const objectKey of inBucket) {
    const copied = await copyToStore(objectKey, keeping);
    if (copied === 'Corrupt') corrupt.push(objectKey);
    if (copied === 'Stored') stored += 1;
    if (copied === 'Corrupt' || objectKey.startsWith(LEXICONS) || wanted.has(objectKey)) continue;
    await deleteBody(keeping.bodies, { corpId: keeping.corpId, objectKey });
    dropped += 1;
  }
  const offered = await offerLexicons(new Set(inBucket), keeping, corrupt);
  return { stored, offered, dropped, corrupt };
}

const LEXICONS = 'lexicons/';

async function copyToStore(
  objectKey: string,
  { corpId, bodies, objects }: BodyKeeping,
): Promise<'Stored' | 'There' | 'Corrupt'> {
  if ((await objects.head(objectKey)) !== undefined) return 'There';
  const bytes = await getBody(bodies, { corpId, objectKey });
  // Another archiver was quicker, and it is stored by then.
  if (bytes === undefined) return 'There';
  if (!isSound(objectKey, bytes)) return 'Corrupt';
  return (await objects.put(objectKey, bytes, { ifAbsent: true })) === 'Stored' ? 'Stored' : 'There';
}

async function offerLexicons(
  known: ReadonlySet<string>,
  { corpId, bodies, objects }: BodyKeeping,
  corrupt: string[],
): Promise<number> {
  let offered = 0;
  for await (const { key: objectKey } of objects.list(LEXICONS)) {
    if (known.has(objectKey)) continue;
    const bytes = await objects.get(objectKey);
    if (bytes === undefined) continue;
    if (!isSound(objectKey, bytes)) {
      corrupt.push(objectKey);
      continue;
    }
    await putBody(bodies, { corpId, objectKey }, bytes);
    offered += 1;
  }
  return offered;
}

async function listPointed({ corpId, pointers }: BodyKeeping): Promise<Set<string>> {
  const pointed = new Set<string>();
  for await (const key of await pointers.keys(`${corpId}.>`)) {
    const entry = await pointers.get(key);
    if (entry?.operation === 'PUT') pointed.add(entry.json<PolicyPointer>().objectKey);
  }
  return pointed;
}

function isSound(objectKey: string, bytes: Uint8Array): boolean {
  return contentDigest(bytes) === `sha256:${objectKey.slice(objectKey.indexOf('/') + 1)}`;
}
