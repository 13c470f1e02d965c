// The way out through the company's own proxy: what it is asked, what it is told, and what happens when it says no.
import { CORP_ID, SECRETS } from '@menshen/wecom-simulator/simulator.testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startImpostor } from './impostor.testkit.ts';
import { planRoute } from './plan-route.ts';
import { type ProxyOptions, startProxy, type TestProxy } from './proxy.testkit.ts';
import {
  authority,
  callAsSdk,
  openTestRelay,
  split,
  startTlsSimulator,
  type TestRelay,
  type TlsSimulator,
  tokenRequest,
  wecomCertificate,
} from './relay.testkit.ts';

let wecom: TlsSimulator;
const closing: { close(): Promise<void> }[] = [];
beforeEach(async () => {
  wecom = await startTlsSimulator();
  closing.push(wecom.simulator);
});
afterEach(async () => {
  await Promise.all(closing.splice(0).map((one) => one.close()));
});

async function behind(
  options: Omit<ProxyOptions, 'leadsTo'>,
  proxyUrl: (host: string) => string,
): Promise<[TestProxy, TestRelay]> {
  const proxy = await startProxy({ ...options, leadsTo: wecom.upstream });
  closing.push(proxy);
  const test = await openTestRelay({ proxyUrl: proxyUrl(proxy.host) });
  closing.push(test.relay);
  return [proxy, test];
}

const getToken = async ({ relay }: TestRelay) =>
  split((await callAsSdk({ relay, request: tokenRequest(CORP_ID, SECRETS.archive) })).bytes).json;

describe('through a proxy', () => {
  it.each([
    { name: 'HTTP', kind: 'http' as const, url: (host: string) => `http://${host}` },
    { name: 'SOCKS5', kind: 'socks5' as const, url: (host: string) => `socks5://${host}` },
    {
      name: 'HTTP with a credential',
      kind: 'http' as const,
      credential: 'ops:p@ss:wörd',
      url: (host: string) => `http://ops:${encodeURIComponent('p@ss:wörd')}@${host}`,
    },
    {
      name: 'SOCKS5 with a credential',
      kind: 'socks5' as const,
      credential: 'ops:p@ss:wörd',
      url: (host: string) => `socks5://ops:${encodeURIComponent('p@ss:wörd')}@${host}`,
    },
  ])('$name: WeCom answers, the proxy learns its name and nothing else', async ({ url, ...options }) => {
    const [proxy, test] = await behind(options, url);
    expect(await getToken(test)).toMatchObject({ errcode: 0 });
    expect(proxy.asked).toEqual(['qyapi.weixin.qq.com:443']);
    const heads = Buffer.concat(proxy.heads);
    expect([SECRETS.archive, CORP_ID].filter((word) => heads.includes(word))).toEqual([]);
  });

  it.each([
    { name: 'an IPv4 address', boundTo: [1, 10, 0, 0, 1] },
    { name: 'an IPv6 address', boundTo: [4, ...Buffer.alloc(16, 7)] },
    { name: 'a name', boundTo: [3, 5, ...Buffer.from('proxy')] },
    { name: 'an empty name', boundTo: [3, 0] },
  ])('SOCKS5 bound to $name: the tunnel begins right behind it', async ({ boundTo }) => {
    const [, test] = await behind({ kind: 'socks5', boundTo }, (host) => `socks5://${host}`);
    expect(await getToken(test)).toMatchObject({ errcode: 0 });
  });

  it.each([
    { kind: 'http' as const, scheme: 'http' },
    { kind: 'socks5' as const, scheme: 'socks5' },
  ])('$scheme: a proxy that speaks byte by byte is understood', async ({ kind, scheme }) => {
    const options = { kind, credential: 'a:b', isSlow: true };
    const [, test] = await behind(options, (host) => `${scheme}://a:b@${host}`);
    expect(await getToken(test)).toMatchObject({ errcode: 0 });
  });

  it.each([
    { name: 'HTTP', kind: 'http' as const, scheme: 'http', detail: 'the proxy answers 407' },
    { name: 'SOCKS5', kind: 'socks5' as const, scheme: 'socks5', detail: 'the proxy wants a credential' },
  ])(
    '$name: a proxy that wants a credential we have not is named as the fault',
    async ({ kind, scheme, detail }) => {
      const [, test] = await behind({ kind, credential: 'a:b' }, (host) => `${scheme}://${host}`);
      expect(await getToken(test)).toEqual({ errcode: -1, errmsg: 'relay: ProxyRefused' });
      expect(test.reports).toMatchObject([{ sent: false, fault: { reason: 'ProxyRefused', detail } }]);
    },
  );

  it('SOCKS5: a wrong password is named as the fault', async () => {
    const [, test] = await behind({ kind: 'socks5', credential: 'a:b' }, (host) => `socks5://a:c@${host}`);
    await getToken(test);
    expect(test.reports).toMatchObject([
      { fault: { reason: 'ProxyRefused', detail: 'the proxy refuses our credential' } },
    ]);
  });

  it.each([
    { name: 'is no proxy', greeting: 'SSH-2.0-x\r\n\r\n', reason: 'ProxyRefused' },
    {
      name: 'answers without an end',
      greeting: `HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(4000)}`,
      reason: 'ProxyRefused',
    },
    { name: 'never answers', greeting: undefined, reason: 'Unreachable' },
  ])('a proxy that $name ends in a fault', async ({ greeting, reason }) => {
    const impostor = await startImpostor(greeting === undefined ? {} : { greeting });
    closing.push(impostor);
    const { relay, reports } = await openTestRelay({
      proxyUrl: `http://127.0.0.1:${impostor.address.port}`,
      limits: { connectMs: 200 },
    });
    closing.push(relay);
    await callAsSdk({ relay, request: tokenRequest(CORP_ID, SECRETS.archive) });
    expect(reports).toMatchObject([{ sent: false, fault: { reason } }]);
  });
});

