// The event callback, received by an implementation of the published scheme that shares no code with the sender.
import { createDecipheriv, createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCallbackSender } from './send-callback.ts';

const TOKEN = 'callback-token';
const KEY = 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C';
const CORP_ID = 'wwtest';

interface Received {
  readonly method: string;
  readonly body: string;
  readonly query: URLSearchParams;
}

let server: Server;
let url: string;
let received: Received[];
let answer: (request: Received) => { status: number; body: string };
const clock = { now: 1_764_000_000_000, nowMs: () => clock.now };

beforeEach(async () => {
  received = [];
  answer = ({ query }) => {
    const echo = query.get('echostr');
    return { status: 200, body: echo === null ? '' : openXml(echo).message };
  };
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const query = new URL(request.url ?? '', 'http://x').searchParams;
      const one = { method: request.method ?? '', body: Buffer.concat(chunks).toString(), query };
      received.push(one);
      const { status, body } = answer(one);
      response.writeHead(status).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/callback`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const sender = (at = url) =>
  createCallbackSender({ url: at, token: TOKEN, key: KEY, corpId: CORP_ID, clock });

function openXml(encrypted: string): { message: string; corpId: string } {
  const aesKey = Buffer.from(`${KEY}=`, 'base64');
  const decipher = createDecipheriv('aes-256-cbc', aesKey, aesKey.subarray(0, 16)).setAutoPadding(false);
  const padded = Buffer.concat([decipher.update(encrypted, 'base64'), decipher.final()]);
  const pad = padded.at(-1) ?? 0;
  const plain = padded.subarray(0, padded.length - pad);
  expect(padded.subarray(-pad).every((byte) => byte === pad) && padded.length % 32 === 0).toBe(true);
  const length = plain.readUInt32BE(16);
  return { message: plain.toString('utf8', 20, 20 + length), corpId: plain.toString('utf8', 20 + length) };
}

const isSigned = (query: URLSearchParams, encrypted: string): boolean => {
  const words = [TOKEN, query.get('timestamp') ?? '', query.get('nonce') ?? '', encrypted];
  return createHash('sha1').update(words.sort().join('')).digest('hex') === query.get('msg_signature');
};

describe('verification of the address', () => {
  it('sends a signed echostr and wants its content back', async () => {
    expect(await sender().verify()).toBe(true);
    const query = received[0]?.query ?? new URLSearchParams();
    const echo = query.get('echostr') ?? '';
    expect(received).toMatchObject([{ method: 'GET' }]);
    expect(isSigned(query, echo)).toBe(true);
    expect(query.get('timestamp')).toBe('1764000000');
    expect(openXml(echo)).toEqual({ message: expect.stringMatching(/^\d+$/), corpId: CORP_ID });
  });

  it('keeps what the address has in its query', async () => {
    expect(await sender(`${url}?tenant=a`).verify()).toBe(true);
    expect(received[0]?.query.get('tenant')).toBe('a');
  });

  it.each([
    { name: 'another word', status: 200, body: 'hello' },
    { name: 'an error', status: 403, body: '' },
  ])('fails on $name', async ({ status, body }) => {
    answer = () => ({ status, body });
    expect(await sender().verify()).toBe(false);
  });

  it('fails where nobody listens', async () => {
    expect(await sender('http://127.0.0.1:9/').verify()).toBe(false);
  });
});

describe('announcements', () => {
  it('says msgaudit_notify, encrypted and signed', async () => {
    expect(await sender().announce()).toBe('sent');
    const [{ method, body, query } = { method: '', body: '', query: new URLSearchParams() }] = received;
    const encrypted = /<Encrypt><!\[CDATA\[(.*?)\]\]>/.exec(body)?.[1] ?? '';
    expect(method).toBe('POST');
    expect(body).toContain(`<ToUserName><![CDATA[${CORP_ID}]]></ToUserName>`);
    expect(isSigned(query, encrypted)).toBe(true);
    expect(openXml(encrypted).message).toContain('<Event><![CDATA[msgaudit_notify]]></Event>');
    expect(openXml(encrypted).corpId).toBe(CORP_ID);
  });

  it('at most once in 15 s', async () => {
    const one = sender();
    const outcomes = [];
    for (const step of [0, 1, 14_998, 1, 14_999, 1]) {
      clock.now += step;
      outcomes.push(await one.announce());
    }
    expect(outcomes).toEqual(['sent', 'too-soon', 'too-soon', 'sent', 'too-soon', 'sent']);
    expect(received).toHaveLength(3);
  });

  it('says when it did not arrive', async () => {
    answer = () => ({ status: 500, body: '' });
    expect(await sender().announce()).toBe('failed');
    expect(await sender('http://127.0.0.1:9/').announce()).toBe('failed');
  });
});
