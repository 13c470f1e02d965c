// From configuration to a store: the one place that knows which kinds there are.
import { readFile } from 'node:fs/promises';
import type { ObjectsConfig } from '@menshen/contracts/role-config';
import { openFolderStore } from './folder-store.ts';
import type { ObjectStore } from './object-store.ts';

/** Opens the object store a role was given. Rejects when the folder or a secret file cannot be read. */
export async function openObjectStore(config: ObjectsConfig): Promise<ObjectStore> {
  if (config.kind === 'Folder') return await openFolderStore(config.path);
  // The S3 client is large and only loaded where it is used.
  const { openS3Store } = await import('./s3-store.ts');
  return openS3Store({
    bucket: config.bucket,
    prefix: config.prefix,
    region: config.region,
    forcePathStyle: config.forcePathStyle,
    accessKeyId: await readSecret(config.accessKeyIdFile),
    secretAccessKey: await readSecret(config.secretAccessKeyFile),
    ...(config.endpoint === undefined ? {} : { endpoint: config.endpoint }),
  });
}

async function readSecret(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).trim();
}
