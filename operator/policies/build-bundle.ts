// A policy as the scanners fetch it: one object, content-addressed, and the pointer to it.
import { contentDigest, type Digest } from '@menshen/contracts/digest';
import {
  lexiconObjectKey,
  type PolicyBundle,
  type PolicyPointer,
  policyObjectKey,
} from '@menshen/contracts/policy-bundle';
import { canonicalJson } from '@menshen/policy-engine/digests';
import type { PolicyObject } from './select-policies.ts';

export interface BuiltBundle {
  readonly bytes: Uint8Array;
  readonly pointer: PolicyPointer;
}

/**
 * The bundle of a policy. A policy from a file has no generation: it gets the one of the pointer in force when nothing changed,
 * else the next; so the same content has the same digest however often it is published.
 */
export function buildBundle(
  policy: PolicyObject,
  lexiconSizes: ReadonlyMap<Digest, number>,
  inForce: PolicyPointer | undefined,
): BuiltBundle {
  if (policy.generation !== undefined) return bundleOf(policy, lexiconSizes, policy.generation);
  const same = bundleOf(policy, lexiconSizes, inForce?.generation ?? 1);
  if (inForce === undefined || same.pointer.digest === inForce.digest) return same;
  return bundleOf(policy, lexiconSizes, inForce.generation + 1);
}

function bundleOf(
  policy: PolicyObject,
  lexiconSizes: ReadonlyMap<Digest, number>,
  generation: number,
): BuiltBundle {
  const { namespace, name, spec } = policy;
  const lexicons = [...lexiconSizes].sort().map(([digest, sizeBytes]) => ({
    digest,
    objectKey: lexiconObjectKey(digest),
    sizeBytes,
  }));
  const bundle: PolicyBundle = { namespace, name, generation, spec, lexicons };
  const bytes = Buffer.from(canonicalJson(bundle));
  const digest = contentDigest(bytes);
  return {
    bytes,
    pointer: {
      namespace,
      name,
      generation,
      digest,
      objectKey: policyObjectKey(digest),
      sizeBytes: bytes.byteLength,
    },
  };
}
