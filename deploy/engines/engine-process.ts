// A real engine as a child process or a container: started, waited for, killed, started again on the same data. Demo, tests and chaos all use this.
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createServer } from 'node:net';
import type { Tool } from '@menshen/engines/tools.mjs';
import { runContainer } from './run-container.ts';

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
  /** The program, or the image it is in. */
  readonly command: string;
  /** Default `binary`. */
  readonly kind?: Tool['kind'];
  readonly args: readonly string[];
  /** Of a container whose image has another. */
  readonly entrypoint?: readonly string[];
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
  let running: Running | undefined;
  const killAtExit = (): void => running?.killNow();

  const start = async (): Promise<void> => {
    if (running !== undefined) return;
    running = await (engine.kind === 'container' ? launchContainer(engine) : launchProcess(engine));
    process.on('exit', killAtExit);
    await untilItAnswers(engine, running);
  };
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    const ending = running;
    running = undefined;
    process.off('exit', killAtExit);
    await ending?.stop(signal);
  };

  await start();
  return { url: engine.url, dataDir: engine.dataDir, pid: () => running?.pid(), stop, start };
}

/** What was started, however it was. */
interface Running {
  pid(): number | undefined;
  /** Rejects with the reason when it cannot be started or ends. */
  readonly failed: Promise<never>;
  stop(signal: NodeJS.Signals): Promise<void>;
  /** What still can be done when this process ends. */
  killNow(): void;
}

function launchProcess(engine: EngineCommand): Running {
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
  const failed = new Promise<never>((_resolve, reject) => {
    child.once('error', (cause) => reject(new Error(`cannot start ${engine.name}`, { cause })));
    child.once('exit', (code, signal) => reject(endedEarly(engine, code ?? signal)));
  });
  failed.catch(() => undefined);
  return {
    pid: () => child.pid,
    failed,
    stop: (signal) => endOf(child, signal),
    killNow: () => child.kill('SIGKILL'),
  };
}

async function launchContainer(engine: EngineCommand): Promise<Running> {
  const { command: image, args, entrypoint, dataDir, logFile } = engine;
  const container = await runContainer({
    image,
    args,
    dataDir,
    logFile,
    ...(entrypoint === undefined ? {} : { entrypoint }),
  });
  const failed = container.ended.then(() => Promise.reject(endedEarly(engine, 'its container')));
  failed.catch(() => undefined);
  const killNow = (): void => killQuietly(container.pid);
  return { pid: () => container.pid, failed, stop: container.stop, killNow };
}

function endedEarly(engine: EngineCommand, how: string | number | null): Error {
  return new Error(`${engine.name} ended with ${how} before it answered; see ${engine.logFile}`);
}

async function untilItAnswers(engine: EngineCommand, { failed }: Running): Promise<void> {
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

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has gone already, or is not ours to kill.
  }
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
