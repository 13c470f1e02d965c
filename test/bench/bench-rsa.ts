// How many random keys a second the decrypt workers open, against a plain loop of crypto.privateDecrypt in one thread.
// Both take turns in the same process. The workers also do the two AES rounds of each envelope; the loop does not.
import { constants, createPrivateKey, generateKeyPairSync, privateDecrypt } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { createDecryptPool } from '@menshen/ingest/decrypt/decrypt-pool';
import type { SealedEntry } from '@menshen/ingest/decrypt/decrypt-task';
import { sealMessage } from '@menshen/wecom-simulator/envelope';
import { seededRandom } from '@menshen/wecom-simulator/seeded-random';
import type { BenchResult } from './main.ts';

const WORKERS = 2;
const ENTRIES = 2_000;
const ROUNDS = 7;
const SEED = 20_261_124;
const TEXT = '{"msgid":"1_1764000000000","action":"send","msgtype":"text","text":{"content":"合同明天寄出"}}';

/** Prints progress to stderr. Takes no options. */
export async function run(_args: readonly string[] = []): Promise<BenchResult> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  const random = seededRandom(SEED, 1);
  const entries = Array.from({ length: ENTRIES }, (): SealedEntry => {
    const sealed = sealMessage(Buffer.from(TEXT), publicKey, random.bytes);
    return {
      publickeyVer: 1,
      encryptRandomKey: Buffer.from(sealed.encrypt_random_key),
      encryptChatMsg: Buffer.from(sealed.encrypt_chat_msg),
    };
  });
  const ciphertexts = entries.map((entry) => Buffer.from(entry.encryptRandomKey.toString(), 'base64'));
  const key = createPrivateKey(pem);
  const pool = createDecryptPool({ workers: WORKERS, keys: [{ version: 1, pem }] });

  const plain = async (): Promise<void> => {
    for (const ciphertext of ciphertexts)
      privateDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, ciphertext);
  };
  const pooled = async (): Promise<void> => {
    const opened = await pool.decrypt(entries);
    const failed = opened.filter((one) => !one.ok || one.plaintext.toString() !== TEXT);
    if (failed.length > 0) throw new Error(`${failed.length} of ${ENTRIES} envelopes did not open`);
  };
  const [ours, theirs] = await takeTurns(pooled, plain);
  await pool.close();
  return {
    bench: 'rsa',
    value: Math.round(ENTRIES / ours),
    unit: `decryptions/s with ${WORKERS} workers`,
    reference: {
      name: 'a plain loop of crypto.privateDecrypt in one thread',
      value: Math.round(ENTRIES / theirs),
    },
    ratio: Number((theirs / ours).toFixed(2)),
    rssBytes: process.memoryUsage.rss(),
  };
}

/** Seconds of the median round of each. The first two rounds are for the compiler. */
async function takeTurns(ours: () => Promise<void>, theirs: () => Promise<void>): Promise<[number, number]> {
  const seconds: [number[], number[]] = [[], []];
  for (let round = -2; round < ROUNDS; round++)
    for (const [side, work] of [ours, theirs].entries()) {
      const start = process.hrtime.bigint();
      await work();
      if (round >= 0) seconds[side]?.push(Number(process.hrtime.bigint() - start) / 1e9);
    }
  console.error(`${ENTRIES} envelopes a round, ${ROUNDS} rounds of each`);
  return [median(seconds[0]), median(seconds[1])];
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(JSON.stringify(await run()));
  process.exit(0);
}
