// How a policy reaches the scanners: a pointer in the POLICY bucket, the bundle and its lexicons in the object store, content-addressed, kept for ever.
import type { Digest } from './digest.ts';

export interface LexiconReference {
  readonly digest: Digest;
  readonly objectKey: string;
  readonly sizeBytes: number;
}

/** Value of KV key `<corpId>.<namespace>.<name>`. */
export interface PolicyPointer {
  readonly namespace: string;
  readonly name: string;
  readonly generation: number;
  readonly digest: Digest;
  readonly objectKey: string;
  readonly sizeBytes: number;
}

/** The object a pointer points to: JSON, whose contentDigest is the pointer's digest. */
export interface PolicyBundle {
  readonly namespace: string;
  readonly name: string;
  readonly generation: number;
  /** `CompliancePolicy.spec`, as the CRD validated it. */
  readonly spec: unknown;
  readonly lexicons: readonly LexiconReference[];
}

export const policyKey = (corpId: string, namespace: string, name: string): string =>
  `${corpId}.${namespace}.${name}`;
export const policyObjectKey = (digest: Digest): string => `policies/${digest.slice('sha256:'.length)}`;
export const lexiconObjectKey = (digest: Digest): string => `lexicons/${digest.slice('sha256:'.length)}`;
