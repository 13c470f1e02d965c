// The object store of a tenant as local mode reaches it: a claim is a folder here, a bucket is a bucket.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectStore } from '@menshen/objects/object-store';
import { openObjectStore } from '@menshen/objects/open-object-store';
import type { SettledTenant } from '@menshen/operator/tenants/settled-tenant';
import type { LocalSecret } from '../supervisor/local-cluster.ts';

/** Opens it with the tenant's own Secrets. Rejects, naming it, when a Secret is missing. */
export async function openTenantStore(
  tenant: SettledTenant,
  around: { readonly volumesFolder: string; readonly secrets: readonly LocalSecret[] },
): Promise<ObjectStore> {
  const { namespace } = tenant.metadata;
  const { folder, s3 } = tenant.spec.storage.objects;
  if (s3 === undefined) {
    const path = join(around.volumesFolder, namespace, folder?.volumeClaimName ?? '');
    await mkdir(path, { recursive: true, mode: 0o700 });
    return await openObjectStore({ kind: 'Folder', path });
  }
  const value = (ref: { readonly name: string; readonly key: string }): string => {
    const secret = around.secrets.find((one) => one.namespace === namespace && one.name === ref.name);
    const bytes = secret?.data[ref.key];
    if (bytes === undefined)
      throw new Error(`Secret ${namespace}/${ref.name} with the key ${ref.key} does not exist`);
    return Buffer.from(bytes).toString('utf8').trim();
  };
  const { openS3Store } = await import('@menshen/objects/s3-store');
  return openS3Store({
    bucket: s3.bucket,
    prefix: s3.prefix,
    region: s3.region,
    forcePathStyle: s3.forcePathStyle,
    accessKeyId: value(s3.accessKeyIdSecretRef),
    secretAccessKey: value(s3.secretAccessKeySecretRef),
    ...(s3.endpoint === undefined ? {} : { endpoint: s3.endpoint }),
  });
}
