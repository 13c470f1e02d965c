// How the operator gets into a tenant's NATS: with the credentials that the tenant names, read from the Secret when they are needed, or else
// as a user of its own, where it was given the key of the account.
import type { ApiClient } from '../kube/api-client.ts';
import type { KubeObject } from '../kube/kube-object.ts';
import { SECRETS } from '../tenants/child-resources.ts';
import type { SettledTenant } from '../tenants/settled-tenant.ts';
import type { NatsAccess } from './pool-connections.ts';

type Secret = KubeObject & { readonly data?: Readonly<Record<string, string>> };

/** Rejects as readSecret does. */
export async function readAccess(
  client: Pick<ApiClient, 'get'>,
  tenant: SettledTenant,
  makeOwn?: () => Promise<Uint8Array>,
): Promise<NatsAccess> {
  const { url, credentialsSecretRef: ref } = tenant.spec.messaging;
  if (ref === undefined) return makeOwn === undefined ? { url } : { url, credentials: await makeOwn() };
  const { namespace } = tenant.metadata;
  return { url, credentials: Buffer.from(await readSecret(client, namespace, ref)) };
}

/** The value of a Secret's key, as text. Rejects with ApiError, or with an Error that names what is missing; never with what is in it. */
export async function readSecret(
  client: Pick<ApiClient, 'get'>,
  namespace: string,
  { name, key }: { readonly name: string; readonly key: string },
): Promise<string> {
  const secret = await client.get<Secret>(SECRETS, { namespace, name });
  if (secret === undefined) throw new Error(`the Secret ${namespace}/${name} is not there`);
  const encoded = secret.data?.[key];
  if (encoded === undefined) throw new Error(`the Secret ${namespace}/${name} has no key ${key}`);
  return Buffer.from(encoded, 'base64').toString('utf8');
}
