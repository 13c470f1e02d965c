// Worker threads that open messages, and the order in which their answers come back: the order asked.
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { DeadReason } from '@menshen/contracts/dead-letter';

export interface SealedEntry {
  readonly publickeyVer: number;
  readonly encryptRandomKey: string;
  readonly encryptChatMsg: string;
}

export interface KeysMessage {
  readonly keys: readonly { readonly version: number; readonly pem: string }[];
}

export interface DecryptTask {
  readonly id: number;
  readonly entries: readonly SealedEntry[];
}

type Failed = { readonly reason: DeadReason; readonly detail: string };

export interface DecryptTaskResult {
  readonly id: number;
  /** Length of the plaintext, or why there is none. */
  readonly outcomes: readonly (number | Failed)[];
  /** The plaintexts, one after the other. */
  readonly bytes: ArrayBuffer;
  /** CPU that this worker has spent in RSA since it started, µs. */
  readonly rsaCpuMicros: number;
}

export type Decrypted = { readonly ok: true; readonly plaintext: Buffer } | ({ readonly ok: false } & Failed);

export interface DecryptPool {
  /** Opens entries; answers in the order asked. Rejects only when a worker died. */
  decrypt(entries: readonly SealedEntry[]): Promise<Decrypted[]>;
  /** Replaces the private keys. Versions are WeCom's. */
  useKeys(keys: KeysMessage['keys']): void;
  /** CPU spent in RSA by all workers, µs. */
  rsaCpuMicros(): number;
  close(): Promise<void>;
}

/** Small enough that all workers end a page together, large enough that handing over costs nothing. */
const TASK_SIZE = 64;

export function createDecryptPool(options: {
  readonly workers: number;
  readonly keys: KeysMessage['keys'];
}): DecryptPool {
  const file = new URL(`./decrypt-worker${extname(import.meta.url)}`, import.meta.url);
  const slots = Array.from({ length: options.workers }, () => ({
    worker: new Worker(file),
    load: 0,
    rsaCpuMicros: 0,
  }));
  const waiting = new Map<
    number,
    { resolve: (result: DecryptTaskResult) => void; reject: (error: unknown) => void }
  >();
  let keys = options.keys;
  let nextId = 1;
  let closing = false;

  const attach = (slot: (typeof slots)[number]): void => {
    slot.worker.postMessage({ keys } satisfies KeysMessage);
    slot.worker.on('message', (result: DecryptTaskResult) => {
      slot.load--;
      slot.rsaCpuMicros = result.rsaCpuMicros;
      waiting.get(result.id)?.resolve(result);
      waiting.delete(result.id);
    });
    slot.worker.on('error', (error) => {
      for (const { reject } of waiting.values()) reject(new Error('a decrypt worker died', { cause: error }));
      waiting.clear();
    });
    slot.worker.on('exit', () => {
      if (closing) return;
      slot.load = 0;
      slot.worker = new Worker(file);
      attach(slot);
    });
  };
  for (const slot of slots) attach(slot);

  const ask = (entries: readonly SealedEntry[]): Promise<DecryptTaskResult> => {
    const slot = slots.reduce((least, candidate) => (candidate.load < least.load ? candidate : least));
    const id = nextId++;
    slot.load++;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      slot.worker.postMessage({ id, entries } satisfies DecryptTask);
    });
  };

  return {
    async decrypt(entries) {
      const tasks: Promise<DecryptTaskResult>[] = [];
      for (let from = 0; from < entries.length; from += TASK_SIZE)
        tasks.push(ask(entries.slice(from, from + TASK_SIZE).map(sealedOnly)));
      return (await Promise.all(tasks)).flatMap(readResult);
    },
    useKeys(next) {
      keys = next;
      for (const { worker } of slots) worker.postMessage({ keys } satisfies KeysMessage);
    },
    rsaCpuMicros: () => slots.reduce((sum, slot) => sum + slot.rsaCpuMicros, 0),
    async close() {
      closing = true;
      await Promise.all(slots.map(({ worker }) => worker.terminate()));
    },
  };
}

/** Only what the worker needs is copied into it. */
function sealedOnly({ publickeyVer, encryptRandomKey, encryptChatMsg }: SealedEntry): SealedEntry {
  return { publickeyVer, encryptRandomKey, encryptChatMsg };
}

function readResult(result: DecryptTaskResult): Decrypted[] {
  let at = 0;
  return result.outcomes.map((outcome) => {
    if (typeof outcome !== 'number') return { ok: false, ...outcome };
    const plaintext = Buffer.from(result.bytes, at, outcome);
    at += outcome;
    return { ok: true, plaintext };
  });
}
