// Brings the policies in force for one tenant in line with what is wanted. Objects are written before the pointer that names them,
// so a scanner never follows a pointer to nothing. A bad policy is rejected alone; its last good revision stays in force.
import { contentDigest, type Digest } from '@menshen/contracts/digest';
import { lexiconObjectKey, type PolicyPointer, policyKey } from '@menshen/contracts/policy-bundle';
import type { PolicyProblem } from '@menshen/policy-engine/compile-policy';
import { buildBundle } from './build-bundle.ts';
import { checkPolicy, type PolicyCheck } from './check-policy.ts';
import { type ReadLexicon, readLexicons } from './list-lexicons.ts';
import type { PolicyObject } from './select-policies.ts';

/** The object store, as far as publishing needs it. */
export interface BundleStore {
  /** Writes the object; writing the same content again is harmless. */
  put(key: string, bytes: Uint8Array): Promise<unknown>;
}

/** The POLICY bucket, as far as publishing needs it. */
export interface PointerStore {
  /** Every pointer of the tenant. */
  list(corpId: string): Promise<readonly PolicyPointer[]>;
  put(key: string, pointer: PolicyPointer): Promise<void>;
  remove(key: string): Promise<void>;
}

export interface PublicationPorts {
  readonly bundles: BundleStore;
  readonly pointers: PointerStore;
  readonly readLexicon: ReadLexicon;
}

export interface Publication {
  readonly namespace: string;
  readonly name: string;
  /** Published: a new revision is in force. Unchanged: it already was. Rejected: see problems. Removed: no longer wanted. */
  readonly state: 'Published' | 'Unchanged' | 'Rejected' | 'Removed';
  /** The revision in force afterwards: for a rejected policy the last good one; `undefined` when there is none. */
  readonly inForce: PolicyPointer | undefined;
  readonly problems: readonly PolicyProblem[];
  readonly tests: PolicyCheck['tests'];
}

/**
 * Publishes `policies`, all that are wanted for the tenant, and withdraws every other. Rejects only when a store fails;
 * it can then be called again.
 */
export async function publishPolicies(
  corpId: string,
  policies: readonly PolicyObject[],
  ports: PublicationPorts,
): Promise<Publication[]> {
  const current = await ports.pointers.list(corpId);
  const inForce = new Map(
    current.map((pointer) => [policyKey(corpId, pointer.namespace, pointer.name), pointer]),
  );
  const publications: Publication[] = [];
  for (const policy of policies) {
    const key = policyKey(corpId, policy.namespace, policy.name);
    publications.push(await publishOne(policy, { key, inForce: inForce.get(key), ports }));
    inForce.delete(key);
  }
  for (const [key, { namespace, name }] of inForce) {
    await ports.pointers.remove(key);
    publications.push({ namespace, name, state: 'Removed', inForce: undefined, ...NOTHING_CHECKED });
  }
  return publications;
}

const NOTHING_CHECKED = { problems: [], tests: { passed: 0, total: 0 } };

async function publishOne(
  policy: PolicyObject,
  at: { key: string; inForce: PolicyPointer | undefined; ports: PublicationPorts },
): Promise<Publication> {
  const { ports, inForce } = at;
  const { namespace, name } = policy;
  const lexicons = await readLexicons(policy, ports.readLexicon);
  const checked = checkPolicy(policy, lexicons.terms);
  // A lexicon that could not be read has its own problem, better worded than the engine's "missing".
  const explained = new Set(lexicons.problems.map((problem) => problem.path));
  const problems = [
    ...lexicons.problems,
    ...checked.problems.filter((problem) => !explained.has(problem.path)),
  ];
  const { tests } = checked;
  if (problems.length > 0) return { namespace, name, state: 'Rejected', inForce, problems, tests };

  const { bytes, pointer } = buildBundle(policy, lexicons.sizes, inForce);
  if (pointer.digest === inForce?.digest)
    return { namespace, name, state: 'Unchanged', inForce, problems, tests };
  for (const digest of lexicons.sizes.keys()) await copyLexicon(digest, ports);
  await ports.bundles.put(pointer.objectKey, bytes);
  await ports.pointers.put(at.key, pointer);
  return { namespace, name, state: 'Published', inForce: pointer, problems, tests };
}

/** Lexicons may come from elsewhere than the tenant's store, where scanners look for them. */
async function copyLexicon(digest: Digest, ports: PublicationPorts): Promise<void> {
  const bytes = await ports.readLexicon(digest);
  if (bytes === undefined || contentDigest(bytes) !== digest)
    throw new Error(`the lexicon ${digest} changed while its policy was being published`);
  await ports.bundles.put(lexiconObjectKey(digest), bytes);
}
