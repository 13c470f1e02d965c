// The loopback door: whom it lets in, and where to.
import { CORP_ID, SECRETS } from '@menshen/wecom-simulator/simulator.testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { judgeConnect } from './accept-connect.ts';
import {
  callAsSdk,
  knock,
  openTestRelay,
  split,
  startTlsSimulator,
  type TestRelay,
  type TlsSimulator,
  tokenRequest,
} from './relay.testkit.ts';
import type { RelayLimits } from './relay-limits.ts';

let wecom: TlsSimulator;
let test: TestRelay;
const closing: { close(): Promise<void> }[] = [];
beforeEach(async () => {
  wecom = await startTlsSimulator();
  closing.push(wecom.simulator);
});
afterEach(async () => {
  await Promise.all(closing.splice(0).map((one) => one.close()));
});

async function openDoor(limits: Partial<RelayLimits> = {}): Promise<void> {
  test = await openTestRelay({ upstream: wecom.upstream, limits });
  closing.push(test.relay);
}

const REQUEST = tokenRequest(CORP_ID, SECRETS.archive);
const expectService = async (): Promise<void> => {
  const { bytes } = await callAsSdk({ relay: test.relay, request: REQUEST });
  expect(split(bytes).json).toMatchObject({ errcode: 0 });
};

describe('the door', () => {
  it('is on loopback, on a port of its own', async () => {
    await openDoor();
    expect(test.relay.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const first = test.relay.url;
    await openDoor();
    expect(test.relay.url).not.toBe(first);
    expect(() => test.relay.credentialFor('a b')).toThrow('1..64');
  });

  it.each([
    'example.com:443',
    'qyapi.weixin.qq.com:80',
    'qyapi.weixin.qq.com:4430',
    'qyapi.weixin.qq.com',
    'qyapi.weixin.qq.com.evil.example:443',
    'evil-qyapi.weixin.qq.com:443',
    '127.0.0.1:22',
    '[::1]:443',
    '169.254.169.254:80',
  ])('leads to WeCom and not to %s', async (target) => {
    await openDoor();
    expect((await callAsSdk({ relay: test.relay, target, request: REQUEST })).connectStatus).toBe(403);
    expect(await test.count('refused_total', { why: 'host' })).toBe(1);
    await expectService();
  });

  it.each([
    { name: 'no credential', credential: () => '' },
    { name: 'a wrong password', credential: () => 'pull:wrong' },
    { name: 'an empty password', credential: () => 'pull:' },
    { name: 'the password and more', credential: () => `${test.relay.credentialFor('pull')}x` },
    { name: 'the password without its end', credential: () => test.relay.credentialFor('pull').slice(0, -1) },
    { name: 'no caller', credential: () => test.relay.credentialFor('pull').slice('pull'.length) },
    {
      name: 'a caller with a space',
      credential: () => `a b${test.relay.credentialFor('pull').slice('pull'.length)}`,
    },
  ])('asks for a credential, and $name is none', async ({ credential }) => {
    await openDoor();
    const { connectStatus } = await callAsSdk({
      relay: test.relay,
      credential: credential(),
      request: REQUEST,
    });
    expect(connectStatus).toBe(407);
    expect(await test.count('refused_total', { why: 'credential' })).toBe(1);
  });

  it('has another credential at every start', async () => {
    await openDoor();
    const old = test.relay.credentialFor('pull');
    await openDoor();
    expect((await callAsSdk({ relay: test.relay, credential: old, request: REQUEST })).connectStatus).toBe(
      407,
    );
  });

  it('tells a stranger nothing about hosts: the credential comes first', async () => {
    await openDoor();
    const { connectStatus } = await callAsSdk({
      relay: test.relay,
      credential: 'a:b',
      target: 'x:1',
      request: REQUEST,
    });
    expect(connectStatus).toBe(407);
  });

  it.each([
    {
      name: 'a plain request to WeCom',
      words: 'GET http://qyapi.weixin.qq.com/cgi-bin/gettoken HTTP/1.1\r\nHost: x\r\n\r\n',
      status: 403,
    },
    { name: 'a plain request to the relay', words: 'GET / HTTP/1.0\r\n\r\n', status: 403 },
    {
      name: 'what is not HTTP',
      words: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n',
      status: undefined,
    },
    {
      name: 'a head without end',
      words: `CONNECT x:1 HTTP/1.1\r\n${'X: yyyyyyy\r\n'.repeat(2000)}`,
      status: undefined,
    },
  ])('is not for $name', async ({ words, status }) => {
    await openDoor();
    const said = await (await knock(test.relay, words)).ended;
    expect(/^HTTP\/1\.1 (\d+)/.exec(said)?.[1]).toBe(status === undefined ? undefined : String(status));
    await expectService();
  });
});

describe('the credential as the SDK writes it', () => {
  const door = { target: 'qyapi.weixin.qq.com:443', password: 'p:w' };
  const basic = (text: string): string => Buffer.from(text).toString('base64');
  it.each([
    { header: `Basic ${basic('pull:p:w')}`, caller: 'pull' },
    { header: `basic ${basic('pull:p:w')}`, caller: 'pull' },
    { header: `Bearer ${basic('pull:p:w')}`, caller: undefined },
    { header: basic('pull:p:w'), caller: undefined },
    { header: 'Basic', caller: undefined },
    { header: 'Basic !!!', caller: undefined },
    { header: undefined, caller: undefined },
  ])('$header', ({ header, caller }) => {
    const judged = judgeConnect(door, {
      url: 'QYAPI.weixin.qq.com:443',
      headers: header === undefined ? {} : { 'proxy-authorization': header },
    });
    expect(judged.ok ? judged.caller : undefined).toBe(caller);
  });
});
