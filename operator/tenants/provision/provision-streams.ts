// Step: the tenant's streams, consumers and buckets, as a condition.
import { JetStreamApiError } from '@nats-io/jetstream';
import { PermissionViolationError } from '@nats-io/transport-node';
import { ApiError } from '../../kube/api-error.ts';
import type { SettledTenant } from '../settled-tenant.ts';
import type { StepResult } from '../step.ts';
import type { Conflict } from './compare-stream.ts';
import { ArchiveSilent, type EnsuredTenantStreams, ensureTenantStreams } from './ensure-tenant-streams.ts';
import type { BorrowNats, ReadArchivedSequences } from './provision-ports.ts';

export interface StreamPorts {
  readonly borrowNats: BorrowNats;
  readonly readArchivedSequences: ReadArchivedSequences;
  /** How the tenant's processes log in, for people. */
  readonly describeLogin?: (tenant: SettledTenant) => string;
}

const TYPE = 'StreamReady';
/** A server that is away is looked for again after so long, ms. */
const LOOK_AGAIN_MS = 15_000;

/** Brings them in line. Rejects for what is neither expected nor known. */
export async function provisionStreams(tenant: SettledTenant, ports: StreamPorts): Promise<StepResult> {
  const loan = await ports.borrowNats(tenant).catch((error: unknown) => asError(error));
  if (loan instanceof Error) return describeNoLoan(tenant, loan);
  try {
    const version = loan.nats.info?.version ?? '0.0.0';
    if (!hasAtomicBatches(version)) return tooOld(version);
    const ensured = await ensureTenantStreams(loan.nats, tenant, () => ports.readArchivedSequences(tenant));
    return describe(tenant, ensured, ports.describeLogin?.(tenant));
  } catch (error) {
    return describeFailure(tenant, error, loan.nats.isClosed());
  } finally {
    loan.release();
  }
}

/** Pure: what was found, as a condition. */
export function describe(
  { spec }: SettledTenant,
  { origin, conflicts }: EnsuredTenantStreams,
  login: string | undefined,
): StepResult {
  const { corpId, messaging } = spec;
  if (conflicts.length > 0)
    return failed('ConfigConflict', conflicts.map(spell).join('; '), { isStalled: true });
  // Whether a server writes through no user of it can ask (README.md).
  const caution =
    messaging.replicas > 1
      ? ''
      : '; one copy is durable only where the server runs with sync_interval always, which it does not tell';
  const how =
    origin === 'Created' ? 'made for this tenant' : 'there before this tenant, which goes on with them';
  const message = `streams COMM_${corpId} and OUT_${corpId} are ${how}${caution}${login === undefined ? '' : `; ${login}`}`;
  return { conditions: [{ type: TYPE, status: 'True', reason: origin, message }] };
}

const spell = ({ field, actual, wanted, remedy }: Conflict): string =>
  `${field} is ${actual}, wanted is ${wanted}: ${remedy}`;

function describeFailure(tenant: SettledTenant, error: unknown, isClosed: boolean): StepResult {
  if (error instanceof ArchiveSilent)
    return failed('WaitingForArchive', `${error.message}: see DatabaseReady`, {
      requeueAfterMs: LOOK_AGAIN_MS,
    });
  if (isRefusal(error)) return refused(asError(error));
  if (isClosed || isTransport(error)) return unreachable(tenant);
  if (error instanceof JetStreamApiError && error.code === NO_ROOM) return noRoom(tenant);
  if (error instanceof JetStreamApiError)
    return failed(
      'ConfigConflict',
      `the server says "${error.message}": change what stands in its way, or the spec`,
      {
        requeueAfterMs: LOOK_AGAIN_MS,
      },
    );
  throw error;
}

/** nats-server errors.json: JSStorageResourcesExceededErr. A stream reserves its maximum when it is made. */
const NO_ROOM = 10047;

function noRoom({ spec }: SettledTenant): StepResult {
  const message = `the server has no room for two streams of spec.messaging.maxStreamBytes (${spec.messaging.maxStreamBytes}), which are reserved in full: lower it, or raise the server's max_file_store`;
  return failed('ConfigConflict', message, { isStalled: true, requeueAfterMs: LOOK_AGAIN_MS });
}

function describeNoLoan(tenant: SettledTenant, error: Error): StepResult {
  // The Kubernetes API failed, and not the Secret: that is not for this condition to tell.
  if (error instanceof ApiError) throw error;
  if (isRefusal(error)) return refused(error);
  if (isTransport(error)) return unreachable(tenant);
  return failed('CredentialsRefused', error.message, { requeueAfterMs: LOOK_AGAIN_MS });
}

function unreachable({ spec }: SettledTenant): StepResult {
  const message = `no connection to ${spec.messaging.url}: check spec.messaging.url, the server, and what the operator may reach`;
  return failed('NatsUnreachable', message, { requeueAfterMs: LOOK_AGAIN_MS });
}

function refused(error: Error): StepResult {
  const subject = /"([^"]+)"/.exec(error.message)?.[1];
  const what = subject === undefined ? '' : ` (${subject})`;
  const message = `the server refuses the operator's credentials${what}: give it the account's signing key, or spec.messaging.credentialsSecretRef that may make streams`;
  return failed('CredentialsRefused', message, { requeueAfterMs: LOOK_AGAIN_MS });
}

function tooOld(version: string): StepResult {
  const message = `nats-server ${version} has no atomic batches: upgrade it to 2.12 or later`;
  return failed('VersionTooOld', message, { isStalled: true, requeueAfterMs: LOOK_AGAIN_MS });
}

function failed(reason: string, message: string, rest: Omit<StepResult, 'conditions'>): StepResult {
  return { conditions: [{ type: TYPE, status: 'False', reason, message }], ...rest };
}

function hasAtomicBatches(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 2 || (major === 2 && minor >= 12);
}

function isRefusal(error: unknown): boolean {
  return chain(error).some(
    (each) =>
      each instanceof PermissionViolationError ||
      /authorization violation|permissions violation|authentication (expired|timeout)|user authentication/i.test(
        each.message,
      ),
  );
}

const TRANSPORT = new Set([
  'NatsUnreachable',
  'TimeoutError',
  'RequestError',
  'NoRespondersError',
  'ClosedConnectionError',
  'ConnectionError',
  'DrainingConnectionError',
]);
const isTransport = (error: unknown): boolean => chain(error).some(({ name }) => TRANSPORT.has(name));

function chain(error: unknown): Error[] {
  const all: Error[] = [];
  for (let each = error; each instanceof Error; each = each.cause) all.push(each);
  return all;
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
