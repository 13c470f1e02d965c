// The WeCom simulator as a child process: the same program that `npm run simulator` starts.
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What the simulator prints when it is ready (one JSON line). */
export interface SimulatorFacts {
  readonly url: string;
  readonly corpId: string;
  /** Secret of the archive application. */
  readonly secret: string;
  /** Secret of the application that may read contacts. */
  readonly directorySecret: string;
  /** PEM files of the private keys, by version. */
  readonly privateKeyFiles: Readonly<Record<string, string>>;
  /** NDJSON of what was generated, with what is planted in it. */
  readonly truthFile: string;
}

export interface Simulator extends SimulatorFacts {
  pid(): number | undefined;
  stop(): Promise<void>;
}

export interface SimulatorOptions {
  readonly repository: string;
  readonly arguments: readonly string[];
  readonly logFile: string;
  /** Called when it ends although nobody stopped it. */
  readonly onUnexpectedEnd: (why: string) => void;
}

/** Starts the simulator and waits for its line. Rejects with its last words when it ends before. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const entry = fileURLToPath(new URL('test/wecom-simulator/main.ts', `file://${options.repository}/`));
  const child = spawn(process.execPath, ['--conditions=source', entry, ...options.arguments], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C is for the demo, which stops what it started in order.
    detached: true,
  });
  const killAtExit = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', killAtExit);
  let stopping = false;
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    // `close` comes after its last words.
    child.once('close', (code, signal) => resolve(`exit ${signal ?? code}`));
  });
  const facts = await firstLine(child, ended, options.logFile);
  void ended.then((why) => {
    if (!stopping) options.onUnexpectedEnd(why);
  });
  return {
    ...facts,
    pid: () => child.pid,
    async stop() {
      stopping = true;
      child.kill('SIGTERM');
      await ended;
      process.off('exit', killAtExit);
    },
  };
}

async function firstLine(
  child: ChildProcess,
  ended: Promise<string>,
  logFile: string,
): Promise<SimulatorFacts> {
  const log = createWriteStream(logFile, { flags: 'a' });
  const { promise, resolve } = Promise.withResolvers<SimulatorFacts>();
  if (child.stdout !== null)
    createInterface({ input: child.stdout }).on('line', (line) => {
      log.write(`${line}\n`);
      if (line.startsWith('{')) resolve(JSON.parse(line) as SimulatorFacts);
    });
  let words = '';
  if (child.stderr !== null)
    createInterface({ input: child.stderr }).on('line', (line) => {
      log.write(`${line}\n`);
      words = `${words} ${line.trim()}`.trim().slice(0, 300);
    });
  const first = await Promise.race([promise, ended]);
  if (typeof first === 'string')
    throw new Error(`the WeCom simulator ended before it was ready (${first}): ${words}; see ${logFile}`);
  return first;
}
