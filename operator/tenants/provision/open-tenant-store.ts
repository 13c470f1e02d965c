// Ways to where a tenant keeps its record: its bucket with its own keys, or whether its volume's claim is there.
import type { ApiClient } from '../../kube/api-client.ts';
import { ApiError } from '../../kube/api-error.ts';
import type { Resource } from '../../kube/resource.ts';
import { KeysMissing, type ObjectStorePorts } from './check-object-store.ts';
import type { ReadSecret } from './open-database.ts';

const CLAIMS: Resource = {
  group: '',
  version: 'v1',
  plural: 'persistentvolumeclaims',
  kind: 'PersistentVolumeClaim',
  isNamespaced: true,
};

export function openTenantStores(readSecret: ReadSecret): ObjectStorePorts['openStore'] {
  return async ({ metadata, spec }) => {
    const { s3 } = spec.storage.objects;
    if (s3 === undefined) throw new Error('the tenant keeps its record on a volume');
    const read = async (ref: { name: string; key: string }): Promise<string> => {
      try {
        return (await readSecret(metadata.namespace, ref)).trim();
      } catch (error) {
        if (error instanceof ApiError || !(error instanceof Error)) throw error;
        throw new KeysMissing(error.message, { cause: error });
      }
    };
    // Its client is large, and most operators have no tenant that needs it.
    const { openS3Store } = await import('@menshen/objects/s3-store');
    return openS3Store({
      bucket: s3.bucket,
      prefix: s3.prefix,
      region: s3.region,
      forcePathStyle: s3.forcePathStyle,
      ...(s3.endpoint === undefined ? {} : { endpoint: s3.endpoint }),
      accessKeyId: await read(s3.accessKeyIdSecretRef),
      secretAccessKey: await read(s3.secretAccessKeySecretRef),
    });
  };
}

export const claimExistsBy =
  (client: Pick<ApiClient, 'get'>): ObjectStorePorts['claimExists'] =>
  async (namespace, name) =>
    (await client.get(CLAIMS, { namespace, name })) !== undefined;
