// Salted digests. A plain hash of a short message can be guessed, so no digest that leaves the store is made without its salt.
import { createHash, hash, webcrypto } from 'node:crypto';

/** `sha256:` followed by 64 hex digits. The prefix lets another algorithm (SM3) follow. */
export type Digest = `sha256:${string}`;

export const SALT_BYTES = 32;

/** SHA-256 over salt ‖ bytes. `salt` is {@link SALT_BYTES} random bytes made at capture. */
export function saltedDigest(salt: Uint8Array, bytes: Uint8Array): Digest {
  // One call over one buffer: for a short message half the price of a hash object.
  if (bytes.length < SHORT_BYTES) return `sha256:${hash('sha256', Buffer.concat([salt, bytes]), 'hex')}`;
  return `sha256:${createHash('sha256').update(salt).update(bytes).digest('hex')}`;
}

const SHORT_BYTES = 64 * 1024;

/** SHA-256 of content that is not secret (policies, lexicons, media plaintext): the content's address. */
export function contentDigest(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The first 16 hex digits: enough to tell revisions of a policy apart in a report that must stay small. */
export function shortDigest(digest: string): string {
  return digest.slice(digest.indexOf(':') + 1).slice(0, 16);
}

/** {@link contentDigest} of many bytes, made beside the event loop. */
export async function contentDigestAside(bytes: Buffer): Promise<Digest> {
  const digest = await webcrypto.subtle.digest('SHA-256', bytes as Buffer<ArrayBuffer>);
  return `sha256:${Buffer.from(digest).toString('hex')}`;
}
