// Ingest as a process of its own, started so that a crash would leave a core file if nothing forbade it, and never started again: if it dies, it is dead.
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { IngestConfig } from '@menshen/contracts/role-config';
import { buildStub } from '@menshen/sdk-stub/build-stub';
import { awaitAnswer } from '../await-answer.ts';
import type { IngestSays, RunIngestFile } from './run-ingest.ts';
import { CORP_ID, type Company, PAGE_LIMIT } from './start-company.ts';

export interface IngestChild {
  readonly pid: number;
  isAlive(): boolean;
  /** In the text format of Prometheus. */
  metrics(): Promise<string>;
  /** Waits until it has drained. */
  stop(): Promise<void>;
}

export interface Surroundings {
  readonly natsUrl: string;
  /** Makes and names a folder of the run. */
  readonly folder: (name: string) => Promise<string>;
}

const ENTRY = fileURLToPath(new URL('run-ingest.ts', import.meta.url));
const CORES_ON = 'ulimit -c unlimited 2>/dev/null || ulimit -c "$(ulimit -H -c)"; exec "$0" "$@"';
const ANSWER_LIMIT_MS = 10_000;

export async function startIngest(company: Company, around: Surroundings): Promise<IngestChild> {
  const { folder } = around;
  const file: RunIngestFile = {
    corpId: CORP_ID,
    natsUrl: around.natsUrl,
    objectsDir: await folder('objects'),
    ingest: await configOf(company),
  };
  const path = join(await folder('config'), 'ingest.json');
  await writeFile(path, JSON.stringify(file));
  const child = spawn('sh', ['-c', CORES_ON, process.execPath, '--conditions=source', ENTRY, path], {
    cwd: await folder('work'),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const log = createWriteStream(join(await folder('logs'), 'ingest.log'));
  child.stdout?.pipe(log);
  child.stderr?.pipe(log);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const answer = <Kind extends IngestSays['kind']>(kind: Kind) =>
    awaitAnswer<IngestSays, Kind>(child, kind, ANSWER_LIMIT_MS);
  await answer('started');
  return {
    pid: child.pid ?? 0,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    async metrics() {
      const said = answer('metrics');
      child.send('metrics');
      return (await said).text;
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function configOf({ wecom, files }: Company): Promise<IngestConfig> {
  return {
    engine: 'FinanceSDK',
    apiUrl: wecom.url,
    trust: { caFile: files.ca, pins: [] },
    sdk: {
      libraryPath: await buildStub({ obeys: true }),
      callTimeoutSeconds: 1,
      memoryLimitBytes: 256 * 1024 ** 2,
      mediaProcesses: 2,
    },
    archiveSecretFile: files.archive,
    directorySecretFile: files.directory,
    privateKeys: [{ version: 1, file: files.key }],
    decryptWorkers: 1,
    pageLimit: PAGE_LIMIT,
    // The faults are the limit here, not WeCom.
    pullsPerMinute: 1_000_000,
    pollIntervalMs: 50,
    directoryRefreshMs: 3_600_000,
    media: { enabled: true, concurrency: 4, maxBytes: 64 * 1024 ** 2 },
  };
}
