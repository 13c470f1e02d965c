import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HttpExchange } from './http-exchange.ts';
import { ServerApi } from './server-api.ts';
import { refuseForeignAddress, SimulatorSource } from './simulator-source.ts';

type Answer = { status?: number; body?: string; cut?: boolean; hang?: boolean; location?: string };

describe('ServerApi', () => {
  let server: Server;
  let http: HttpExchange;
  let now: number;
  let secret: string;
  let answers: Answer[];
  let asked: string[];
  let pauses: number[];
  let api: ServerApi;
  let url: string;
  /** Tokens are numbered; with `refuse` gettoken answers that instead. */
  let refuse: number | undefined;
  let tokens: number;

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
    if (pathname === '/cgi-bin/gettoken') {
      asked.push(`gettoken ${searchParams.get('corpsecret')}`);
      const fields =
        refuse === undefined ? { access_token: `t${++tokens}`, expires_in: 7200 } : { errcode: refuse };
      response.end(JSON.stringify(fields));
      return;
    }
    asked.push(`${pathname.split('/').at(-1)} ${searchParams.get('access_token')}`);
    const next = answers.shift() ?? { body: '{"errcode":0,"x":1}' };
    if (next.cut === true) response.socket?.destroy();
    else if (next.hang !== true)
      response
        .writeHead(next.status ?? 200, next.location === undefined ? {} : { Location: next.location })
        .end(next.body);
  };

  beforeEach(async () => {
    [now, secret, answers, asked, pauses, refuse, tokens] = [1_000_000, 's3cret', [], [], [], undefined, 0];
    server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
    http = new HttpExchange(new URL(url));
    api = new ServerApi({
      http,
      corpId: 'ww1',
      readSecret: () => Promise.resolve(secret),
      clock: { nowMs: () => now },
      holdRefusalMs: 1_000,
      pause: (ms) => {
        pauses.push(ms);
        return Promise.resolve();
      },
    });
  });
  afterEach(() => {
    http.close();
    server.closeAllConnections();
    server.close();
  });
  const call = () => api.call({ method: 'GET', path: '/cgi-bin/user/get', query: { userid: 'a b&c' } });

  it('fetches one token however many ask at once, and keeps it', async () => {
    await Promise.all([call(), call(), call()]);
    await call();
    expect(asked).toEqual(['gettoken s3cret', 'get t1', 'get t1', 'get t1', 'get t1']);
  });

  it('fetches another before the old one ends', async () => {
    await call();
    now += 7_139_000;
    await call();
    now += 2_000;
    await call();
    expect(asked).toEqual(['gettoken s3cret', 'get t1', 'get t1', 'gettoken s3cret', 'get t2']);
  });

  it.each([40014, 42001, 41001])('fetches another when WeCom says %i, and asks again', async (errcode) => {
    answers = [{ body: `{"errcode":${errcode}}` }];
    expect(await call()).toMatchObject({ ok: true, fields: { x: 1 } });
    expect(asked).toEqual(['gettoken s3cret', 'get t1', 'gettoken s3cret', 'get t2']);
  });

  it('fetches another once only: a token that never works is a fault', async () => {
    answers = Array.from({ length: 5 }, () => ({ body: '{"errcode":40014}' }));
    expect(await call()).toMatchObject({ ok: false, fault: { reason: 'TokenExpired' } });
    expect(asked.length).toBe(4);
  });

  it('tries three times when WeCom is busy', async () => {
    answers = [{ body: '{"errcode":-1}' }, { body: '{"errcode":-1}' }];
    expect((await call()).ok).toBe(true);
    expect(pauses).toEqual([200, 400]);
    answers = Array.from({ length: 3 }, () => ({ body: '{"errcode":-1}' }));
    expect(await call()).toMatchObject({ ok: false, fault: { reason: 'WeComBusy' } });
  });

  it('asks no more for a while after a refusal, and then reads the secret again', async () => {
    refuse = 40001;
    expect(await call()).toMatchObject({
      ok: false,
      fault: { action: 'FixConfig', reason: 'RejectedByWeCom' },
    });
    await call();
    expect(asked).toEqual(['gettoken s3cret']);
    [refuse, secret, now] = [undefined, 'right', now + 1_000];
    expect((await call()).ok).toBe(true);
    expect(asked).toEqual(['gettoken s3cret', 'gettoken right', 'get t1']);
  });

  it('forgets the token of a secret that may not use the interface', async () => {
    answers = [{ body: '{"errcode":48002}' }];
    expect(await call()).toMatchObject({ ok: false, fault: { reason: 'RejectedByWeCom' } });
    secret = 'right';
    expect((await call()).ok).toBe(true);
    expect(asked).toEqual(['gettoken s3cret', 'get t1', 'gettoken right', 'get t2']);
  });

  it.each<[string, Answer, string]>([
    ['a 502 page', { status: 502, body: '<html>' }, 'BadAnswer'],
    ['an empty body', { body: '' }, 'BadAnswer'],
    ['a body that is not JSON', { body: 'hello' }, 'BadAnswer'],
    ['a cut connection', { cut: true }, 'WeComUnreachable'],
    [
      'a redirect, which would carry the token elsewhere',
      { status: 302, location: 'http://127.0.0.1:1/' },
      'BadAnswer',
    ],
  ])('takes %s for a fault', async (_what, next, reason) => {
    answers = [next];
    const outcome = await call();
    expect(outcome).toMatchObject({ ok: false, fault: { reason, action: 'Retry' } });
    expect(JSON.stringify(outcome)).not.toMatch(/s3cret|t1/);
  });

  it('ends calls in flight when it is closed', async () => {
    answers = [{ hang: true }];
    const calling = call();
    while (asked.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    http.close();
    expect(await calling).toMatchObject({ ok: false, fault: { reason: 'WeComUnreachable' } });
  });

  it('gives up an answer that does not come, or is too long', async () => {
    answers = [{ hang: true }, { body: 'x'.repeat(1000) }];
    const exchange = (timeoutMs: number) =>
      http.exchange({ method: 'GET', path: '/x', timeoutMs, maxBodyBytes: 100 });
    expect(await exchange(50)).toMatchObject({ ok: false, fault: { detail: 'no answer in time' } });
    expect(await exchange(5_000)).toMatchObject({ ok: false, fault: { reason: 'BadAnswer' } });
  });

  it('writes a seq beyond 2^53 as the number it is', async () => {
    const bodies: string[] = [];
    server.on('request', (request: IncomingMessage) => {
      request.on('data', (chunk: Buffer) => bodies.push(chunk.toString()));
    });
    const source = new SimulatorSource({ apiUrl: url, http, api, pullTimeoutMs: 1_000 });
    expect(await source.pull('18446744073709551615', 990)).toMatchObject({ ok: true, page: { entries: [] } });
    expect(bodies).toEqual(['{"seq":18446744073709551615,"limit":990,"version":3,"encrypt_sign":"0"}']);
  });

  it('refuses an address outside of machine and cluster, and says what to do', () => {
    const make = () =>
      new SimulatorSource({ apiUrl: 'https://qyapi.weixin.qq.com', http, api, pullTimeoutMs: 1 });
    expect(make).toThrow(/refused for qyapi\.weixin\.qq\.com.*FinanceSDK/);
    expect(() => refuseForeignAddress(url)).not.toThrow();
  });
});
