// From a pointer to a policy: the bundle and its lexicons from the object store, each checked against the digest that names it.
import { contentDigest, type Digest } from '@menshen/contracts/digest';
import type { PolicyBundle, PolicyPointer } from '@menshen/contracts/policy-bundle';
import type { PolicyInput } from './evaluation-job.ts';

/** `undefined`: there is no such object. Rejects when the store cannot say. */
export type FetchObject = (key: string) => Promise<Uint8Array | undefined>;

export type FetchedPolicy =
  | { readonly ok: true; readonly input: PolicyInput }
  /** `storeAway`: the store did not answer; the policy itself may be sound. */
  | { readonly ok: false; readonly detail: string; readonly storeAway: boolean };

/** Never rejects. */
export async function fetchPolicy(pointer: PolicyPointer, fetchObject: FetchObject): Promise<FetchedPolicy> {
  try {
    return await fetchChecked(pointer, fetchObject);
  } catch (error) {
    const detail = `the object store does not answer: ${error instanceof Error ? error.name : 'unknown error'}`;
    return { ok: false, detail, storeAway: true };
  }
}

async function fetchChecked(pointer: PolicyPointer, fetchObject: FetchObject): Promise<FetchedPolicy> {
  const bytes = await fetchObject(pointer.objectKey);
  const problem = problemOf(bytes, pointer.digest, 'bundle');
  if (bytes === undefined || problem !== undefined) return rejected(problem ?? '');
  const bundle = readBundle(bytes);
  if (bundle === undefined) return rejected('the bundle is not a policy bundle');
  if (bundle.namespace !== pointer.namespace || bundle.name !== pointer.name)
    return rejected(`the bundle is of policy ${bundle.namespace}/${bundle.name}`);
  const lexicons = new Map<string, Uint8Array>();
  for (const { digest, objectKey } of bundle.lexicons) {
    const list = await fetchObject(objectKey);
    const wrong = problemOf(list, digest, `lexicon ${digest}`);
    if (list === undefined || wrong !== undefined) return rejected(wrong ?? '');
    lexicons.set(digest, list);
  }
  const { namespace, name, spec } = bundle;
  return { ok: true, input: { source: { namespace, name, spec }, lexicons } };
}

function rejected(detail: string): FetchedPolicy {
  return { ok: false, detail, storeAway: false };
}

function problemOf(bytes: Uint8Array | undefined, digest: Digest, what: string): string | undefined {
  if (bytes === undefined) return `the ${what} is not in the object store`;
  return contentDigest(bytes) === digest ? undefined : `the ${what} does not have the digest that names it`;
}

function readBundle(bytes: Uint8Array): PolicyBundle | undefined {
  try {
    const value = JSON.parse(Buffer.from(bytes).toString('utf8')) as PolicyBundle;
    const sound =
      typeof value.namespace === 'string' && typeof value.name === 'string' && Array.isArray(value.lexicons);
    return sound ? value : undefined;
  } catch {
    return undefined;
  }
}
