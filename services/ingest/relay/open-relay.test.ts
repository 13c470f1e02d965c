// The relay from end to end: an SDK that verifies nothing, the relay, the simulator behind WeCom's name.
import { createDecipheriv, randomBytes } from 'node:crypto';
import { CORP_ID, SECRETS } from '@menshen/wecom-simulator/simulator.testkit';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRelay } from './open-relay.ts';
import {
  callAsSdk,
  openTestRelay,
  postRequest,
  split,
  startTlsSimulator,
  type TestRelay,
  type TlsSimulator,
  tokenRequest,
} from './relay.testkit.ts';
import { createRelayMetrics } from './relay-metrics.ts';

let wecom: TlsSimulator;
let test: TestRelay;
beforeEach(async () => {
  wecom = await startTlsSimulator();
  test = await openTestRelay({ upstream: wecom.upstream });
});
afterEach(async () => {
  await test.relay.close();
  await wecom.simulator.close();
});

const call = (request: string, caller = 'pull') =>
  callAsSdk({ relay: test.relay, credential: test.relay.credentialFor(caller), request });
const tokenCall = (secret = SECRETS.archive) => call(tokenRequest(CORP_ID, secret));
const token = async (): Promise<string> => String(split((await tokenCall()).bytes).json['access_token']);
const page = { seq: 0, limit: 10, version: 1 };
const pull = async (): Promise<string> => postRequest(`getchatdata?access_token=${await token()}`, page);

