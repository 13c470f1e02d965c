// A Finance SDK library in a plain C process, called line by line: what it returns, and what becomes of the process.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { buildDriver } from './build-stub.ts';

export interface SdkAnswer {
  readonly code: number;
  readonly length: number;
  readonly hex: string;
  /** Of media. */
  readonly finish: number;
  readonly index: string;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Files it left in its folder: name → content. */
  readonly left: Readonly<Record<string, string>>;
}

export interface SdkProcess {
  readonly pid: number;
  /** One call; words as call-sdk.c documents them. `undefined` when the process ended instead of answering. */
  call(...words: readonly (string | number)[]): Promise<SdkAnswer | undefined>;
  /** The answer's bytes as text. */
  text(...words: readonly (string | number)[]): Promise<string>;
  ask(...words: readonly (string | number)[]): Promise<Readonly<Record<string, unknown>>>;
  readonly ended: Promise<Ended>;
  /** Closes stdin: the program destroys its handle and ends. */
  finish(): Promise<Ended>;
  kill(): void;
}

export interface StartOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly ignoreSigpipe?: boolean;
}

export async function startSdk(library: string, options: StartOptions = {}): Promise<SdkProcess> {
  const driver = await buildDriver();
  const args = [library, ...(options.ignoreSigpipe === true ? ['ignore-sigpipe'] : [])];
  // A folder of its own: what a hostile library or the kernel leaves behind goes with it.
  const folder = mkdtempSync(join(tmpdir(), 'sdk-stub-'));
  const child = spawn(driver, args, {
    cwd: folder,
    env: options.env ?? {},
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  child.stdin?.on('error', () => undefined);
  const lines: string[] = [];
  const waiting: ((line: string | undefined) => void)[] = [];
  const ended = watch(child, folder);
  void ended.then(() => {
    for (const resolve of waiting.splice(0)) resolve(undefined);
  });
  createInterface({ input: child.stdio[3] as Readable }).on('line', (line) => {
    const next = waiting.shift();
    if (next === undefined) lines.push(line);
    else next(line);
  });
  const exchange = (words: readonly (string | number)[]): Promise<string | undefined> => {
    child.stdin?.write(`${words.join('\t')}\n`);
    const line = lines.shift();
    if (line !== undefined) return Promise.resolve(line);
    if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(undefined);
    return new Promise((resolve) => waiting.push(resolve));
  };
  const ask: SdkProcess['ask'] = async (...words) => {
    const line = await exchange(words);
    if (line === undefined) throw new Error(`the process ended in ${words[0]}`);
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  };
  return {
    pid: child.pid ?? 0,
    async call(...words) {
      const line = await exchange(words);
      return line === undefined ? undefined : (JSON.parse(line) as SdkAnswer);
    },
    async text(...words) {
      return Buffer.from(String((await ask(...words))['hex']), 'hex').toString('utf8');
    },
    ask,
    ended,
    finish() {
      child.stdin?.end();
      return ended;
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

function watch(child: ChildProcess, folder: string): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (data: Buffer) => {
    stdout += data.toString();
  });
  child.stderr?.on('data', (data: Buffer) => {
    stderr += data.toString();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const left = Object.fromEntries(
        readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'latin1')]),
      );
      rmSync(folder, { recursive: true, force: true });
      resolve({ code, signal, stdout, stderr, left });
    });
  });
}
