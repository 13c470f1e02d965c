// Step: whether the record can be kept. A bucket is written to, read and cleaned up with the tenant's own keys; of a volume only its claim can
// be seen from here, because only the tenant's pods mount it.
import { judgeStoreError } from '@menshen/objects/judge-error';
import type { ObjectStore } from '@menshen/objects/object-store';
import type { Clock } from '../../kube/clock.ts';
import type { SettledTenant } from '../settled-tenant.ts';
import type { StepResult } from '../step.ts';

export interface ObjectStorePorts {
  /** The tenant's store in S3. Rejects with {@link KeysMissing} when its Secrets cannot be read. */
  readonly openStore: (tenant: SettledTenant) => Promise<ObjectStore>;
  /** Whether a PersistentVolumeClaim is there. Rejects with ApiError. */
  readonly claimExists: (namespace: string, name: string) => Promise<boolean>;
  readonly clock: Clock;
}

/** CredentialsValid tells which Secret; here there is nothing to look at until it is there. */
export class KeysMissing extends Error {}

const TYPE = 'ObjectStoreReady';
const LOOK_AGAIN_MS = 15_000;
/** A store that says nothing for so long is away, ms: the client would try for minutes. */
const PATIENCE_MS = 10_000;

/** Rejects for what is neither expected nor known. */
export async function checkObjectStore(tenant: SettledTenant, ports: ObjectStorePorts): Promise<StepResult> {
  const { folder, s3 } = tenant.spec.storage.objects;
  if (s3 === undefined) return await checkClaim(tenant, folder?.volumeClaimName ?? '', ports);
  const where = `bucket ${s3.bucket}${s3.endpoint === undefined ? '' : ` at ${s3.endpoint}`}`;
  try {
    await probe(tenant, ports);
    return told('True', 'Writable', `${where} can be written, read and cleaned up under "${s3.prefix}"`);
  } catch (error) {
    if (error instanceof KeysMissing) return failed('AccessDenied', error.message);
    return describeFault(error, where);
  }
}

async function checkClaim(
  { metadata }: SettledTenant,
  claim: string,
  { claimExists }: ObjectStorePorts,
): Promise<StepResult> {
  if (await claimExists(metadata.namespace, claim))
    return told(
      'True',
      'NotChecked',
      `PersistentVolumeClaim ${claim} is there; whether it can be written only the pods see`,
    );
  return failed(
    'ClaimMissing',
    `there is no PersistentVolumeClaim ${claim} in ${metadata.namespace}: create it, or correct spec.storage.objects.folder.volumeClaimName`,
  );
}

async function probe(tenant: SettledTenant, { openStore, clock }: ObjectStorePorts): Promise<void> {
  const store = await openStore(tenant);
  const key = `operator-probe/${tenant.spec.corpId}`;
  const bytes = Buffer.from('written by the operator to see whether it can be; may be deleted\n');
  await within(clock, async () => {
    await doing('write', () => store.put(key, bytes));
    const read = await doing('read', () => store.get(key));
    if (read === undefined || !read.equals(bytes)) throw new Unfaithful();
    await doing('delete', () => store.delete(key));
  });
}

/** What was being done when the store refused. */
class Refused extends Error {
  readonly verb: string;

  constructor(verb: string, cause: unknown) {
    super(`cannot ${verb}`, { cause });
    this.verb = verb;
  }
}

/** Somebody else's object came back, or none: a cache, or two stores behind one address. */
class Unfaithful extends Error {}

class OutOfPatience extends Error {}

async function doing<T>(verb: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new Refused(verb, error);
  }
}

async function within(clock: Clock, work: () => Promise<void>): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const cancel = clock.after(PATIENCE_MS, () => reject(new OutOfPatience()));
  try {
    await Promise.race([work(), late]);
  } finally {
    cancel();
  }
}

function describeFault(error: unknown, where: string): StepResult {
  if (error instanceof Unfaithful)
    return failed(
      'Unreachable',
      `${where} does not give back what was just written: look for a cache or a second store in between`,
    );
  const fault = error instanceof OutOfPatience ? 'Unreachable' : judgeStoreError(causeOf(error));
  switch (fault) {
    case 'BucketMissing':
      return failed(
        'BucketMissing',
        `${where} does not exist: create it, or correct spec.storage.objects.s3`,
      );
    case 'AccessDenied': {
      const verb = error instanceof Refused ? error.verb : 'use it';
      return failed(
        'AccessDenied',
        `${where} refuses to ${verb}: check the keys in spec.storage.objects.s3 and what they may do`,
      );
    }
    case 'Unreachable':
      return failed(
        'Unreachable',
        `no answer from ${where}: check spec.storage.objects.s3.endpoint, the store, and what the operator may reach`,
      );
    case undefined:
      throw error;
  }
}

const causeOf = (error: unknown): unknown => (error instanceof Refused ? error.cause : error);

function told(status: 'True' | 'False', reason: string, message: string): StepResult {
  return { conditions: [{ type: TYPE, status, reason, message }] };
}

const failed = (reason: string, message: string): StepResult => ({
  ...told('False', reason, message),
  requeueAfterMs: LOOK_AGAIN_MS,
});