describe('an SDK behind the relay', () => {
  it('is shown a certificate for WeCom and gets a token and a page as WeCom gave them', async () => {
    wecom.say(3);
    const { certificateName, bytes } = await call(await pull());
    expect(certificateName).toBe('DNS:qyapi.weixin.qq.com');
    const direct = await wecom.post(`/cgi-bin/message/getchatdata?access_token=${await wecom.token()}`, page);
    expect(split(bytes).json).toEqual(direct);
    expect(test.reports).toMatchObject([
      { caller: 'pull', call: 'gettoken', sent: true, status: 200, errcode: 0, fault: undefined },
      { caller: 'pull', call: 'getchatdata', sent: true, status: 200, errcode: 0, fault: undefined },
    ]);
    expect(wecom.simulator.protocolErrors()).toEqual([]);
  });

  it('may speak HTTP/1.1 as well; the connection ends with the answer either way', async () => {
    const request = tokenRequest(CORP_ID, SECRETS.archive);
    for (const version of ['1.0', '1.1']) {
      const { bytes } = await call(request.replace('HTTP/1.0', `HTTP/${version}`));
      expect(split(bytes).head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(split(bytes).json).toMatchObject({ errcode: 0 });
    }
  });

  it('is told apart from other callers by its credential', async () => {
    await Promise.all(
      ['pull', 'media-1', 'media-2'].map((caller) => call(tokenRequest(CORP_ID, 'x'), caller)),
    );
    expect(test.reports.map(({ caller }) => caller).sort()).toEqual(['media-1', 'media-2', 'pull']);
  });
});

/** fileid, authkey and key (hex) of an sdkfileid. */
const namesIn = (sdkfileid: string): string[] =>
  Buffer.from(sdkfileid, 'base64')
    .toString('latin1')
    .match(/[\w-]{10,}/g) ?? [];

/** One range of a file as the SDK asks for it. */
async function piece(sdkfileid: string, range: string): Promise<{ head: string; bytes: Buffer }> {
  const [fileid, authkey] = namesIn(sdkfileid);
  const request = postRequest(
    `getchatmediadata?access_token=${await token()}`,
    { fileid, authkey, version: 1 },
    [`Range:bytes=${range}`],
  );
  const { head, json } = split((await call(request, 'media')).bytes);
  return { head, bytes: Buffer.from(String(json['content'] ?? ''), 'base64') };
}

describe('the certificate shown', () => {
  it('is another one at every start, unless one is handed in', async () => {
    const shown: (string | undefined)[] = [];
    for (let i = 0; i < 2; i++) {
      const relay = await openRelay({
        mode: 'Verify',
        clock: { nowMs: () => Date.now() },
        metrics: createRelayMetrics(new Registry()),
        onReport: () => undefined,
        upstream: wecom.upstream,
      });
      const { bytes, fingerprint } = await callAsSdk({
        relay,
        request: tokenRequest(CORP_ID, SECRETS.archive),
      });
      // The simulator's authority was not named: not even it is trusted.
      expect(split(bytes).json).toEqual({ errcode: -1, errmsg: 'relay: NotVerified' });
      shown.push(fingerprint);
      await relay.close();
    }
    expect(new Set(shown).size).toBe(2);
    const { fingerprint } = await tokenCall();
    expect(shown).not.toContain(fingerprint);
  });
});

describe('a file', () => {
  const CHUNK = 524_288;

  it.each([
    { name: 'of two pieces and a bit', size: 2 * CHUNK + 12_345 },
    { name: 'whose size is a multiple of the piece: the last range is one padding block', size: 2 * CHUNK },
    { name: 'of nothing', size: 0 },
  ])('$name comes byte for byte, each range named in upper case', async ({ size }) => {
    const plain = randomBytes(size);
    const { sdkfileid } = wecom.simulator.shelf.put(1, plain);
    const sealedBytes = size + 16 - (size % 16);
    const pieces: Buffer[] = [];
    for (let from = 0; from < sealedBytes; from += CHUNK) {
      const to = Math.min(from + CHUNK, sealedBytes) - 1;
      const { head, bytes } = await piece(sdkfileid, `${from}-${from + CHUNK - 1}`);
      expect(head.split('\r\n')).toContain(`CONTENT-RANGE: BYTES ${from}-${to}/${sealedBytes}`);
      pieces.push(bytes);
    }
    const cipher = createDecipheriv('aes-128-ecb', Buffer.from(namesIn(sdkfileid)[2] ?? '', 'hex'), null);
    expect(Buffer.concat([cipher.update(Buffer.concat(pieces)), cipher.final()]).equals(plain)).toBe(true);
    const told = test.reports.filter(
      (report) => report.kind === 'Answer' && report.call === 'getchatmediadata',
    );
    expect(told).toHaveLength(pieces.length);
    expect(told.at(-1)).toMatchObject({ errcode: 0, range: { to: sealedBytes - 1, total: sealedBytes } });
    expect(wecom.simulator.protocolErrors()).toEqual([]);
  });

  it('whose range header a gateway wrote in lower case comes in upper case all the same', async () => {
    const { sdkfileid } = wecom.simulator.shelf.put(1, randomBytes(40));
    wecom.simulator.faults.inject({ kind: 'wrong-range-header', api: 'getchatmediadata' });
    const { head } = await piece(sdkfileid, '0-31');
    expect(head.split('\r\n')).toContain('CONTENT-RANGE: BYTES 0-31/48');
  });

  it('whose range header a gateway dropped is stopped: the SDK would take the piece for the whole', async () => {
    const { sdkfileid } = wecom.simulator.shelf.put(1, randomBytes(40));
    wecom.simulator.faults.inject({ kind: 'no-range-header', api: 'getchatmediadata' });
    const { head, bytes } = await piece(sdkfileid, '0-31');
    expect(head.toUpperCase()).not.toContain('CONTENT-RANGE');
    expect(bytes).toHaveLength(0);
    expect(test.reports.at(-1)).toMatchObject({ status: 200, fault: { reason: 'BadRange' } });
    expect(await test.count('stopped_answers_total', { call: 'getchatmediadata', why: 'BadRange' })).toBe(1);
  });
});

describe('an answer that would end the SDK’s process', () => {
  it.each([
    { kind: 'not-json' as const, fault: { reason: 'NotJson' } },
    { kind: 'empty' as const, fault: { reason: 'NotJson' } },
    { kind: 'http-502' as const, fault: { reason: 'BadStatus', detail: 'HTTP status 502' } },
    { kind: 'truncated' as const, fault: { reason: 'Cut' } },
    { kind: 'cut' as const, fault: { reason: 'Unreachable' } },
  ])('gettoken: $kind becomes a JSON object, and the reason is known here', async ({ kind, fault }) => {
    wecom.simulator.faults.inject({ kind, api: 'gettoken' });
    const { head, json } = split((await tokenCall()).bytes);
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(json).toEqual({ errcode: -1, errmsg: `relay: ${fault.reason}` });
    expect(test.reports).toMatchObject([{ call: 'gettoken', sent: true, errcode: undefined, fault }]);
    expect(split((await tokenCall()).bytes).json).toMatchObject({ errcode: 0 });
  });

  it('a call without a token, which the SDK makes after that, is answered here and not sent on', async () => {
    for (const query of ['access_token=', 'x=1', '']) {
      const { json } = split((await call(postRequest(`getchatdata?${query}`, page))).bytes);
      expect(json['errcode']).toBe(41001);
    }
    expect(test.reports).toHaveLength(3);
    for (const report of test.reports)
      expect(report).toMatchObject({ sent: false, fault: { reason: 'NoToken' } });
    expect(wecom.simulator.served().pulls).toBe(0);
  });
});

describe('what the SDK hides', () => {
  it.each([301042, 301052, 45009, 40014, -1])('errcode %i of a media call is told', async (errcode) => {
    const { sdkfileid } = wecom.simulator.shelf.put(1, randomBytes(40));
    wecom.simulator.faults.inject({ kind: 'errcode', errcode, api: 'getchatmediadata' });
    await piece(sdkfileid, '0-31');
    expect(test.reports.at(-1)).toMatchObject({
      caller: 'media',
      call: 'getchatmediadata',
      status: 200,
      errcode,
    });
  });

  it('a wrong secret is told, and the SDK gets an object without a token', async () => {
    expect(split((await tokenCall('wrong')).bytes).json).toEqual({
      errcode: 40001,
      errmsg: 'refused by WeCom',
    });
    expect(test.reports).toMatchObject([{ call: 'gettoken', errcode: 40001, fault: undefined }]);
    expect(await test.count('calls_total', { call: 'gettoken', outcome: 'errcode' })).toBe(1);
  });

  it('every call that WeCom saw is counted, by call, and no other', async () => {
    await call(await pull());
    await call(await pull());
    await call(postRequest('getchatdata?access_token=', page));
    const sent = (name: string) => test.count('sent_total', { call: name });
    expect([await sent('gettoken'), await sent('getchatdata')]).toEqual([2, 2]);
    expect(wecom.simulator.served().pulls).toBe(2);
  });

  it('nothing that is told holds a secret, a token or content', async () => {
    wecom.say(2);
    const own = await token();
    await call(postRequest(`getchatdata?access_token=${own}`, page));
    const told = JSON.stringify(test.reports);
    expect([SECRETS.archive, own, CORP_ID, 'encrypt_', 'm1'].filter((word) => told.includes(word))).toEqual(
      [],
    );
  });
});

describe('anything but the three calls is refused', () => {
  it.each([
    { name: 'another path', request: 'GET /cgi-bin/user/get?userid=a HTTP/1.0\r\n\r\n' },
    { name: 'a path that winds its way there', request: 'GET /x/../cgi-bin/gettoken HTTP/1.0\r\n\r\n' },
    { name: 'a path with an escape', request: 'GET /cgi-bin/%67ettoken HTTP/1.0\r\n\r\n' },
    { name: 'a whole address', request: 'GET https://example.com/cgi-bin/gettoken HTTP/1.0\r\n\r\n' },
    { name: 'POST of gettoken', request: 'POST /cgi-bin/gettoken HTTP/1.0\r\nContent-Length: 0\r\n\r\n' },
    { name: 'a name of the language', request: 'GET constructor HTTP/1.0\r\n\r\n' },
    { name: 'GET of a pull', request: 'GET /cgi-bin/message/getchatdata?access_token=x HTTP/1.0\r\n\r\n' },
  ])('$name', async ({ request }) => {
    const { bytes } = await call(request);
    if (bytes.length > 0) expect(split(bytes).head).toMatch(/^HTTP\/1\.1 40[03] /);
    expect(await test.count('sent_total', {})).toBe(0);
    expect(test.reports).toEqual([]);
    expect(wecom.simulator.protocolErrors()).toEqual([]);
  });

  it('a request body of more than 64 KiB', async () => {
    const { bytes } = await call(postRequest('getchatdata?access_token=x', { x: 'y'.repeat(65_536) }));
    expect(bytes).toHaveLength(0);
    expect(await test.count('refused_total', { why: 'request' })).toBe(1);
    expect(await test.count('sent_total', {})).toBe(0);
  });
});
