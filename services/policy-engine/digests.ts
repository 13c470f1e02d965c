// What a verdict is judged by, as digests: the same policy text has the same digest wherever and whenever it is computed.
import { contentDigest, type Digest } from '@menshen/contracts/digest';

/** Changes with every change of the engine that can change a verdict. */
export const ENGINE_VERSION = '0.1.0';

/** Digest of a policy: of its namespace, name and spec, whatever the order of its fields. */
export function policyDigest(policy: {
  readonly namespace: string;
  readonly name: string;
  readonly spec: unknown;
}): Digest {
  return contentDigest(canonicalJson({ namespace: policy.namespace, name: policy.name, spec: policy.spec }));
}

/** Digest of a set of policies, whatever their order. */
export function policySetDigest(digests: readonly Digest[]): Digest {
  return contentDigest(canonicalJson([...digests].sort()));
}

/** JSON with the fields of every object in code unit order and without those that are undefined. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`);
  return `{${fields.join(',')}}`;
}
