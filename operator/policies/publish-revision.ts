// Step 2: every selected tenant gets the pointer to this revision, and every other one that still has a pointer of the policy loses it.
// A tenant whose NATS does not answer is told so by its result; the others go on.
import type { Digest } from '@menshen/contracts/digest';
import { NatsUnreachable } from '../messaging/pool-connections.ts';
import type { TenantLink } from '../messaging/tenant-link.ts';
import type { Revision } from './check-revision.ts';

export interface Publishing {
  /** `<namespace>/<name>` */
  readonly policy: string;
  readonly revision: Extract<Revision, { kind: 'Sound' }>;
  /** Links of the selected tenants. */
  readonly wanted: readonly TenantLink[];
  readonly all: readonly TenantLink[];
  readonly readLexicon: (digest: Digest) => Promise<Uint8Array | undefined>;
}

/** Tenants (corpId) for which it could not be done although their link is open, with the reason: worth trying again soon. */
export type Failures = ReadonlyMap<string, string>;

export interface Published {
  readonly failures: Failures;
  /** A tenant has got the pointer in this pass. */
  readonly isNew: boolean;
}

export async function publishRevision(publishing: Publishing): Promise<Published> {
  const { policy, revision, wanted, all } = publishing;
  const { pointer, bytes } = revision.bundle;
  const missing = wanted.filter(
    (link) => link.state.kind === 'Open' && link.pointers.get(policy)?.digest !== pointer.digest,
  );
  const lexicons = missing.length === 0 ? new Map<Digest, Uint8Array>() : await readAll(publishing);
  const published = await attempt(missing, (link) => link.publish({ pointer, bytes, lexicons }));
  const withdrawn = await withdrawPolicy(
    policy,
    all.filter((link) => !wanted.includes(link)),
  );
  return { failures: new Map([...published, ...withdrawn]), isNew: published.size < missing.length };
}

/** Removes the policy's pointer wherever one of the links knows it. */
export async function withdrawPolicy(policy: string, from: readonly TenantLink[]): Promise<Failures> {
  const having = from.filter((link) => link.state.kind === 'Open' && link.pointers.has(policy));
  return await attempt(having, (link) => link.withdraw(policy));
}

async function readAll({ revision, readLexicon }: Publishing): Promise<Map<Digest, Uint8Array>> {
  const lexicons = new Map<Digest, Uint8Array>();
  for (const digest of revision.lexicons) {
    const bytes = await readLexicon(digest);
    if (bytes === undefined)
      throw new Error(`the lexicon ${digest} went away while its policy was published`);
    lexicons.set(digest, bytes);
  }
  return lexicons;
}

async function attempt(
  links: readonly TenantLink[],
  act: (link: TenantLink) => Promise<void>,
): Promise<Failures> {
  const failures = new Map<string, string>();
  await Promise.all(
    links.map(async (link) => {
      try {
        await act(link);
      } catch (error) {
        if (!(error instanceof NatsUnreachable)) throw error;
        failures.set(link.corpId, error.message);
      }
    }),
  );
  return failures;
}
