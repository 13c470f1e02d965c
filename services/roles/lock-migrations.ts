// A process that finds migrations to do waits until no other does them: two archivers, or an archiver and the operator.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Exclusively } from '@menshen/clickhouse/ensure-schema';
import { holdLock, MIGRATION_LOCK } from '@menshen/jetstream/hold-lock';
import type { KV } from '@nats-io/kv';

const TRY_AGAIN_MS = 1_000;

export function lockMigrations(
  bucket: KV,
  { corpId, instance }: { readonly corpId: string; readonly instance: string },
): Exclusively {
  return async (work) => {
    const lock = { bucket, corpId, name: MIGRATION_LOCK, holder: instance };
    while ((await holdLock(lock, work)) === 'Busy') await sleep(TRY_AGAIN_MS);
  };
}
