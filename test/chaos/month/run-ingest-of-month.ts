// The ingest of the month as a process of its own: everything as in a cluster, the engine FinanceSDK and the archive included, but the time is told
// by its parent: `run-ingest-of-month FILE`. Nothing secret is in FILE. Ends on SIGTERM.
import { readdir, readFile } from 'node:fs/promises';
import { openClickHouse } from '@menshen/clickhouse/client';
import { databaseOf } from '@menshen/clickhouse/ensure-schema';
import type { IngestConfig } from '@menshen/contracts/role-config';
import { LOCAL_CLICKHOUSE_USER } from '@menshen/engines/start-clickhouse';
import { Ingest } from '@menshen/ingest/ingest';
import { buildSdkHost } from '@menshen/ingest/sdk-host/build-host.mjs';
import { watchFiles } from '@menshen/ingest/watch-files';
import { connectNats } from '@menshen/jetstream/connect-nats';
import { ensureStreams } from '@menshen/jetstream/ensure-streams';
import { openObjectStore } from '@menshen/objects/open-object-store';
import { askArchive } from '@menshen/roles/ask-archive';
import { Health } from '@menshen/telemetry/health';
import { createLogger } from '@menshen/telemetry/logger';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { Registry } from 'prom-client';
import { steppedClock } from './stepped-clock.ts';

export interface IngestOfMonthFile {
  readonly corpId: string;
  readonly natsUrl: string;
  readonly clickhouseUrl: string;
  readonly objectsDir: string;
  readonly maxStreamBytes: number;
  readonly beginMs: number;
  readonly ingest: IngestConfig;
}

/** What the parent says. `Wake` is what WeCom's callback would say. */
export type ToldToIngest =
  | { readonly kind: 'Time'; readonly nowMs: number }
  | { readonly kind: 'Wake' }
  | { readonly kind: 'Metrics' }
  | { readonly kind: 'Memory' };
export type SaidByIngest =
  | { readonly kind: 'Started' }
  | { readonly kind: 'Metrics'; readonly text: string }
  /** Bytes, in digits. */
  | { readonly kind: 'Memory'; readonly text: string };

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

const file = JSON.parse(await readFile(process.argv[2] ?? '', 'utf8')) as IngestOfMonthFile;
const { corpId } = file;
const clock = steppedClock(file.beginMs, () => performance.now());
const nats = await connectNats({ url: file.natsUrl, clientName: 'ingest' });
const jsm = await jetstreamManager(nats);
const clickhouse = openClickHouse({
  url: file.clickhouseUrl,
  ...LOCAL_CLICKHOUSE_USER,
  database: databaseOf(corpId),
});
const archive = askArchive(clickhouse, 'single');
const registry = new Registry();
const ingest = new Ingest({
  corpId,
  config: file.ingest,
  instance: 'month',
  nats,
  js: jetstream(nats, { timeout: 10_000 }),
  jsm,
  status: { put: () => Promise.resolve(1) },
  objects: await openObjectStore({ kind: 'Folder', path: file.objectsDir }),
  ensureStreams: async () => {
    const firstSequence = { capture: 1, outcome: 1 };
    await ensureStreams(jsm, { corpId, replicas: 1, maxStreamBytes: file.maxStreamBytes, firstSequence });
  },
  archivedPosition: () => archive.position(),
  archivedDirectory: () => archive.directory(),
  archivedGaps: () => archive.openGaps(),
  archivedLetters: (query) => archive.deadLetters(query),
  listFolder: (folder) => readdir(folder),
  watchFiles,
  readSecret: async (path) => (await readFile(path, 'utf8')).trim(),
  clock,
  logger: createLogger({ role: 'ingest', corpId, level: 'info' }),
  registry,
  health: new Health(),
  timing: {
    restMs: 20,
    mediaRetryMs: 100,
    keyRefreshMs: 1_000,
    // Time comes in steps of an hour: an hour without a pull or a page is no silence, and answers of an hour ago are not old.
    idleManifestMs: 90 * MINUTE_MS,
    gapAfterMs: 90 * MINUTE_MS,
    mentionBoundMs: DAY_MS,
  },
  sdkHostPath: await buildSdkHost(),
});
const say = (message: SaidByIngest): void => void process.send?.(message);
process.on('message', (told: ToldToIngest) => {
  if (told.kind === 'Time') clock.jumpTo(told.nowMs);
  else if (told.kind === 'Wake') ingest.wake();
  else if (told.kind === 'Memory') say({ kind: 'Memory', text: String(heldBytes()) });
  else void registry.metrics().then((text) => say({ kind: 'Metrics', text }));
});
process.once('SIGTERM', () => {
  void ingest.stop().then(async () => {
    await nats.close();
    await clickhouse.close();
    process.exit(0);
  });
});
// Whoever told it the time is gone.
process.once('disconnect', () => process.exit(1));
await ingest.start();
say({ kind: 'Started' });

/** What is really held by the main thread: heap and buffers behind a full collection. */
function heldBytes(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
