// The object store, as the flags of a command say where it is.
import type { ObjectsConfig } from '@menshen/contracts/role-config';
import { type Flag, type Given, Refusal, required } from './command.ts';

export const STORE_FLAGS: readonly Flag[] = [
  { name: 'objects-folder', value: 'DIR', help: 'the store is a folder or volume' },
  { name: 's3-bucket', value: 'NAME', help: 'the store is S3 or speaks its protocol' },
  { name: 's3-prefix', value: 'TEXT', help: 'in front of every key (default: none)' },
  {
    name: 's3-endpoint',
    value: 'URL',
    help: 'of a store other than AWS, e.g. http://minio:9000 (implies path-style addresses)',
  },
  { name: 's3-region', value: 'NAME', help: 'region (default: us-east-1)' },
  { name: 's3-access-key-id-file', value: 'FILE', help: 'file with the access key id' },
  { name: 's3-secret-access-key-file', value: 'FILE', help: 'file with the secret access key' },
];

/** Throws {@link Refusal} when the flags name no store, or two. */
export function storeOf(given: Given): ObjectsConfig {
  const { 'objects-folder': folder, 's3-bucket': bucket } = given.flags;
  if ((folder === undefined) === (bucket === undefined))
    throw new Refusal(
      'Usage',
      'the store is missing or given twice: give either --objects-folder DIR or --s3-bucket NAME',
    );
  if (bucket === undefined)
    return { kind: 'Folder', path: required(given, 'objects-folder', '/var/lib/menshen/objects') };
  const endpoint = given.flags['s3-endpoint'];
  return {
    kind: 'S3',
    bucket,
    prefix: given.flags['s3-prefix'] ?? '',
    region: given.flags['s3-region'] ?? 'us-east-1',
    forcePathStyle: endpoint !== undefined,
    accessKeyIdFile: required(given, 's3-access-key-id-file', '/run/secrets/access-key-id'),
    secretAccessKeyFile: required(given, 's3-secret-access-key-file', '/run/secrets/secret-access-key'),
    ...(endpoint !== undefined && { endpoint }),
  };
}
