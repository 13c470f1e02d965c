// A simulator for tests, with a clock that stands still unless it is told otherwise, and what a client of its own needs: no code of ours.
import { constants, createDecipheriv, privateDecrypt } from 'node:crypto';
import { connect } from 'node:net';
import { foundAcme } from './acme.ts';
import type { EntryDamage, SourceMessage } from './message-log.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from './simulator.ts';

export const SECRETS = { archive: 'archive-secret', directory: 'directory-secret' };
export const CORP_ID = 'wwtest';

export interface TestSimulator {
  readonly simulator: Simulator;
  readonly clock: { now: number };
  token(secret?: string): Promise<string>;
  get(path: string): Promise<Answered>;
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answered>;
  /** One page: `seq` and `limit` with version 1. */
  pull(seq: number, limit?: number): Promise<readonly Entry[]>;
  /** Text messages 1..count, created now. */
  say(count: number, at?: { damage?: EntryDamage; skipSeqs?: number }): void;
  control(method: string, path: string, body?: string): Promise<{ status: number; text: string }>;
}

export type Answered = Readonly<Record<string, unknown>> & { readonly errcode: number };

export interface Entry {
  readonly seq: number;
  readonly msgid: string;
  readonly publickey_ver: number;
  readonly encrypt_random_key: string;
  readonly encrypt_chat_msg: string;
}

export async function startTestSimulator(options: Partial<SimulatorOptions> = {}): Promise<TestSimulator> {
  const clock = { now: 1_764_000_000_000 };
  const simulator = await startSimulator({
    port: 0,
    corpId: CORP_ID,
    secrets: SECRETS,
    corporation: foundAcme(1),
    seed: 1,
    clock: { nowMs: () => clock.now },
    ...options,
  });
  const token = async (secret = SECRETS.archive): Promise<string> =>
    String((await get(`/cgi-bin/gettoken?corpid=${CORP_ID}&corpsecret=${secret}`))['access_token']);
  const get = async (path: string): Promise<Answered> =>
    (await (await fetch(`${simulator.url}${path}`)).json()) as Answered;
  const post: TestSimulator['post'] = async (path, body, headers = {}) => {
    const sent = await fetch(`${simulator.url}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers,
    });
    return (await sent.json()) as Answered;
  };
  return {
    simulator,
    clock,
    token,
    get,
    post,
    async pull(seq, limit = 1000) {
      const page = await post(`/cgi-bin/message/getchatdata?access_token=${await token()}`, {
        seq,
        limit,
        version: 1,
      });
      if (page.errcode !== 0) throw new Error(`errcode ${page.errcode}`);
      return page['chatdata'] as Entry[];
    },
    say(count, at = {}) {
      for (let i = 0; i < count; i++)
        simulator.log.append(textMessage(simulator.log.size() + 1), { createdAtMs: clock.now, ...at });
    },
    async control(method, path, body) {
      const answer = await fetch(`${simulator.url}/_simulator/${path}`, {
        method,
        ...(body === undefined ? {} : { body }),
      });
      return { status: answer.status, text: await answer.text() };
    },
  };
}

export function textMessage(number: number): SourceMessage {
  const msgid = `m${number}`;
  const plaintext = JSON.stringify({
    msgid,
    action: 'send',
    from: 'a',
    tolist: ['b'],
    roomid: '',
    msgtime: 1_764_000_000_000,
    msgtype: 'text',
    text: { content: `第 ${number} 条` },
  });
  return { msgid, msgtype: 'text', plaintext, media: {}, planted: [] };
}

/** Sends bytes on a socket and gives back every byte until the server closes it, which HTTP/1.0 makes it do. */
export function exchange(url: string, request: string): Promise<Buffer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(request));
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(chunks)));
  });
}

/** What the SDK's DecryptData does with a decrypted random key, written from the description of the envelope alone. Throws where it fails. */
export function openMessage(encryptKey: string, message: string): string {
  const info = readKeyInfo(openRound(encryptKey, message.slice(13, 45)));
  const [pre, end, s] = [info.get(2) ?? 0, info.get(3) ?? 0, info.get(4) ?? 0].map(Number);
  if (pre === undefined || end === undefined || s === undefined || s <= 0 || 2 * s >= message.length)
    throw new Error('10005');
  const rest = message.slice(45 + pre);
  const joined = rest.slice(0, s) + rest.slice(2 * s);
  return openRound(joined.slice(0, joined.length - end), String(info.get(1))).toString('utf8');
}

/** Opens an entry as a client with this private key does. */
export function openEntry(entry: Entry, privatePem: string): string {
  const sealedKey = Buffer.from(entry.encrypt_random_key, 'base64');
  const key = privateDecrypt({ key: privatePem, padding: constants.RSA_PKCS1_PADDING }, sealedKey);
  return openMessage(key.toString('latin1'), entry.encrypt_chat_msg);
}

function openRound(base64: string, key: string): Buffer {
  const raw = Buffer.from(base64, 'base64');
  const decipher = createDecipheriv('aes-256-cbc', Buffer.from(key, 'latin1'), raw.subarray(0, 16));
  return Buffer.concat([decipher.update(raw.subarray(16)), decipher.final()]);
}

/** Fields of a small protobuf message: texts and numbers below 128. */
function readKeyInfo(bytes: Buffer): Map<number, string | number> {
  const fields = new Map<number, string | number>();
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at] ?? 0;
    const value = bytes[at + 1] ?? 0;
    const isText = (tag & 7) === 2;
    fields.set(tag >> 3, isText ? bytes.toString('latin1', at + 2, at + 2 + value) : value);
    at += isText ? 2 + value : 2;
  }
  return fields;
}
