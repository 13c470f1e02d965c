// Step 1: is this revision of a policy sound? Its lexicons are read, it is compiled with the scanner's engine, its tests are run, and what
// scanners will fetch is made. The answer is kept while the revision stays the same: most passes are about something else.
import type { Digest } from '@menshen/contracts/digest';
import type { PolicyProblem } from '@menshen/policy-engine/compile-policy';
import { type BuiltBundle, buildBundle } from './build-bundle.ts';
import { checkPolicy, type PolicyCheck } from './check-policy.ts';
import { type ReadLexicon, readLexicons } from './list-lexicons.ts';
import type { PolicyObject } from './select-policies.ts';

export type Revision =
  | {
      readonly kind: 'Sound';
      readonly bundle: BuiltBundle;
      readonly lexicons: readonly Digest[];
      readonly tests: PolicyCheck['tests'];
    }
  /** Only a person can help, or a lexicon that is still to come. */
  | {
      readonly kind: 'Refused';
      readonly problems: readonly PolicyProblem[];
      readonly tests: PolicyCheck['tests'];
    }
  /** A lexicon could be neither found nor found missing: nobody who may have it answers. */
  | { readonly kind: 'Unknown'; readonly why: string };

/** Thrown by a reader of lexicons when nobody who may have it answers. */
export class LexiconUnavailable extends Error {
  constructor(digest: Digest, cause: unknown) {
    super(`the lexicon ${digest} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
    this.name = 'LexiconUnavailable';
  }
}

export interface RevisionChecker {
  check(
    policy: PolicyObject & { readonly generation: number; readonly uid: string },
    readLexicon: ReadLexicon,
  ): Promise<Revision>;
  /** The policy is gone. */
  forget(policy: Pick<PolicyObject, 'namespace' | 'name'>): void;
}

export function createRevisionChecker(): RevisionChecker {
  const known = new Map<string, { readonly revision: string; readonly result: Revision }>();
  return {
    check: async (policy, readLexicon) => {
      const key = `${policy.namespace}/${policy.name}`;
      const revision = `${policy.uid}/${policy.generation}`;
      const before = known.get(key);
      if (before?.revision === revision) return before.result;
      const { result, isFinal } = await checkOnce(policy, readLexicon);
      if (isFinal) known.set(key, { revision, result });
      else known.delete(key);
      return result;
    },
    forget: ({ namespace, name }) => {
      known.delete(`${namespace}/${name}`);
    },
  };
}

/** `isFinal`: the same revision will always get the same answer. A lexicon that is missing may still come. */
async function checkOnce(
  policy: PolicyObject,
  readLexicon: ReadLexicon,
): Promise<{ result: Revision; isFinal: boolean }> {
  try {
    const lexicons = await readLexicons(policy, readLexicon);
    const { problems, tests } = checkPolicy(policy, lexicons.terms);
    // A lexicon that could not be read has its own problem, better worded than the engine's "missing".
    const explained = new Set(lexicons.problems.map(({ path }) => path));
    const all = [...lexicons.problems, ...problems.filter(({ path }) => !explained.has(path))];
    if (all.length > 0)
      return {
        result: { kind: 'Refused', problems: all, tests },
        isFinal: lexicons.problems.length === 0,
      };
    const bundle = buildBundle(policy, lexicons.sizes, undefined);
    return {
      result: { kind: 'Sound', bundle, lexicons: [...lexicons.sizes.keys()], tests },
      isFinal: true,
    };
  } catch (error) {
    if (error instanceof LexiconUnavailable)
      return { result: { kind: 'Unknown', why: error.message }, isFinal: false };
    throw error;
  }
}
