// On a real NATS and a real ClickHouse: however many processes start at once on an empty database, each migration runs once.

import {
  notingStatements,
  startTestClickHouse,
  type TestClickHouse,
} from '@menshen/clickhouse/clickhouse.testkit';
import type { ClickHouse } from '@menshen/clickhouse/client';
import { ensureSchema } from '@menshen/clickhouse/ensure-schema';
import { openStatusBucket } from '@menshen/jetstream/ensure-streams';
import { startTestNats, type TestNats } from '@menshen/jetstream/jetstream.testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lockMigrations } from './lock-migrations.ts';

let nats: TestNats;
let server: TestClickHouse;
beforeAll(async () => {
  [nats, server] = await Promise.all([startTestNats(), startTestClickHouse()]);
});
afterAll(async () => {
  await nats.close();
  await server.close();
});

async function counting(corpId: string, ran: string[]): Promise<ClickHouse> {
  return notingStatements(await server.open(corpId, { empty: true }), ran);
}

describe('processes that start at once on an empty database', () => {
  it('migrate it once, and all go on when it is migrated', async () => {
    const bucket = await openStatusBucket(nats.nats, 1);
    const ran: string[] = [];
    const processes = ['ingest-1', 'archiver-1', 'archiver-2', 'operator-1'];
    const outcomes = await Promise.all(
      processes.map(async (instance) => {
        const clickhouse = await counting('locked', ran);
        const outcome = await ensureSchema(
          clickhouse,
          'single',
          lockMigrations(bucket, { corpId: 'locked', instance }),
        );
        const [row] = await clickhouse.query<{ migrations: string }>(
          'SELECT count() AS migrations FROM migrations',
        );
        return [outcome, Number(row?.migrations)];
      }),
    );
    expect(outcomes).toEqual(processes.map(() => ['Migrated', 1]));
    expect(ran.filter((sql) => sql.startsWith('INSERT INTO migrations'))).toHaveLength(1);
    expect(ran.filter((sql) => sql.includes('TABLE IF NOT EXISTS `messages`'))).toHaveLength(1);
  });
});
