// What an error of an S3 store, or of the way to it, means to whoever has to tell people.
import { S3ServiceException } from '@aws-sdk/client-s3';

export type StoreFault = 'BucketMissing' | 'AccessDenied' | 'Unreachable';

/** `undefined` for what is none of these: a bug, or a store that is broken in a way nobody foresaw. */
export function judgeStoreError(error: unknown): StoreFault | undefined {
  if (error instanceof S3ServiceException) {
    if (error.name === 'NoSuchBucket') return 'BucketMissing';
    const status = error.$metadata.httpStatusCode ?? 0;
    // 400 with these names is how S3 refuses a key pair that it does not know or a region that is not the bucket's.
    if (status === 401 || status === 403 || REFUSALS.has(error.name)) return 'AccessDenied';
    return status >= 500 || status === 429 ? 'Unreachable' : undefined;
  }
  return causesOf(error).some((each) =>
    TRANSPORT.test(`${each.name} ${(each as { code?: string }).code ?? ''}`),
  )
    ? 'Unreachable'
    : undefined;
}

const REFUSALS = new Set([
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'AuthorizationHeaderMalformed',
  // versitygw's word for a key that it does not know [measured, 1.8.0].
  'XAdminUserNotFound',
]);
const TRANSPORT =
  /ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ETIMEDOUT|EPIPE|TimeoutError|NetworkingError|CERT|TLS/;

function causesOf(error: unknown): Error[] {
  const all: Error[] = [];
  for (let each = error; each instanceof Error; each = each.cause) all.push(each);
  return all;
}
