// Policy bundles and lexicons in a bucket of JetStream: where the operator can always write and scanners can always read, whatever the
// object store is. An object is cut into pieces, because a payload is at most 1 MiB; the last piece is the first that is shorter than a
// full one, and pieces are written backwards, so that whoever finds the first finds all.
import type { KV } from '@nats-io/kv';

/** The part of a `KV` that is used. */
export type BodyBucket = Pick<KV, 'get' | 'put' | 'keys' | 'delete'>;

/** Room is left below max_payload for the protocol. */
export const PIECE_BYTES = 512 * 1024;

/** `policies/<hex>` or `lexicons/<hex>`: what policyObjectKey and lexiconObjectKey give. */
const OBJECT_KEY = /^(policies|lexicons)\/[0-9a-f]{64}$/;

/** Writes the object, which must be content-addressed; does nothing when it is there. Throws on a key of another form. */
export async function putBody(
  bucket: BodyBucket,
  at: { readonly corpId: string; readonly objectKey: string },
  bytes: Uint8Array,
): Promise<void> {
  if ((await bucket.get(pieceKey(at, 0)))?.operation === 'PUT') return;
  for (let piece = Math.floor(bytes.byteLength / PIECE_BYTES); piece >= 0; piece--)
    await bucket.put(pieceKey(at, piece), bytes.subarray(piece * PIECE_BYTES, (piece + 1) * PIECE_BYTES));
}

/** The object; `undefined` when it is not there whole. The caller checks the digest. Rejects when the bucket cannot be asked. */
export async function getBody(
  bucket: Pick<BodyBucket, 'get'>,
  at: { readonly corpId: string; readonly objectKey: string },
): Promise<Buffer | undefined> {
  const pieces: Uint8Array[] = [];
  for (;;) {
    const entry = await bucket.get(pieceKey(at, pieces.length));
    if (entry?.operation !== 'PUT') return undefined;
    pieces.push(entry.value);
    if (entry.value.byteLength < PIECE_BYTES) return Buffer.concat(pieces);
  }
}

/** Object keys of the tenant's bodies that are there whole, in no particular order. */
export async function listBodies(bucket: Pick<BodyBucket, 'keys'>, corpId: string): Promise<string[]> {
  const found: string[] = [];
  for await (const key of await bucket.keys(`${corpId}.*.*.0`)) {
    const [, kind, hex] = key.split('.');
    found.push(`${kind}/${hex}`);
  }
  return found;
}

/** Removes the object, first piece first: from then on it is not there. */
export async function deleteBody(
  bucket: BodyBucket,
  at: { readonly corpId: string; readonly objectKey: string },
): Promise<void> {
  for (let piece = 0; ; piece++) {
    const key = pieceKey(at, piece);
    const entry = await bucket.get(key);
    if (entry?.operation !== 'PUT') return;
    await bucket.delete(key);
    if (entry.value.byteLength < PIECE_BYTES) return;
  }
}

function pieceKey({ corpId, objectKey }: { corpId: string; objectKey: string }, piece: number): string {
  if (!OBJECT_KEY.test(objectKey)) throw new Error(`${objectKey} is no key of a policy bundle or a lexicon`);
  return `${corpId}.${objectKey.replace('/', '.')}.${piece}`;
}
