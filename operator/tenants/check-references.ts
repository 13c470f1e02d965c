// Whether the Secrets and keys that a tenant names are there, and in which version. One GET each, no list and no watch, so it is asked again
// from time to time; what is in them is neither kept nor said.
import type { ApiClient } from '../kube/api-client.ts';
import type { KubeObject } from '../kube/kube-object.ts';
import { SECRETS } from './child-resources.ts';
import { condition } from './conditions.ts';
import { listReferences, type Reference } from './list-references.ts';
import type { SettledTenant } from './settled-tenant.ts';
import type { StepCondition } from './step.ts';

export interface CheckedReferences {
  /** resourceVersion by name of the Secret, of those that are there. A change replaces the pods that mount it. */
  readonly versions: Readonly<Record<string, string>>;
  /** What is missing, `undefined` when nothing is. */
  readonly problem: StepCondition | undefined;
}

type Secret = KubeObject & { readonly data?: Readonly<Record<string, string>> };

/** Rejects with ApiError when the API server cannot be asked: then nothing is known. */
export async function checkReferences(
  client: Pick<ApiClient, 'get'>,
  tenant: SettledTenant,
  signal?: AbortSignal,
): Promise<CheckedReferences> {
  const references = listReferences(tenant.spec);
  const { namespace } = tenant.metadata;
  const versions: Record<string, string> = {};
  const missing: Missing[] = [];
  for (const [name, named] of Map.groupBy(references, ({ ref }) => ref.name)) {
    const secret = await client.get<Secret>(SECRETS, { namespace, name }, signal);
    if (secret !== undefined) versions[name] = secret.metadata.resourceVersion ?? '';
    const keys = new Set(Object.keys(secret?.data ?? {}));
    const lacking = named.filter(({ ref }) => !keys.has(ref.key));
    missing.push(...lacking.map((reference) => ({ ...reference, isSecretThere: secret !== undefined })));
  }
  return { versions, problem: missing.length === 0 ? undefined : describe(missing, namespace) };
}

interface Missing extends Reference {
  readonly isSecretThere: boolean;
}

/** A Secret that is not there is the bigger trouble. In the order of the spec, so that the words stay the same. */
function describe(missing: readonly Missing[], namespace: string): StepCondition {
  const reason = missing.some(({ isSecretThere }) => !isSecretThere) ? 'SecretMissing' : 'KeyMissing';
  const lines = missing.map(({ field, ref, isSecretThere }) =>
    isSecretThere
      ? `Secret ${namespace}/${ref.name} has no key ${ref.key} (${field}): add it under data or stringData`
      : `Secret ${namespace}/${ref.name} with the key ${ref.key} does not exist (${field}): create it`,
  );
  return condition('CredentialsValid', 'False', { reason, message: lines.join('; ') });
}
