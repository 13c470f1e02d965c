// A worker thread that opens messages: RSA first for the whole task, then AES. RSA is nine tenths of ingest's work.

import { parentPort } from 'node:worker_threads';
import type { DecryptTask, DecryptTaskResult, KeysMessage } from './decrypt-pool.ts';
import { openEnvelope } from './open-envelope.ts';
import { openRandomKey, type RsaKey, readPrivateKey } from './open-random-key.ts';

const port = parentPort;
if (port === null) throw new Error('decrypt-worker.ts runs as a worker thread only');

let keys = new Map<number, RsaKey>();
let rsaCpuMicros = 0;

port.on('message', (message: DecryptTask | KeysMessage) => {
  if ('keys' in message) keys = readKeys(message);
  else {
    const { result, transfer } = work(message);
    port.postMessage(result, transfer);
  }
});

function readKeys(message: KeysMessage): Map<number, RsaKey> {
  const read = new Map<number, RsaKey>();
  for (const { version, pem } of message.keys) {
    const key = readPrivateKey(pem);
    if (key.ok) read.set(version, key.key);
  }
  return read;
}

function work(task: DecryptTask): { result: DecryptTaskResult; transfer: ArrayBuffer[] } {
  const before = process.threadCpuUsage();
  const randomKeys = task.entries.map((entry) => {
    const key = keys.get(entry.publickeyVer);
    return key === undefined ? null : openRandomKey(key, entry.encryptRandomKey);
  });
  const spent = process.threadCpuUsage(before);
  rsaCpuMicros += spent.user + spent.system;
  const plaintexts: Buffer[] = [];
  const outcomes = task.entries.map((entry, index): DecryptTaskResult['outcomes'][number] => {
    const randomKey = randomKeys[index];
    if (randomKey === null)
      return { reason: 'unknown-key-version', detail: `no private key of version ${entry.publickeyVer}` };
    if (randomKey === undefined)
      return {
        reason: 'key-failed',
        detail: `the private key of version ${entry.publickeyVer} does not open the random key`,
      };
    const opened = openEnvelope(randomKey, entry.encryptChatMsg);
    if (!opened.ok) return { reason: opened.reason, detail: opened.detail };
    plaintexts.push(opened.plaintext);
    return opened.plaintext.length;
  });
  const bytes = joinExactly(plaintexts);
  return { result: { id: task.id, outcomes, bytes, rsaCpuMicros }, transfer: [bytes] };
}

/** One buffer of its own, so that it can be handed over without a copy. */
function joinExactly(parts: readonly Buffer[]): ArrayBuffer {
  const joined = new ArrayBuffer(parts.reduce((sum, part) => sum + part.length, 0));
  const view = new Uint8Array(joined);
  let at = 0;
  for (const part of parts) {
    view.set(part, at);
    at += part.length;
  }
  return joined;
}
