// One ingest with the engine FinanceSDK as a process of its own, the code that runs in a cluster, but quicker to try again: `run-ingest FILE`.
// Nothing secret is in FILE, which names the files where secrets are. Ends on SIGTERM; on "metrics" from its parent it answers with them.
import { readdir, readFile } from 'node:fs/promises';
import type { IngestConfig } from '@menshen/contracts/role-config';
import { Ingest } from '@menshen/ingest/ingest';
import { buildSdkHost } from '@menshen/ingest/sdk-host/build-host.mjs';
import { connectNats } from '@menshen/jetstream/connect-nats';
import { makeStreams } from '@menshen/jetstream/jetstream.testkit';
import { openObjectStore } from '@menshen/objects/open-object-store';
import { Health } from '@menshen/telemetry/health';
import { createLogger } from '@menshen/telemetry/logger';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { Registry } from 'prom-client';

export interface RunIngestFile {
  readonly corpId: string;
  readonly natsUrl: string;
  readonly objectsDir: string;
  readonly ingest: IngestConfig;
}

/** What the child says to its parent. */
export type IngestSays = { readonly kind: 'started' } | { readonly kind: 'metrics'; readonly text: string };

const STREAM_BYTES = 8 * 1024 ** 3;

const file = JSON.parse(await readFile(process.argv[2] ?? '', 'utf8')) as RunIngestFile;
const nats = await connectNats({ url: file.natsUrl, clientName: 'ingest' });
const js = jetstream(nats, { timeout: 5_000 });
const jsm = await jetstreamManager(nats);
const registry = new Registry();
const ingest = new Ingest({
  corpId: file.corpId,
  config: file.ingest,
  instance: 'chaos',
  nats,
  js,
  jsm,
  status: { put: () => Promise.resolve(1) },
  objects: await openObjectStore({ kind: 'Folder', path: file.objectsDir }),
  ensureStreams: () => makeStreams(jsm, file.corpId, { maxStreamBytes: STREAM_BYTES }),
  archivedPosition: () => Promise.resolve(undefined),
  archivedDirectory: () => Promise.resolve([]),
  archivedGaps: () => Promise.resolve([]),
  archivedLetters: () => Promise.resolve([]),
  listFolder: (folder) => readdir(folder),
  watchFiles: () => ({ close: () => undefined }),
  readSecret: async (path) => (await readFile(path, 'utf8')).trim(),
  clock: { nowMs: () => Date.now() },
  logger: createLogger({ role: 'ingest', corpId: file.corpId, level: 'debug' }),
  registry,
  health: new Health(),
  // Pauses that protect WeCom would be most of the run.
  timing: {
    restMs: 1,
    quotaPauseMs: 20,
    standbyMs: 300,
    mediaRetryMs: 20,
  },
  sdkHostPath: await buildSdkHost(),
  sdkHostTiming: { restartMs: 1, longestRestartMs: 8, graceMs: 300 },
});
const say = (message: IngestSays): void => void process.send?.(message);
process.on('message', (asked) => {
  if (asked === 'metrics') void registry.metrics().then((text) => say({ kind: 'metrics', text }));
});
process.once('SIGTERM', () => {
  void ingest.stop().then(async () => {
    await nats.close();
    process.exit(0);
  });
});
await ingest.start();
say({ kind: 'started' });
