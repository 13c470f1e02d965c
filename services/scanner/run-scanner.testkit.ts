// A scanner in a process of its own, so that a test can kill it with -9. Started by `startScannerProcess`; reads its options from argv.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { connectNats } from '@menshen/jetstream/connect-nats';
import { openPolicyBucket, openStatusBucket } from '@menshen/jetstream/ensure-streams';
import { pullBatches } from '@menshen/jetstream/pull-batches';
import { openFolderStore } from '@menshen/objects/folder-store';
import { Health } from '@menshen/telemetry/health';
import { silentLogger } from '@menshen/telemetry/logger';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { Registry } from 'prom-client';
import { Scanner } from './scanner.ts';

export interface ScannerProcessOptions {
  readonly natsUrl: string;
  readonly corpId: string;
  readonly partitioned: boolean;
  readonly batchSize: number;
  /** Folder of the object store. */
  readonly objects: string;
}

/** How often a test's scanner reports and shares its lanes, ms: the product takes its time. */
const REPORT_MS = 500;

/** Resolves when the scanner judges. */
export async function startScannerProcess(options: ScannerProcessOptions): Promise<ChildProcess> {
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

/** Ends it as Kubernetes does. */
export async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

async function run(options: ScannerProcessOptions): Promise<void> {
  const nats = await connectNats({ url: options.natsUrl, clientName: 'scanner' });
  const js = jetstream(nats, { timeout: 2_000 });
  const { corpId, partitioned, batchSize } = options;
  const scanner = new Scanner({
    corpId,
    config: { partitioned, batchSize },
    instance: String(process.pid),
    js,
    jsm: await jetstreamManager(nats),
    policies: await openPolicyBucket(nats, 1),
    status: await openStatusBucket(nats, 1),
    objects: await openFolderStore(options.objects),
    clock: { nowMs: () => Date.now() },
    logger: silentLogger,
    registry: new Registry(),
    health: new Health(),
  });
  await scanner.start();
  const loops = scanner
    .subscriptions()
    .map((subscription) => pullBatches(js, subscription, (batch) => scanner.handle(batch)));
  // In the order of a Nest application that closes.
  process.once('SIGTERM', async () => {
    await scanner.prepareStop();
    await Promise.all(loops.map((loop) => loop.drain()));
    await scanner.stop();
    process.exit(0);
  });
  setInterval(() => void scanner.report(), REPORT_MS);
  process.stdout.write('started\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await run(JSON.parse(process.argv[2] ?? '{}'));
