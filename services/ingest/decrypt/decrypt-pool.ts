// Worker threads that open messages, and the order in which their answers come back: the order asked.
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Decrypted, packRequest, type SealedEntry, unpackAnswer } from './decrypt-task.ts';

export interface KeysMessage {
  readonly keys: readonly { readonly version: number; readonly pem: string }[];
}

export interface DecryptTask {
  readonly id: number;
  readonly request: ArrayBuffer;
}

export interface DecryptTaskResult {
  readonly id: number;
  readonly answer: ArrayBuffer;
  /** CPU that this worker has spent in RSA since it started, µs. */
  readonly rsaCpuMicros: number;
}

export interface DecryptPool {
  /** Opens entries; answers in the order asked. Rejects only when a worker died. */
  decrypt(entries: readonly SealedEntry[]): Promise<Decrypted[]>;
  /** Replaces the private keys. Versions are WeCom's. */
  useKeys(keys: KeysMessage['keys']): void;
  /** CPU spent in RSA by all workers, µs. */
  rsaCpuMicros(): number;
  close(): Promise<void>;
}

/** Small enough that all workers end a page together, large enough that handing over costs little: a block of bytes costs 0.2 ms, whatever its size. */
const TASK_SIZE = 330;
/** A worker leaves nothing behind after a task: with room for several tasks, most collections find nothing to keep. */
const YOUNG_GENERATION_MB = 64;
const RESTART_PAUSE_MS = 1_000;

export function createDecryptPool(options: {
  readonly workers: number;
  readonly keys: KeysMessage['keys'];
}): DecryptPool {
  return new Pool(options.workers, options.keys);
}

interface Waiting {
  readonly resolve: (answer: ArrayBuffer) => void;
  readonly reject: (error: unknown) => void;
}

class Pool implements DecryptPool {
  readonly #slots: Slot[];
  #keys: KeysMessage['keys'];

  constructor(workers: number, keys: KeysMessage['keys']) {
    this.#keys = keys;
    this.#slots = Array.from({ length: workers }, () => new Slot(() => this.#keys));
  }

  async decrypt(entries: readonly SealedEntry[]): Promise<Decrypted[]> {
    // A short page goes to every worker in equal parts: the last one to end decides how long it takes.
    const size = Math.max(1, Math.min(TASK_SIZE, Math.ceil(entries.length / this.#slots.length)));
    const tasks: Promise<Decrypted[]>[] = [];
    for (let from = 0; from < entries.length; from += size)
      tasks.push(this.#ask(entries.slice(from, from + size)));
    return (await Promise.all(tasks)).flat();
  }

  async #ask(entries: readonly SealedEntry[]): Promise<Decrypted[]> {
    const slot = this.#slots.reduce((least, candidate) => (candidate.load < least.load ? candidate : least));
    return unpackAnswer(await slot.ask(packRequest(entries)), entries.length);
  }

  useKeys(keys: KeysMessage['keys']): void {
    this.#keys = keys;
    for (const slot of this.#slots) slot.sendKeys();
  }

  rsaCpuMicros(): number {
    return this.#slots.reduce((sum, slot) => sum + slot.rsaCpuMicros(), 0);
  }

  async close(): Promise<void> {
    await Promise.all(this.#slots.map((slot) => slot.close()));
  }
}

/** One worker thread, made anew when it dies. */
class Slot {
  readonly #keys: () => KeysMessage['keys'];
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker;
  #nextId = 1;
  #rsaCpuMicros = 0;
  /** Of threads that died. */
  #rsaCpuMicrosBefore = 0;
  #closing = false;

  constructor(keys: () => KeysMessage['keys']) {
    this.#keys = keys;
    this.#worker = this.#start();
  }

  /** Tasks in hand. */
  get load(): number {
    return this.#waiting.size;
  }

  ask(request: ArrayBuffer): Promise<ArrayBuffer> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, request } satisfies DecryptTask, [request]);
    });
  }

  sendKeys(): void {
    this.#worker.postMessage({ keys: this.#keys() } satisfies KeysMessage);
  }

  rsaCpuMicros(): number {
    return this.#rsaCpuMicrosBefore + this.#rsaCpuMicros;
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#worker.terminate();
  }

  #start(): Worker {
    const worker = new Worker(new URL(`./decrypt-worker${extname(import.meta.url)}`, import.meta.url), {
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    worker.on('message', (result: DecryptTaskResult) => {
      this.#rsaCpuMicros = result.rsaCpuMicros;
      this.#waiting.get(result.id)?.resolve(result.answer);
      this.#waiting.delete(result.id);
    });
    worker.on('error', (error) => this.#fail(error));
    worker.on('exit', () => {
      this.#fail(new Error('the thread ended'));
      if (!this.#closing) setTimeout(() => this.#restart(), RESTART_PAUSE_MS).unref();
    });
    worker.postMessage({ keys: this.#keys() } satisfies KeysMessage);
    return worker;
  }

  #restart(): void {
    if (this.#closing) return;
    this.#rsaCpuMicrosBefore += this.#rsaCpuMicros;
    this.#rsaCpuMicros = 0;
    this.#worker = this.#start();
  }

  #fail(cause: unknown): void {
    for (const { reject } of this.#waiting.values()) reject(new Error('a decrypt worker died', { cause }));
    this.#waiting.clear();
  }
}
