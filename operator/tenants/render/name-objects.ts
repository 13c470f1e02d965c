// Names of rendered objects. A tenant may be called anything up to 253 characters; names of Services and values of labels end at 63.
import { createHash } from 'node:crypto';

/** Longest component is `archiver`; with the dash it leaves this much for the tenant. */
const LONGEST_PREFIX = 52;

/** The tenant's name as a DNS label of at most 52 characters: itself when it is one, else a shortened one that ends in a hash of it. */
export function tenantPrefix(tenantName: string): string {
  if (tenantName.length <= LONGEST_PREFIX && /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(tenantName))
    return tenantName;
  const hash = createHash('sha256').update(tenantName).digest('hex').slice(0, 8);
  const words = tenantName.replace(/[^a-z0-9-]/g, '-').slice(0, LONGEST_PREFIX - hash.length - 3);
  return `t-${words.replace(/-+$/, '')}-${hash}`;
}
