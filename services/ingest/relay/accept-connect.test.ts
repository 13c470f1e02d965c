// The loopback door: whom it lets in, and that nobody can hold it shut.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { CORP_ID, SECRETS } from '@menshen/wecom-simulator/simulator.testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { judgeConnect } from './accept-connect.ts';
import { startImpostor } from './impostor.testkit.ts';
import {
  addressOf,
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

/** Connects and says this; `ended` gives every byte that came back until the relay closed the connection. */
async function knock(words: string): Promise<{ socket: Socket; ended: Promise<string> }> {
  const { host, port } = addressOf(test.relay.url);
  const socket = connect(port, host);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const ended = closed.then(() => Buffer.concat(chunks).toString('latin1'));
  await once(socket, 'connect');
  socket.write(words);
  return { socket, ended };
}

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
    const said = await (await knock(words)).ended;
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

/** Waits until the relay has counted this. */
async function refusal(why: string): Promise<void> {
  while ((await test.count('refused_total', { why })) === 0)
    await new Promise((resolve) => setImmediate(resolve));
}

/** Lets the SDK in up to this step, then says no more. */
const connectHead = (relay: TestRelay['relay']): string =>
  `CONNECT qyapi.weixin.qq.com:443 HTTP/1.0\r\nProxy-Authorization: Basic ${Buffer.from(relay.credentialFor('slow')).toString('base64')}\r\n\r\n`;

describe('nobody holds the door shut', () => {
  it('a crowd without a credential: the oldest goes, and the SDK gets in', async () => {
    await openDoor({ waitingConnections: 4 });
    const crowd = [];
    for (let i = 0; i < 10; i++) crowd.push(await knock('CONNECT '));
    await expectService();
    await Promise.all(crowd.slice(0, 6).map(({ ended }) => ended));
    expect(await test.count('refused_total', { why: 'crowded' })).toBeGreaterThanOrEqual(6);
    for (const { socket } of crowd) socket.destroy();
  });

  it.each([
    { name: 'nothing', words: () => '' },
    { name: 'half a CONNECT', words: () => 'CONNECT qyapi.wei' },
    { name: 'no TLS after its CONNECT', words: () => connectHead(test.relay) },
    { name: 'half a TLS greeting', words: () => `${connectHead(test.relay)}\x16\x03\x01\x02\x00\x01` },
  ])('a client that says $name is put out', async ({ words }) => {
    await openDoor({ requestMs: 100 });
    await (await knock(words())).ended;
    expect(await test.count('refused_total', { why: 'slow' })).toBe(1);
  });

  it('a client that closes its half after CONNECT and waits for the other is put out', async () => {
    await openDoor({ requestMs: 100 });
    const { socket, ended } = await knock(connectHead(test.relay));
    socket.end();
    await ended;
    expect(await test.count('sent_total', {})).toBe(0);
  });

  it('a client that does not wait for the answer to its CONNECT is served', async () => {
    await openDoor();
    const { host, port } = addressOf(test.relay.url);
    const socket = connect(port, host);
    socket.write(connectHead(test.relay).slice(0, -2));
    let isOpen = false;
    // Sends the TLS greeting in one piece with the end of the head, and hides the answer to CONNECT from TLS.
    const eager = new Duplex({
      read: () => undefined,
      write(chunk: Buffer, _encoding, done) {
        socket.write(isOpen ? chunk : Buffer.concat([Buffer.from('\r\n'), chunk]), () => done());
        isOpen = true;
      },
    });
    const answers: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => {
      const isHead = answers.push(chunk) === 1;
      const end = isHead ? chunk.indexOf('\r\n\r\n') + 4 : 0;
      if (end < chunk.length) eager.push(chunk.subarray(end));
    });
    socket.on('close', () => eager.push(null));
    const secure = connectTls({
      socket: eager,
      servername: 'qyapi.weixin.qq.com',
      rejectUnauthorized: false,
    });
    secure.write(REQUEST);
    const heard = await secure.toArray();
    expect(split(Buffer.concat(heard as Buffer[])).json).toMatchObject({ errcode: 0 });
  });

  it.each([
    { name: 'half a request', request: 'GET /cgi-bin/get' },
    {
      name: 'half a body',
      request: 'POST /cgi-bin/message/getchatdata?access_token=x HTTP/1.0\r\nContent-Length: 9\r\n\r\n{',
    },
    { name: 'nothing inside TLS', request: '' },
  ])('a client that says $name is put out, and WeCom hears nothing', async ({ request }) => {
    await openDoor({ requestMs: 100 });
    const { bytes } = await callAsSdk({ relay: test.relay, request });
    expect(bytes.length).toBe(0);
    expect(await test.count('refused_total', { why: 'slow' })).toBe(1);
    expect(await test.count('sent_total', {})).toBe(0);
  });

  it('an SDK that goes away in the middle of a call ends the call to WeCom', async () => {
    const silent = await startImpostor({
      tls: { cert: wecomCertificate.certificatePem, key: wecomCertificate.keyPem },
    });
    closing.push(silent);
    const told = Promise.withResolvers<unknown>();
    test = await openTestRelay({ upstream: silent.address, onReport: told.resolve });
    closing.push(test.relay);
    const { socket } = await knock(connectHead(test.relay));
    await once(socket, 'data');
    const secure = connectTls({ socket, servername: 'qyapi.weixin.qq.com', rejectUnauthorized: false });
    secure.on('error', () => undefined);
    secure.write(REQUEST);
    while (!silent.understood().includes('gettoken')) await new Promise((resolve) => setImmediate(resolve));
    socket.destroy();
    expect(await told.promise).toMatchObject({ caller: 'slow', sent: true, fault: { reason: 'Timeout' } });
  });

  it('a WeCom that never answers: the SDK is told in time', async () => {
    const silent = await startImpostor({
      tls: { cert: wecomCertificate.certificatePem, key: wecomCertificate.keyPem },
    });
    closing.push(silent);
    test = await openTestRelay({ upstream: silent.address, limits: { callMs: 100 } });
    closing.push(test.relay);
    const { bytes } = await callAsSdk({ relay: test.relay, request: REQUEST });
    expect(split(bytes).json).toEqual({ errcode: -1, errmsg: 'relay: Timeout' });
  });

  it('a WeCom that never stops: no more is read than the limit', async () => {
    const endless = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${`400\r\n${'x'.repeat(1024)}\r\n`.repeat(64)}`;
    const { certificatePem: cert, keyPem: key } = wecomCertificate;
    const talker = await startImpostor({ tls: { cert, key }, answer: endless });
    closing.push(talker);
    test = await openTestRelay({ upstream: talker.address, limits: { answerBytes: 20_000 } });
    closing.push(test.relay);
    const { bytes } = await callAsSdk({ relay: test.relay, request: REQUEST });
    expect(split(bytes).json).toEqual({ errcode: -1, errmsg: 'relay: TooLong' });
    const [report] = test.reports;
    expect(report?.kind === 'Answer' ? report.answerBytes : 0).toBeGreaterThan(20_000);
    expect(report?.kind === 'Answer' ? report.answerBytes : 0).toBeLessThan(20_000 + 65_536);
  });

  it('an SDK build that verifies refuses our certificate, and that is counted by its name', async () => {
    await openDoor();
    const { socket } = await knock(connectHead(test.relay));
    await once(socket, 'data');
    const secure = connectTls({ socket, servername: 'qyapi.weixin.qq.com', ca: authority.certificatePem });
    const [error] = (await once(secure, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
    await refusal('handshake');
    expect(await test.count('sent_total', {})).toBe(0);
  });

  it('an SDK that speaks no TLS 1.2 is counted the same way', async () => {
    await openDoor();
    const { socket } = await knock(connectHead(test.relay));
    await once(socket, 'data');
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' } as const;
    await once(connectTls({ socket, servername: 'qyapi.weixin.qq.com', ...old }), 'error');
    await refusal('handshake');
  });

  it('closing ends what is open', async () => {
    await openDoor();
    const idle = await knock('CONNECT ');
    await test.relay.close();
    await idle.ended;
    closing.splice(closing.indexOf(test.relay), 1);
  });
});
