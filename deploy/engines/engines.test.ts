import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { EngineProcess } from './engine-process.ts';
import { LOCAL_CLICKHOUSE_USER, startClickHouse } from './start-clickhouse.ts';
import { startNats } from './start-nats.ts';

describe('the real engines on a bare machine', () => {
  const running: EngineProcess[] = [];
  const folders: string[] = [];
  const folder = async (): Promise<string> => {
    const path = await mkdtemp(join(tmpdir(), 'menshen-engine-'));
    folders.push(path);
    return path;
  };
  afterEach(async () => {
    await Promise.all(running.splice(0).map((engine) => engine.stop('SIGKILL')));
    await Promise.all(folders.splice(0).map((path) => rm(path, { recursive: true, force: true })));
  });

  const ask = async (engine: EngineProcess, query: string): Promise<string> => {
    const headers = {
      'X-ClickHouse-User': LOCAL_CLICKHOUSE_USER.username,
      'X-ClickHouse-Key': LOCAL_CLICKHOUSE_USER.password,
    };
    const answer = await fetch(engine.url, { method: 'POST', body: query, headers });
    return (await answer.text()).trim();
  };

  it('ClickHouse 26.7 or later answers over HTTP and keeps its rows through kill -9', async () => {
    const engine = await startClickHouse({ dataDir: await folder() });
    running.push(engine);
    const [major, minor] = (await ask(engine, 'SELECT version()')).split('.').map(Number);
    expect((major ?? 0) * 100 + (minor ?? 0)).toBeGreaterThanOrEqual(2607);
    await ask(
      engine,
      'CREATE TABLE default.t (a UInt64) ENGINE = MergeTree ORDER BY a SETTINGS fsync_after_insert = 1',
    );
    await ask(engine, 'INSERT INTO default.t VALUES (1),(2),(3)');
    await engine.stop('SIGKILL');
    await engine.start();
    expect(await ask(engine, 'SELECT count() FROM default.t')).toBe('3');
  });

  it('nats-server answers with JetStream, and again after kill -9 on the same port', async () => {
    const engine = await startNats({ dataDir: await folder() });
    running.push(engine);
    const first = engine.pid();
    await engine.stop('SIGKILL');
    await engine.start();
    expect(engine.pid()).not.toBe(first);
    expect(engine.pid()).toBeTypeOf('number');
  });
});
