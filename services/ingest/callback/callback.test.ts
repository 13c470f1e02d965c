import { createHash } from 'node:crypto';
import { silentLogger } from '@menshen/telemetry/logger';
import { createCallbackSender, encrypt } from '@menshen/wecom-simulator/send-callback';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createIngestMetrics } from '../ingest-metrics.ts';
import { openCallback } from './open-callback.ts';
import { readEncrypted, readEvent } from './read-event.ts';
import { type CallbackServer, serveCallback } from './serve-callback.ts';

/** Known answer, published with the crate wechat-crypto. */
const SECRETS = {
  corpId: 'wx5823bf96d3bd56c7',
  token: 'QDG6eK',
  encodingAesKey: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C',
};
const QUERY = {
  signature: '5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3',
  timestamp: '1409659589',
  nonce: '263014780',
};
const ECHO = 'P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==';
const AES_KEY = Buffer.from(`${SECRETS.encodingAesKey}=`, 'base64');

const sign = (encrypted: string) => ({
  ...QUERY,
  signature: createHash('sha1')
    .update([SECRETS.token, QUERY.timestamp, QUERY.nonce, encrypted].sort().join(''))
    .digest('hex'),
});

describe('openCallback', () => {
  it('opens the known answer', () => {
    expect(openCallback(SECRETS, QUERY, ECHO)).toEqual({ ok: true, message: '1616140317555161061' });
  });

  it.each([
    ['another token', { ...SECRETS, token: 'other' }, QUERY, ECHO, 'signature'],
    ['another nonce', SECRETS, { ...QUERY, nonce: '1' }, ECHO, 'signature'],
    ['no signature', SECRETS, { ...QUERY, signature: '' }, ECHO, 'signature'],
    ['another receiver', { ...SECRETS, corpId: 'wwother' }, QUERY, ECHO, 'another corporation'],
    ['another key', { ...SECRETS, encodingAesKey: 'A'.repeat(43) }, QUERY, ECHO, 'does not decrypt'],
    ['a key of the wrong length', { ...SECRETS, encodingAesKey: 'short' }, QUERY, ECHO, 'does not decrypt'],
    ['nothing', SECRETS, sign(''), '', 'does not decrypt'],
    ['a part of a block', SECRETS, sign('QUJD'), 'QUJD', 'does not decrypt'],
  ])('refuses %s', (...[, secrets, query, encrypted, problem]) => {
    expect(openCallback(secrets, query, encrypted)).toMatchObject({
      ok: false,
      problem: expect.stringContaining(problem),
    });
  });

  it('opens a message of any length', () => {
    for (const length of [0, 1, 11, 12, 31, 32, 33, 1000]) {
      const message = '消'.repeat(length);
      const encrypted = encrypt(AES_KEY, message, SECRETS.corpId);
      expect(openCallback(SECRETS, sign(encrypted), encrypted)).toEqual({ ok: true, message });
    }
  });
});

describe('the XML of a callback', () => {
  it('reads event and identity', () => {
    const xml =
      '<xml><ToUserName>ww1</ToUserName><FromUserName><![CDATA[sys]]></FromUserName><CreateTime>1764</CreateTime><MsgType>event</MsgType><Event><![CDATA[msgaudit_notify]]></Event></xml>';
    expect(readEvent(xml)).toEqual({ event: 'msgaudit_notify', identity: 'sys\x001764\0msgaudit_notify' });
  });

  it.each([
    '',
    'no xml',
    '<xml>',
    '<xml></xml>',
    '<xml><Event/></xml>',
    '<a><Event>x</Event></a>',
    '{"a":1}',
  ])('takes %j for no event', (xml) => {
    expect(readEvent(xml)).toBeUndefined();
    expect(readEncrypted(xml)).toBeUndefined();
  });

  it('expands no entities', () => {
    const xml = '<!DOCTYPE x [<!ENTITY a "aaaa">]><xml><Encrypt>&a;</Encrypt></xml>';
    expect(readEncrypted(xml)).not.toBe('aaaa');
  });
});

describe('the callback server', () => {
  let server: CallbackServer;
  let woken = 0;
  let now = 1_764_000_000_000;
  let url: string;
  beforeAll(async () => {
    server = await serveCallback({
      port: 0,
      secrets: () => Promise.resolve(SECRETS),
      wake: () => woken++,
      metrics: createIngestMetrics(new Registry()),
      logger: silentLogger,
    });
    url = `http://127.0.0.1:${server.port}/callback`;
  });
  afterAll(() => server.close());
  beforeEach(() => {
    woken = 0;
    now += 60_000;
  });
  const sender = () =>
    createCallbackSender({
      url,
      token: SECRETS.token,
      key: SECRETS.encodingAesKey,
      corpId: SECRETS.corpId,
      clock: { nowMs: () => now },
    });

  it('passes the verification of the admin console', async () => {
    expect(await sender().verify()).toBe(true);
    expect(woken).toBe(0);
  });

  it('wakes once for an event and not for its repetition', async () => {
    expect(await sender().announce()).toBe('sent');
    expect(await sender().announce()).toBe('sent');
    expect(woken).toBe(1);
    now += 15_000;
    expect(await sender().announce()).toBe('sent');
    expect(woken).toBe(2);
  });

  it('answers an event with 200 and nothing', async () => {
    const encrypted = encrypt(
      AES_KEY,
      `<xml><FromUserName>sys</FromUserName><CreateTime>${now}</CreateTime><Event>msgaudit_notify</Event></xml>`,
      SECRETS.corpId,
    );
    const { signature, timestamp, nonce } = sign(encrypted);
    const answer = await fetch(`${url}?msg_signature=${signature}&timestamp=${timestamp}&nonce=${nonce}`, {
      method: 'POST',
      body: `<xml><Encrypt>${encrypted}</Encrypt></xml>`,
    });
    expect([answer.status, await answer.text()]).toEqual([200, '']);
  });

  it.each([
    ['an unsigned POST', { method: 'POST', body: '<xml><Encrypt>QUJD</Encrypt></xml>' }, 403],
    ['a POST without XML', { method: 'POST', body: 'hello' }, 403],
    ['a body that never ends', { method: 'POST', body: 'x'.repeat(100_000) }, 403],
    ['an unsigned GET', { method: 'GET' }, 403],
    ['another method', { method: 'DELETE' }, 405],
  ])('refuses %s', async (_what, request, status) => {
    expect((await fetch(url, request)).status).toBe(status);
    expect(woken).toBe(0);
  });
});
