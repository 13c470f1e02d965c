// The lexicons a policy refers to, found in its spec and read from wherever they are kept.
import type { Digest } from '@menshen/contracts/digest';
import type { Lexicons, PolicyProblem } from '@menshen/policy-engine/compile-policy';
import { findLexicons } from '@menshen/policy-engine/find-lexicons';
import { parseLexicon } from '@menshen/policy-engine/parse-lexicon';
import type { PolicyObject } from './select-policies.ts';

/** Bytes of a lexicon by its digest; `undefined` when nobody has it. */
export type ReadLexicon = (digest: Digest) => Promise<Uint8Array | undefined>;

export interface PolicyLexicons {
  readonly terms: Lexicons;
  readonly sizes: ReadonlyMap<Digest, number>;
  readonly problems: readonly PolicyProblem[];
}

/** Reads every lexicon of the policy. A missing or malformed one is a problem of this policy alone. */
export async function readLexicons(policy: PolicyObject, read: ReadLexicon): Promise<PolicyLexicons> {
  const terms = new Map<Digest, readonly string[]>();
  const sizes = new Map<Digest, number>();
  const problems: PolicyProblem[] = [];
  for (const { digest, path, rule } of findLexicons(policy.spec)) {
    if (terms.has(digest)) continue;
    const bytes = await read(digest);
    const parsed = bytes === undefined ? undefined : parseLexicon(bytes);
    if (bytes !== undefined && parsed?.ok === true) {
      terms.set(digest, parsed.terms);
      sizes.set(digest, bytes.byteLength);
      continue;
    }
    const at = { policy: `${policy.namespace}/${policy.name}`, rule, path, value: digest };
    problems.push(
      parsed?.ok === false
        ? { ...at, message: parsed.message, remedy: 'upload the mended list and refer to its new digest' }
        : {
            ...at,
            message: 'there is no lexicon with this digest',
            remedy: 'upload it, or correct the digest',
          },
    );
  }
  return { terms, sizes, problems };
}
