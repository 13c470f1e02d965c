// Starts the ingest of the month, once, and tells it the time. If it dies, it is dead: what it had in memory counts.
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildStub } from '@menshen/sdk-stub/build-stub';
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
  await answer(child, 'Started');
  const tell = (message: ToldToIngest): void => {
    if (child.connected) child.send(message);
  };
  return {
    isAlive: () => child.exitCode === null && child.signalCode === null,
    tellTime: (nowMs) => tell({ kind: 'Time', nowMs }),
    wake: () => tell({ kind: 'Wake' }),
    async metrics() {
      const text = answer(child, 'Metrics');
      tell({ kind: 'Metrics' });
      return await text;
    },
    async heldBytes() {
      const text = answer(child, 'Memory');
      tell({ kind: 'Memory' });
      return Number(await text);
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

/** The next thing of this kind that it says; rejects when it ends or is silent. */
function answer(child: ChildProcess, kind: SaidByIngest['kind']): Promise<string> {
  return new Promise((resolve, reject) => {
    const settle = (how: () => void): void => {
      clearTimeout(timer);
      child.off('message', hear);
      child.off('exit', fail);
      how();
    };
    const fail = (): void => settle(() => reject(new Error('ingest has ended; see its log')));
    const timer = setTimeout(
      () => settle(() => reject(new Error(`ingest did not say ${kind} in time`))),
      ANSWER_LIMIT_MS,
    );
    const hear = (message: unknown): void => {
      const said = message as SaidByIngest;
      if (said.kind === kind) settle(() => resolve(said.kind === 'Started' ? '' : said.text));
    };
    child.on('message', hear);
    child.once('exit', fail);
  });
}

function rssOf(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
