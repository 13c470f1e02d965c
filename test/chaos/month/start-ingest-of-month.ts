// Starts the ingest of the month, once, and tells it the time. If it dies, it is dead: what it had in memory counts.
import { spawn } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildStub } from '@menshen/sdk-stub/build-stub';
import { awaitAnswer } from '../await-answer.ts';
import type { IngestOfMonthFile, SaidByIngest, ToldToIngest } from './run-ingest-of-month.ts';
import { BEGIN_MS, CORP_ID, type MonthCompany } from './start-month-company.ts';
import type { MonthWorld } from './start-month-world.ts';

export interface IngestOfMonth {
  isAlive(): boolean;
  tellTime(nowMs: number): void;
  /** As WeCom's callback does. */
  wake(): void;
  /** In the text format of Prometheus. */
  metrics(): Promise<string>;
  /** What its main thread holds behind a full collection: heap and buffers, bytes. */
  heldBytes(): Promise<number>;
  /** Resident set now, bytes; 0 when it is gone. */
  rssBytes(): number;
  /** Resolves with the exit code when it has drained. */
  stop(): Promise<number | null>;
}

const ENTRY = fileURLToPath(new URL('run-ingest-of-month.ts', import.meta.url));
const ANSWER_LIMIT_MS = 60_000;

/** With the files it is told under `logs`. */
export async function startIngestOfMonth(of: {
  readonly company: MonthCompany;
  readonly world: MonthWorld;
  readonly logs: string;
}): Promise<IngestOfMonth> {
  const { apiUrl, secrets } = of.company;
  const { natsUrl, clickhouseUrl, objectsDir, maxStreamBytes } = of.world;
  return await startProcess({
    configFile: join(of.logs, 'ingest.json'),
    logFile: join(of.logs, 'ingest.log'),
    file: {
      corpId: CORP_ID,
      natsUrl,
      clickhouseUrl,
      objectsDir,
      maxStreamBytes,
      beginMs: BEGIN_MS,
      ingest: {
        engine: 'FinanceSDK',
        apiUrl,
        trust: { caFile: secrets.ca, pins: [] },
        sdk: {
          libraryPath: await buildStub({ obeys: true }),
          callTimeoutSeconds: 5,
          memoryLimitBytes: 256 * 1024 ** 2,
          mediaProcesses: 2,
        },
        archiveSecretFile: secrets.archive,
        directorySecretFile: secrets.directory,
        // Later versions are found beside it.
        privateKeys: [{ version: 1, file: join(secrets.keyFolder, '1.pem') }],
        decryptWorkers: 2,
        pageLimit: 990,
        pullsPerMinute: 600,
        pollIntervalMs: 250,
        directoryRefreshMs: 3_600_000,
        media: { enabled: true, concurrency: 4, maxBytes: 64 * 1024 ** 2 },
      },
    },
  });
}

async function startProcess(of: {
  readonly file: IngestOfMonthFile;
  readonly configFile: string;
  readonly logFile: string;
}): Promise<IngestOfMonth> {
  await writeFile(of.configFile, JSON.stringify(of.file));
  const child = spawn(process.execPath, ['--expose-gc', '--conditions=source', ENTRY, of.configFile], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const log = createWriteStream(of.logFile);
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  const killAtExit = (): void => void child.kill('SIGKILL');
  process.once('exit', killAtExit);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const answer = <Kind extends SaidByIngest['kind']>(kind: Kind) =>
    awaitAnswer<SaidByIngest, Kind>(child, kind, ANSWER_LIMIT_MS);
  await answer('Started');
  const tell = (message: ToldToIngest): void => {
    if (child.connected) child.send(message);
  };
  return {
    isAlive: () => child.exitCode === null && child.signalCode === null,
    tellTime: (nowMs) => tell({ kind: 'Time', nowMs }),
    wake: () => tell({ kind: 'Wake' }),
    async metrics() {
      const said = answer('Metrics');
      tell({ kind: 'Metrics' });
      return (await said).text;
    },
    async heldBytes() {
      const said = answer('Memory');
      tell({ kind: 'Memory' });
      return Number((await said).text);
    },
    rssBytes: () => rssOf(child.pid),
    async stop() {
      child.kill('SIGTERM');
      const code = await ended;
      process.off('exit', killAtExit);
      log.end();
      return code;
    },
  };
}

function rssOf(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
