// A real ClickHouse for one test file; each test may have a database of its own.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineProcess } from '@menshen/engines/engine-process';
import { LOCAL_CLICKHOUSE_USER, startClickHouse } from '@menshen/engines/start-clickhouse';
import { type ClickHouse, openClickHouse } from './client.ts';
import { databaseOf, ensureSchema } from './ensure-schema.ts';

export interface TestClickHouse {
  readonly server: EngineProcess;
  /** A client of the tenant's database, which is made unless `empty`. */
  open(corpId: string, options?: { readonly empty?: boolean }): Promise<ClickHouse>;
  close(): Promise<void>;
}

export async function startTestClickHouse(): Promise<TestClickHouse> {
  const folder = await mkdtemp(join(tmpdir(), 'menshen-clickhouse-'));
  const server = await startClickHouse({ dataDir: folder });
  const opened: ClickHouse[] = [];
  return {
    server,
    async open(corpId, options = {}) {
      const database = databaseOf(corpId);
      const clickhouse = openClickHouse({ url: server.url, ...LOCAL_CLICKHOUSE_USER, database });
      opened.push(clickhouse);
      if (options.empty !== true) await ensureSchema(clickhouse, 'single');
      return clickhouse;
    },
    async close() {
      for (const clickhouse of opened) await clickhouse.close();
      await server.stop('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The same client, which also notes every statement that may change something. */
export function notingStatements(real: ClickHouse, statements: string[]): ClickHouse {
  return {
    database: real.database,
    query: (sql, params) => real.query(sql, params),
    insert: (insert) => real.insert(insert),
    close: () => real.close(),
    run: async (sql, options) => {
      statements.push(sql);
      await real.run(sql, options);
    },
  };
}
