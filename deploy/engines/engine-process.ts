// A real engine as a child process: started, waited for, killed, started again on the same data. Demo, tests and chaos all use this.
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createServer } from 'node:net';

export interface EngineProcess {
  /** Where the engine answers. Stays the same over restarts. */
  readonly url: string;
  readonly dataDir: string;
  pid(): number | undefined;
  /** Ends it with the signal (SIGTERM when none is named) and waits until the process has gone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port and data after `stop`, and waits until it answers. */
  start(): Promise<void>;
}

export interface EngineCommand {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly url: string;
  readonly dataDir: string;
  readonly logFile: string;
  /** Kept open while the engine runs: chDB serves until its stdin ends. */
  readonly holdStdin: boolean;
  /** Resolves true once the engine answers. */
  answers(): Promise<boolean>;
}

const START_LIMIT_MS = 60_000;
const POLL_MS = 50;

/** Starts an engine. Rejects with the engine's last words when it ends before it answers. */
export async function startEngine(engine: EngineCommand): Promise<EngineProcess> {
  let child: ChildProcess | undefined;
  const killAtExit = (): void => {
    child?.kill('SIGKILL');
  };

  const start = async (): Promise<void> => {
    if (child !== undefined) return;
    child = launch(engine);
    process.on('exit', killAtExit);
    await untilItAnswers(engine, child);
  };
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    const ending = child;
    child = undefined;
    process.off('exit', killAtExit);
    if (ending !== undefined) await endOf(ending, signal);
  };

  await start();
  return { url: engine.url, dataDir: engine.dataDir, pid: () => child?.pid, stop, start };
}

function launch(engine: EngineCommand): ChildProcess {
  const child = spawn(engine.command, [...engine.args], {
    stdio: [engine.holdStdin ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    // A process group of its own: Ctrl-C in a terminal is for whoever started the engine, who stops it after its users have drained.
    detached: true,
  });
  const log = createWriteStream(engine.logFile, { flags: 'a' });
  // Its log may lie on the very disk that a test fills: then its last words are lost, and nothing else.
  log.on('error', () => undefined);
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  child.stdin?.on('error', () => log.write('stdin closed\n'));
  child.on('close', () => log.end());
  return child;
}

async function untilItAnswers(engine: EngineCommand, child: ChildProcess): Promise<void> {
  const failed = new Promise<never>((_resolve, reject) => {
    child.once('error', (cause) => reject(new Error(`cannot start ${engine.name}`, { cause })));
    child.once('exit', (code, signal) =>
      reject(
        new Error(`${engine.name} ended with ${code ?? signal} before it answered; see ${engine.logFile}`),
      ),
    );
  });
  failed.catch(() => undefined);
  const deadline = Date.now() + START_LIMIT_MS;
  for (;;) {
    if (await Promise.race([engine.answers(), failed])) return;
    if (Date.now() > deadline)
      throw new Error(
        `${engine.name} did not answer within ${START_LIMIT_MS / 1000} s; see ${engine.logFile}`,
      );
    await Promise.race([new Promise((resolve) => setTimeout(resolve, POLL_MS)), failed]);
  }
}

function endOf(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill(signal);
  });
}

/** A TCP port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address !== null && typeof address === 'object'
          ? resolve(address.port)
          : reject(new Error('no port')),
      );
    });
  });
}
