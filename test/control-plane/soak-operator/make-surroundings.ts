// What tenants name and do not make: namespaces, Secrets, the claim of a volume.
import { LOCAL_CLICKHOUSE_USER } from '@menshen/engines/start-clickhouse';
import type { ApiClient } from '@menshen/operator/kube/api-client';
import type { KubeObject } from '@menshen/operator/kube/kube-object';
import type { Resource } from '@menshen/operator/kube/resource';
import { SECRETS } from '@menshen/operator/tenants/child-resources';
import { NAMESPACES } from '../resources.ts';
import { persist } from './persist.ts';
import { CLICKHOUSE_KEY, type Fleet, type FleetTenant, secretsOf, VOLUME_CLAIM } from './plan-fleet.ts';

const CLAIMS: Resource = {
  group: '',
  version: 'v1',
  plural: 'persistentvolumeclaims',
  kind: 'PersistentVolumeClaim',
  isNamespaced: true,
};

export async function makeNamespaces(client: ApiClient, { namespaces }: Fleet): Promise<void> {
  for (const { name, labels } of namespaces) {
    await persist(() => client.create(NAMESPACES, { metadata: { name, labels } }));
    const spec = { accessModes: ['ReadWriteMany'], resources: { requests: { storage: '1Gi' } } };
    await make(client, CLAIMS, { metadata: { namespace: name, name: VOLUME_CLAIM }, spec });
  }
}

/** Two for a tenant. Nothing in them is one. */
export async function makeSecrets(client: ApiClient, tenant: FleetTenant): Promise<void> {
  const { archive, keys } = secretsOf(tenant);
  const { namespace } = tenant;
  const stringData = { archive: 'not a secret', [CLICKHOUSE_KEY]: LOCAL_CLICKHOUSE_USER.password };
  await make(client, SECRETS, { metadata: { namespace, name: archive }, stringData });
  await make(client, SECRETS, {
    metadata: { namespace, name: keys },
    stringData: { 'v1.pem': 'not a secret' },
  });
}

async function make(
  client: ApiClient,
  resource: Resource,
  object: KubeObject & Record<string, unknown>,
): Promise<void> {
  await persist(() => client.create<KubeObject>(resource, object));
}
