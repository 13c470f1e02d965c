// Nobody holds the relay's door shut or its calls open: not strangers, not the SDK, not whoever plays WeCom.
import { once } from 'node:events';
import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { CORP_ID, SECRETS } from '@menshen/wecom-simulator/simulator.testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startImpostor } from './impostor.testkit.ts';
import {
  addressOf,
  authority,
  callAsSdk,
  connectHead,
  knock,
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

/** Waits until the relay has counted this. */
async function refusal(why: string): Promise<void> {
  while ((await test.count('refused_total', { why })) === 0)
    await new Promise((resolve) => setImmediate(resolve));
}

describe('nobody holds the door shut', () => {
  it('a crowd without a credential: the oldest goes, and the SDK gets in', async () => {
    await openDoor({ waitingConnections: 4 });
    const crowd = [];
    for (let i = 0; i < 10; i++) crowd.push(await knock(test.relay, 'CONNECT '));
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
    await (await knock(test.relay, words())).ended;
    expect(await test.count('refused_total', { why: 'slow' })).toBe(1);
  });

  it('a client that closes its half after CONNECT and waits for the other is put out', async () => {
    await openDoor({ requestMs: 100 });
    const { socket, ended } = await knock(test.relay, connectHead(test.relay));
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
    const { socket } = await knock(test.relay, connectHead(test.relay));
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
    const { socket } = await knock(test.relay, connectHead(test.relay));
    await once(socket, 'data');
    const secure = connectTls({ socket, servername: 'qyapi.weixin.qq.com', ca: authority.certificatePem });
    const [error] = (await once(secure, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
    await refusal('handshake');
    expect(await test.count('sent_total', {})).toBe(0);
  });

  it('an SDK that speaks no TLS 1.2 is counted the same way', async () => {
    await openDoor();
    const { socket } = await knock(test.relay, connectHead(test.relay));
    await once(socket, 'data');
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' } as const;
    await once(connectTls({ socket, servername: 'qyapi.weixin.qq.com', ...old }), 'error');
    await refusal('handshake');
  });

  it('closing ends what is open', async () => {
    await openDoor();
    const idle = await knock(test.relay, 'CONNECT ');
    await test.relay.close();
    await idle.ended;
    closing.splice(closing.indexOf(test.relay), 1);
  });
});