describe('connections to WeCom', () => {
  it('are kept between calls, though the SDK opens one for each', async () => {
    const [proxy, test] = await behind({ kind: 'http' }, (host) => `http://${host}`);
    for (let i = 0; i < 5; i++) expect(await getToken(test)).toMatchObject({ errcode: 0 });
    expect(proxy.asked).toHaveLength(1);
  });

  it('that broke meanwhile are replaced without the SDK noticing', async () => {
    const [proxy, test] = await behind({ kind: 'http' }, (host) => `http://${host}`);
    for (let i = 0; i < 3; i++) {
      expect(await getToken(test)).toMatchObject({ errcode: 0 });
      proxy.breakConnections();
    }
    expect(proxy.asked).toHaveLength(3);
    expect(test.reports.every(({ fault }) => fault === undefined)).toBe(true);
  });

  it('that WeCom breaks when they are used again are replaced too, once for each call', async () => {
    const { certificatePem: cert, keyPem: key } = wecomCertificate;
    const body = '{"errcode":0,"access_token":"t","expires_in":1}';
    const answer = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const forgetful = await startImpostor({ tls: { cert, key }, answer, answers: 1 });
    closing.push(forgetful);
    const test = await openTestRelay({ upstream: forgetful.address });
    closing.push(test.relay);
    for (let i = 0; i < 4; i++) expect(await getToken(test)).toMatchObject({ errcode: 0 });
    expect(forgetful.connections()).toBe(4);
  });

  it('that break before any answer, though new, end in a fault', async () => {
    const { certificatePem: cert, keyPem: key } = wecomCertificate;
    const broken = await startImpostor({ tls: { cert, key }, answers: 0 });
    closing.push(broken);
    const test = await openTestRelay({ upstream: broken.address });
    closing.push(test.relay);
    expect(await getToken(test)).toEqual({ errcode: -1, errmsg: 'relay: Unreachable' });
    expect(broken.connections()).toBe(1);
  });

  it('that cannot be made end in a fault, not in silence', async () => {
    const proxy = await startProxy({ kind: 'http', leadsTo: wecom.upstream });
    await proxy.close();
    const test = await openTestRelay({ proxyUrl: `http://${proxy.host}` });
    closing.push(test.relay);
    expect(await getToken(test)).toEqual({ errcode: -1, errmsg: 'relay: Unreachable' });
    expect(test.reports).toMatchObject([
      { sent: false, fault: { reason: 'Unreachable', detail: 'ECONNREFUSED' } },
    ]);
  });
});

describe('a route that cannot be right stops the start', () => {
  const plan = (options: Partial<Parameters<typeof planRoute>[0]>) => () =>
    planRoute({
      upstream: { host: 'x', port: 1 },
      serverName: 'x',
      connectMs: 1,
      proxyUrl: undefined,
      extraCaPem: undefined,
      pins: undefined,
      ...options,
    });

  it.each([
    {
      name: 'a proxy without a scheme',
      options: { proxyUrl: 'proxy:3128' },
      problem: 'not an address such as',
    },
    { name: 'a proxy over TLS', options: { proxyUrl: 'https://user:secret@proxy' }, problem: 'use http://' },
    { name: 'SOCKS4', options: { proxyUrl: 'socks4://proxy' }, problem: 'scheme socks4:// is not supported' },
    { name: 'a pin in hex', options: { pins: ['ab'.repeat(32)] }, problem: 'not the base64 of a SHA-256' },
    {
      name: 'an empty file of authorities',
      options: { extraCaPem: '\n' },
      problem: 'holds no PEM certificate',
    },
    {
      name: 'a damaged authority',
      options: { extraCaPem: authority.certificatePem.replace(/\n[A-Za-z0-9+/]{64}\n/, '\n') },
      problem: 'cannot be read',
    },
  ])('$name', ({ options, problem }) => {
    expect(plan(options)).toThrow(problem);
    expect(plan(options)).not.toThrow('secret');
  });

  it.each([
    { proxyUrl: 'http://p:3128', address: { host: 'p', port: 3128 }, credential: undefined },
    { proxyUrl: 'http://p', address: { host: 'p', port: 80 }, credential: undefined },
    { proxyUrl: 'socks5://[::1]', address: { host: '::1', port: 1080 }, credential: undefined },
    {
      proxyUrl: 'http://u:%3A%40@p',
      address: { host: 'p', port: 80 },
      credential: { user: 'u', password: ':@' },
    },
  ])('$proxyUrl is read', ({ proxyUrl, address, credential }) => {
    expect(plan({ proxyUrl })().proxy).toMatchObject({ address, credential });
  });
});
