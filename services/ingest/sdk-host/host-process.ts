// One life of the native host: started, asked one thing at a time, ended. Whatever it does (crash, hang, nonsense) becomes a value, and a host
// that did any of it is killed: its memory cannot be trusted any more.
import { type ChildProcess, spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import { encodeRequest, FrameReader, type HostFrame, type Refusal, type SdkRequest } from './frames.ts';
import { type Layer, layersOf } from './layers.ts';

export interface HostProgram {
  /** The compiled host. */
  readonly hostPath: string;
  /** Absolute path of the SDK library. */
  readonly libraryPath: string;
  /** Address space of the process, bytes. */
  readonly memoryLimitBytes: number;
  /** The only TCP port it may connect to. */
  readonly relayPort: number;
}

export type HostEnd =
  /** It cannot be started, or the library cannot be loaded. `detail` is for people and names paths and symbols. */
  | { readonly reason: 'Unusable'; readonly detail: string }
  | { readonly reason: 'Died'; readonly detail: string }
  | { readonly reason: 'TimedOut'; readonly detail: string }
  | { readonly reason: 'Garbage'; readonly detail: string }
  | { readonly reason: 'Closed'; readonly detail: string };

export type HostAnswer = Extract<HostFrame, { kind: 'Answer' }>;
export type Exchange =
  | { readonly ok: true; readonly answer: HostAnswer }
  | { readonly ok: false; readonly end: HostEnd };

export type Readiness =
  | { readonly ok: true; readonly layers: readonly Layer[] }
  | { readonly ok: false; readonly end: HostEnd };

const PIPE = 3;
/** For a pipe that somebody else still holds open. */
const LAST_WORDS_MS = 500;
const PROTOCOL = 1;

const REFUSED: Readonly<Record<Refusal, string>> = {
  NoHandle: 'the SDK gave no handle',
  NoBuffer: 'the SDK gave no buffer',
  NegativeLength: 'the SDK gave a negative length',
  TooLong: 'the SDK gave an impossible length',
  NoContent: 'the SDK gave a length and no content',
};

export class HostProcess {
  readonly #child: ChildProcess;
  readonly #pipe: Duplex;
  readonly #gone: Promise<void>;
  #ended: HostEnd | undefined;
  #lastId = 0;
  /** Whoever waits for the next frame. */
  #waiter: ((frame: HostFrame | HostEnd) => void) | undefined;

  constructor(program: HostProgram) {
    const { hostPath, libraryPath, memoryLimitBytes, relayPort } = program;
    // Its output is thrown away: v3.0 of the SDK prints to it, and what it prints may be content.
    this.#child = spawn(hostPath, [libraryPath, String(memoryLimitBytes), String(relayPort)], {
      env: {},
      cwd: '/',
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    const pipe = this.#child.stdio[PIPE];
    // Without a process there is no pipe; the child's error event follows.
    this.#pipe = pipe instanceof Duplex ? pipe : new Duplex({ read: () => undefined });
    this.#gone = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.#settle({ reason: 'Unusable', detail: `the host cannot be started: ${error.message}` });
        if (this.#child.pid === undefined) resolve();
      });
      this.#child.once('exit', (code, signal) => {
        const detail = signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`;
        const settle = (): void => {
          this.#settle({ reason: 'Died', detail });
          resolve();
        };
        // What it said last may still be on its way, and says more than its end.
        if (this.#pipe.closed) return settle();
        this.#pipe.once('close', settle);
        setTimeout(settle, LAST_WORDS_MS).unref();
      });
    });
    const reader = new FrameReader();
    this.#pipe.on('data', (chunk: Buffer) => this.#receive(reader.push(chunk)));
    this.#pipe.on('error', () => this.#pipe.destroy());
    // Its exit says more, but a host that closes its pipe and lives on is not one.
    this.#pipe.once('close', () => this.#child.kill('SIGKILL'));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** How it ended; `undefined` while it lives. */
  get ended(): HostEnd | undefined {
    return this.#ended;
  }

  /** Waits until it is confined and has loaded the library. Called once, first. Never rejects. */
  async ready(limitMs: number): Promise<Readiness> {
    const first = await this.#next(limitMs);
    if ('reason' in first) return { ok: false, end: first };
    if (first.kind === 'Ready' && first.protocol === PROTOCOL)
      return { ok: true, layers: layersOf(first.layers) };
    const detail =
      first.kind === 'Unusable'
        ? `the library does not load: ${first.problem}`
        : 'it is not the host of this version: build it again';
    const end: HostEnd = { reason: 'Unusable', detail };
    await this.end(end);
    return { ok: false, end };
  }

  /** One call. When it is not answered in `limitMs` the host is killed. Only one at a time. */
  async exchange(request: SdkRequest, limitMs: number): Promise<Exchange> {
    const id = ++this.#lastId;
    if (this.#ended !== undefined) return { ok: false, end: this.#ended };
    this.#pipe.write(encodeRequest(id, request));
    const frame = await this.#next(limitMs);
    if ('reason' in frame) return { ok: false, end: frame };
    if (frame.kind === 'Answer' && frame.id === id) return { ok: true, answer: frame };
    const isRefusal = frame.kind === 'Refused' && frame.id === id;
    const end: HostEnd = {
      reason: 'Garbage',
      detail: isRefusal ? REFUSED[frame.why] : 'it answered something that was not asked',
    };
    await this.end(end);
    return { ok: false, end };
  }

  /** The next frame, or how the host ended. */
  async #next(limitMs: number): Promise<HostFrame | HostEnd> {
    if (this.#ended !== undefined) return this.#ended;
    const timer = setTimeout(() => {
      this.#settle({ reason: 'TimedOut', detail: `no answer in ${limitMs} ms` });
      this.#child.kill('SIGKILL');
    }, limitMs);
    const frame = await new Promise<HostFrame | HostEnd>((resolve) => {
      this.#waiter = resolve;
    });
    clearTimeout(timer);
    if ('reason' in frame) await this.#gone;
    return frame;
  }

  /** Kills it, and waits until it is gone. A call under way ends with `end`. */
  async end(end: HostEnd): Promise<void> {
    this.#settle(end);
    this.#child.kill('SIGKILL');
    await this.#gone;
    this.#pipe.destroy();
  }

  #receive(frames: HostFrame[] | undefined): void {
    if (frames?.length === 0 || this.#ended !== undefined) return;
    const [frame, ...others] = frames ?? [];
    const waiter = this.#waiter;
    if (frame === undefined || waiter === undefined || others.length > 0) {
      this.#settle({ reason: 'Garbage', detail: 'it sent something that no host sends' });
      this.#child.kill('SIGKILL');
      return;
    }
    this.#waiter = undefined;
    waiter(frame);
  }

  /** The first reason is the true one. */
  #settle(end: HostEnd): void {
    this.#ended ??= end;
    const waiter = this.#waiter;
    this.#waiter = undefined;
    waiter?.(this.#ended);
  }
}
