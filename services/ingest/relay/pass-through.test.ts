// Pass-through: for an SDK build that verifies by itself. Bytes go to the one host and back, unread; the door is the same.
import { once } from 'node:events';
import { get } from 'node:https';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { issueCertificate } from '@menshen/wecom-simulator/issue-certificates';
import { CORP_ID, SECRETS } from '@menshen/wecom-simulator/simulator.testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startImpostor } from './impostor.testkit.ts';
import { startProxy } from './proxy.testkit.ts';
import {
  addressOf,
  authority,
  callAsSdk,
  openTestRelay,
  startTlsSimulator,
  type TestRelay,
  type TlsSimulator,
  tokenRequest,
  VALID,
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

async function open(options: Parameters<typeof openTestRelay>[0] = {}): Promise<TestRelay> {
  const test = await openTestRelay({ mode: 'PassThrough', upstream: wecom.upstream, ...options });
  closing.push(test.relay);
  return test;
}

const stranger = issueCertificate({ names: ['qyapi.weixin.qq.com'], ...VALID }, undefined);
const REQUEST = tokenRequest(CORP_ID, SECRETS.archive);

/** A tunnel as an SDK build that verifies opens it. */
async function tunnel({ relay }: TestRelay): Promise<Socket> {
  const { host, port } = addressOf(relay.url);
  const socket = connect(port, host);
  const credential = Buffer.from(relay.credentialFor('pull')).toString('base64');
  socket.write(
    `CONNECT qyapi.weixin.qq.com:443 HTTP/1.1\r\nProxy-Authorization: Basic ${credential}\r\n\r\n`,
  );
  await once(socket, 'data');
  return socket;
}

describe('pass-through', () => {
  it('an SDK that verifies sees WeCom’s own certificate and gets its answer', async () => {
    const test = await open();
    const socket = await tunnel(test);
    const text = await new Promise<string>((resolve, reject) => {
      const createConnection = () =>
        connectTls({ socket, servername: 'qyapi.weixin.qq.com', ca: authority.certificatePem });
      const path = `/cgi-bin/gettoken?corpid=${CORP_ID}&corpsecret=${SECRETS.archive}`;
      get({ createConnection, path, headers: { Connection: 'close' } }, (answer) => {
        answer.toArray().then((chunks) => resolve(Buffer.concat(chunks as Buffer[]).toString()), reject);
      }).on('error', reject);
    });
    expect(JSON.parse(text)).toMatchObject({ errcode: 0 });
    await vanished(test);
    expect(test.reports).toMatchObject([{ kind: 'Tunnel', caller: 'pull', fault: undefined }]);
    const [report] = test.reports;
    expect(report?.kind === 'Tunnel' ? Math.min(report.bytesUp, report.bytesDown) : 0).toBeGreaterThan(300);
    expect(await test.count('bytes_total', { direction: 'down' })).toBe(
      report?.kind === 'Tunnel' ? report.bytesDown : -1,
    );
  });

  it('lets a build that does not verify talk to a stranger: this is what is given up', async () => {
    const [cert, key] = [stranger.certificatePem, stranger.keyPem];
    const impostor = await startImpostor({
      tls: { cert, key },
      answer: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}',
    });
    closing.push(impostor);
    const { relay } = await open({ upstream: impostor.address });
    const calling = callAsSdk({ relay, request: REQUEST });
    while (!impostor.understood().includes(SECRETS.archive))
      await new Promise((resolve) => setImmediate(resolve));
    await relay.close();
    await calling;
  });

  it('goes through the proxy, whose own conversation is not counted as the SDK’s', async () => {
    const proxy = await startProxy({ kind: 'http', leadsTo: wecom.upstream });
    closing.push(proxy);
    const test = await openTestRelay({ mode: 'PassThrough', proxyUrl: `http://${proxy.host}` });
    closing.push(test.relay);
    expect((await callAsSdk({ relay: test.relay, request: REQUEST })).connectStatus).toBe(200);
    expect(proxy.asked).toEqual(['qyapi.weixin.qq.com:443']);
    await vanished(test);
    const onWire = proxy.tunnelled();
    expect(test.reports).toMatchObject([{ bytesUp: onWire.up, bytesDown: onWire.down }]);
  });

  it.each([
    { name: 'another host', target: 'example.com:443', credential: undefined, status: 403, why: 'host' },
    { name: 'a stranger', target: undefined, credential: 'a:b', status: 407, why: 'credential' },
  ])('refuses $name like the other mode', async ({ target, credential, status, why }) => {
    const test = await open();
    const { connectStatus } = await callAsSdk({
      relay: test.relay,
      request: REQUEST,
      credential,
      ...(target === undefined ? {} : { target }),
    });
    expect(connectStatus).toBe(status);
    expect(await test.count('refused_total', { why })).toBe(1);
  });

  it('answers 502 and tells why when WeCom cannot be reached', async () => {
    const nobody = await startImpostor({});
    await nobody.close();
    const test = await open({ upstream: nobody.address });
    expect((await callAsSdk({ relay: test.relay, request: REQUEST })).connectStatus).toBe(502);
    expect(test.reports).toMatchObject([
      { kind: 'Tunnel', fault: { reason: 'Unreachable', detail: 'ECONNREFUSED' } },
    ]);
  });

  it('ends a tunnel that outlives a call', async () => {
    const test = await open({ limits: { requestMs: 500, callMs: 0 } });
    const socket = await tunnel(test);
    await new Promise((resolve) => socket.once('close', resolve));
    await vanished(test);
    expect(test.reports).toMatchObject([{ kind: 'Tunnel', bytesUp: 0, bytesDown: 0 }]);
  });
});

/** Waits until a tunnel has been reported. */
async function vanished(test: TestRelay): Promise<void> {
  while (test.reports.length === 0) await new Promise((resolve) => setImmediate(resolve));
}
