// Ingest as a process of its own that can be killed: the product's Ingest on real NATS and a real store, without the Nest shell and the database,
// which media do not touch. `node --conditions=source ingest-process.ts CONFIG`.
import { readFileSync } from 'node:fs';
import type { IngestConfig } from '@menshen/contracts/role-config';
import { Ingest } from '@menshen/ingest/ingest';
import { connectNats } from '@menshen/jetstream/connect-nats';
import { ensureStreams, openStatusBucket } from '@menshen/jetstream/ensure-streams';
import { openObjectStore } from '@menshen/objects/open-object-store';
import { Health } from '@menshen/telemetry/health';
import { createLogger } from '@menshen/telemetry/logger';
import { createRegistry } from '@menshen/telemetry/process-metrics';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';

/** What the process is told, by a JSON file. */
export interface IngestProcessConfig {
  readonly corpId: string;
  readonly natsUrl: string;
  readonly objectsDir: string;
  readonly ingest: IngestConfig;
}

const MAX_STREAM_BYTES = 4 * 1024 ** 3;

async function main(file: string): Promise<void> {
  const {
    corpId,
    natsUrl,
    objectsDir,
    ingest: config,
  } = JSON.parse(readFileSync(file, 'utf8')) as IngestProcessConfig;
  const nats = await connectNats({ url: natsUrl, clientName: 'media-chaos' });
  const jsm = await jetstreamManager(nats);
  const plan = {
    corpId,
    replicas: 1,
    maxStreamBytes: MAX_STREAM_BYTES,
    firstSequence: { capture: 1, outcome: 1 },
  };
  await ensureStreams(jsm, plan);
  const ingest = new Ingest({
    corpId,
    config,
    instance: `media-chaos-${process.pid}`,
    nats,
    js: jetstream(nats, { timeout: 10_000 }),
    jsm,
    status: await openStatusBucket(nats, 1),
    objects: await openObjectStore({ kind: 'Folder', path: objectsDir }),
    ensureStreams: async () => {
      await ensureStreams(jsm, plan);
    },
    archivedPosition: () => Promise.resolve(undefined),
    archivedDirectory: () => Promise.resolve([]),
    archivedGaps: () => Promise.resolve([]),
    archivedLetters: () => Promise.resolve([]),
    listFolder: () => Promise.resolve([]),
    watchFiles: () => ({ close: () => undefined }),
    readSecret: (secret) => Promise.resolve(readFileSync(secret, 'utf8').trim()),
    clock: { nowMs: () => Date.now() },
    logger: createLogger({ role: 'ingest', corpId, level: 'info' }),
    registry: createRegistry({ version: 'chaos', roles: ['ingest'] }),
    health: new Health(),
  });
  await ingest.start();
  process.once('SIGTERM', () => {
    void ingest.stop().finally(() => process.exit(0));
  });
  await ingest.ended;
}

await main(process.argv[2] ?? '');
