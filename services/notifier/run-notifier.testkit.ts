// A notifier in a process of its own, so that a test can kill it with -9. Started by `startNotifierProcess`; reads its options from argv.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { NotifierConfig } from '@menshen/contracts/role-config';
import { connectNats } from '@menshen/jetstream/connect-nats';
import { openStatusBucket } from '@menshen/jetstream/ensure-streams';
import { pullBatches } from '@menshen/jetstream/pull-batches';
import { Health } from '@menshen/telemetry/health';
import { silentLogger } from '@menshen/telemetry/logger';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { Registry } from 'prom-client';
import { Notifier } from './notifier.ts';

export interface NotifierProcessOptions {
  readonly natsUrl: string;
  readonly corpId: string;
  readonly config: NotifierConfig;
}

/** Resolves when the notifier has taken over what was owed and reads findings. */
export async function startNotifierProcess(options: NotifierProcessOptions): Promise<ChildProcess> {
  const script = fileURLToPath(import.meta.url);
  const child = spawn(process.execPath, ['--conditions=source', script, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  return child;
}

/** Ends it without any chance to tidy up. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function run(options: NotifierProcessOptions): Promise<void> {
  const nats = await connectNats({ url: options.natsUrl, clientName: 'notifier' });
  const js = jetstream(nats, { timeout: 2_000 });
  const notifier = new Notifier({
    corpId: options.corpId,
    config: options.config,
    instance: String(process.pid),
    js,
    nats,
    jsm: await jetstreamManager(nats),
    status: await openStatusBucket(nats, 1),
    fetch,
    readSecret: () => Promise.reject(new Error('no secrets here')),
    clock: { nowMs: () => Date.now() },
    chance: Math.random,
    logger: silentLogger,
    registry: new Registry(),
    health: new Health(),
  });
  await notifier.start();
  pullBatches(js, notifier.subscription(), (batch) => notifier.handle(batch));
  process.stdout.write('started\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await run(JSON.parse(process.argv[2] ?? '{}'));
