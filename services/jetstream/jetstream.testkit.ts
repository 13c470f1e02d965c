// A real nats-server for one test file, with the tenant's streams.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineProcess } from '@menshen/engines/engine-process';
import { startNats } from '@menshen/engines/start-nats';
import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { connectNats } from './connect-nats.ts';
import { ensureStreams } from './ensure-streams.ts';
import type { StreamPlan } from './stream-configs.ts';

export interface TestNats {
  readonly server: EngineProcess;
  readonly nats: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  /** Kills the server with -9, starts it again and waits until this connection works again. */
  killAndRestart(): Promise<void>;
  close(): Promise<void>;
}

/** Starts nats-server in a folder of its own and connects. */
export async function startTestNats(): Promise<TestNats> {
  const folder = await mkdtemp(join(tmpdir(), 'menshen-nats-'));
  const server = await startNats({ dataDir: folder });
  const nats = await connectNats({ url: server.url, clientName: 'test' });
  const jsm = await jetstreamManager(nats);
  return {
    server,
    nats,
    js: jetstream(nats, { timeout: 5_000 }),
    jsm,
    async killAndRestart() {
      await server.stop('SIGKILL');
      await server.start();
      await answersAgain(jsm);
    },
    async close() {
      await nats.close();
      await server.stop('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function answersAgain(jsm: JetStreamManager): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await jsm.getAccountInfo();
      return;
    } catch (error) {
      if (tries > 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

export async function makeStreams(
  jsm: JetStreamManager,
  corpId: string,
  plan: Partial<StreamPlan> = {},
): Promise<void> {
  await ensureStreams(jsm, {
    corpId,
    replicas: 1,
    maxStreamBytes: 256 * 1024 * 1024,
    firstSequence: { capture: 1, outcome: 1 },
    ...plan,
  });
}

export const realClock = { nowMs: (): number => Date.now() };
