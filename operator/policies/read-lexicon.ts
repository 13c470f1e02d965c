// Where a lexicon comes from: memory, or the JetStream of a tenant that is to use it, where that tenant's archiver lays what it finds in the
// object store. A digest names the same bytes wherever they lie, so the first to have them will do.
import { contentDigest, type Digest } from '@menshen/contracts/digest';
import type { TenantLink } from '../messaging/tenant-link.ts';
import type { SettledTenant } from '../tenants/settled-tenant.ts';
import { LexiconUnavailable } from './check-revision.ts';

export type LinkOf = (tenant: SettledTenant) => TenantLink | undefined;

export interface LexiconReader {
  /** `undefined` when every one of the tenants was asked and none has it. Rejects with {@link LexiconUnavailable}. */
  read(digest: Digest, tenants: readonly SettledTenant[]): Promise<Uint8Array | undefined>;
}

/** All lexicons in memory together, bytes: several of the largest kind. */
const MEMORY_BYTES = 32 * 1024 * 1024;

export function createLexiconReader(linkOf: LinkOf): LexiconReader {
  const memory = createMemory();
  return {
    read: async (digest, tenants) => {
      const known = memory.get(digest);
      if (known !== undefined) return known;
      const found = await search(digest, tenants, linkOf);
      if (found !== undefined) memory.put(digest, found);
      return found;
    },
  };
}

async function search(
  digest: Digest,
  tenants: readonly SettledTenant[],
  linkOf: LinkOf,
): Promise<Uint8Array | undefined> {
  if (tenants.length === 0)
    throw new LexiconUnavailable(digest, new Error('no tenant is selected that could have it'));
  let trouble: unknown;
  for (const tenant of tenants) {
    try {
      const bytes = await linkOf(tenant)?.readLexicon(digest);
      if (bytes !== undefined && contentDigest(bytes) === digest) return bytes;
    } catch (error) {
      trouble ??= error;
    }
  }
  if (trouble !== undefined) throw new LexiconUnavailable(digest, trouble);
  return undefined;
}

/** The least recently used go first. */
function createMemory() {
  const lists = new Map<Digest, Uint8Array>();
  let bytes = 0;
  return {
    get: (digest: Digest): Uint8Array | undefined => {
      const list = lists.get(digest);
      if (list === undefined) return undefined;
      lists.delete(digest);
      lists.set(digest, list);
      return list;
    },
    put: (digest: Digest, list: Uint8Array): void => {
      lists.set(digest, list);
      bytes += list.byteLength;
      for (const [oldest, { byteLength }] of lists) {
        if (bytes <= MEMORY_BYTES) return;
        lists.delete(oldest);
        bytes -= byteLength;
      }
    },
  };
}
