// A worker thread that opens messages: RSA first for the whole task, then AES. RSA is nine tenths of ingest's work.
import { parentPort } from 'node:worker_threads';
import type { DecryptTask, DecryptTaskResult, KeysMessage } from './decrypt-pool.ts';
import { type FailureCode, KEY_FAILED, packAnswer, UNKNOWN_VERSION, unpackRequest } from './decrypt-task.ts';
import { openEnvelope } from './open-envelope.ts';
import { openRandomKey, type RsaKey, readPrivateKey } from './open-random-key.ts';

const port = parentPort;
if (port === null) throw new Error('decrypt-worker.ts runs as a worker thread only');

let keys = new Map<number, RsaKey>();
let rsaCpuMicros = 0;

port.on('message', (message: DecryptTask | KeysMessage) => {
  if ('keys' in message) {
    keys = readKeys(message);
    return;
  }
  const answer = work(message.request);
  port.postMessage({ id: message.id, answer, rsaCpuMicros } satisfies DecryptTaskResult, [answer]);
});

function readKeys(message: KeysMessage): Map<number, RsaKey> {
  const read = new Map<number, RsaKey>();
  for (const { version, pem } of message.keys) {
    const key = readPrivateKey(pem);
    if (key.ok) read.set(version, key.key);
  }
  return read;
}

function work(request: ArrayBuffer): ArrayBuffer {
  const entries = unpackRequest(request);
  const before = process.threadCpuUsage();
  const randomKeys = entries.map(({ publickeyVer, encryptRandomKey }) => {
    const key = keys.get(publickeyVer);
    return key === undefined ? UNKNOWN_VERSION : (openRandomKey(key, encryptRandomKey) ?? KEY_FAILED);
  });
  const spent = process.threadCpuUsage(before);
  rsaCpuMicros += spent.user + spent.system;
  return packAnswer(
    entries.map(({ encryptChatMsg }, index): Buffer | FailureCode => {
      const randomKey = randomKeys[index] ?? KEY_FAILED;
      return typeof randomKey === 'number' ? randomKey : openEnvelope(randomKey, encryptChatMsg);
    }),
  );
}
