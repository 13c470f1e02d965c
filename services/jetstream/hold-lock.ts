// A lock that at most one process of a tenant holds: an entry of the STATUS bucket, made only where there is none, which disappears by itself
// a minute after its holder last renewed it. The server decides, so it holds between pods, operators and clusters of ClickHouse alike.
import type { KV } from '@nats-io/kv';
import { STATUS_TTL_MS } from './stream-configs.ts';

export interface Lock {
  /** The STATUS bucket. */
  readonly bucket: Pick<KV, 'create' | 'update' | 'delete'>;
  readonly corpId: string;
  /** What it guards: `migration`. A token of a key. */
  readonly name: string;
  /** Who holds it, for people. */
  readonly holder: string;
}

/** Nobody can say who holds the lock: the bucket does not answer. */
export class LockUnavailable extends Error {
  constructor(cause: unknown) {
    super('the lock cannot be asked for, because NATS does not answer', { cause });
    this.name = 'LockUnavailable';
  }
}

/** The lock under which a tenant's database is migrated. */
export const MIGRATION_LOCK = 'migration';

/** Key under which a lock is held. */
export const lockKey = (corpId: string, name: string): string => `${corpId}.lock.${name}`;

/** Renewed three times before it could expire. */
const RENEW_MS = STATUS_TTL_MS / 4;

/**
 * Does the work while holding the lock; `Busy` when another holds it. `isHeld` says whether it is still ours: work in several steps asks
 * before each. Rejects with {@link LockUnavailable}, or with what the work rejects with.
 */
export async function holdLock<T>(
  lock: Lock,
  work: (isHeld: () => boolean) => Promise<T>,
): Promise<T | 'Busy'> {
  const key = lockKey(lock.corpId, lock.name);
  const value = JSON.stringify({ holder: lock.holder });
  let revision = await take(lock, key, value);
  if (revision === undefined) return 'Busy';
  let isHeld = true;
  const renewing = setInterval(() => {
    const before = revision ?? 0;
    lock.bucket.update(key, value, before).then(
      (renewed) => (revision = renewed),
      // Whether the server refused it or is away: nobody can say that it is still ours.
      () => (isHeld = false),
    );
  }, RENEW_MS);
  try {
    return await work(() => isHeld);
  } finally {
    clearInterval(renewing);
    // Whoever took it over meanwhile keeps it; and what cannot be removed now expires.
    if (isHeld) await lock.bucket.delete(key, { previousSeq: revision }).catch(() => undefined);
  }
}

async function take({ bucket }: Lock, key: string, value: string): Promise<number | undefined> {
  try {
    return await bucket.create(key, value);
  } catch (error) {
    if (isTaken(error)) return undefined;
    throw new LockUnavailable(error);
  }
}

/** nats-server errors.json: JSStreamWrongLastSequenceErrF, JSStreamWrongLastSequenceConstantErr. */
const TAKEN = new Set([10071, 10164]);
const isTaken = (error: unknown): boolean => TAKEN.has((error as { code?: number }).code ?? 0);
