// What the stub sends, byte for byte as the real SDK was seen to.
import { afterEach, describe, expect, it } from 'vitest';
import { buildStub, type StubVariant, whyNoStub } from './build-stub.ts';
import { type SdkProcess, startSdk } from './call-sdk.testkit.ts';
import { EMPTY_PAGE, ok, startWire, type Wire, type WireOptions } from './wecom-wire.testkit.ts';

const problem = await whyNoStub();
const opened: { wire: Wire; sdk: SdkProcess }[] = [];
afterEach(async () => {
  for (const { wire, sdk } of opened.splice(0)) {
    sdk.kill();
    await wire.close();
  }
});

async function start(
  options: WireOptions = {},
  of: { variant?: StubVariant; env?: NodeJS.ProcessEnv } = {},
): Promise<{ wire: Wire; sdk: SdkProcess }> {
  const wire = await startWire(options);
  const sdk = await startSdk(await buildStub(of.variant), of.env === undefined ? {} : { env: of.env });
  opened.push({ wire, sdk });
  await sdk.call('init', 'ww1', 's-1');
  return { wire, sdk };
}

const FILE_ID = Buffer.from(
  `\x0a\x04file\x12\x04auth\x1a\x20${'0123456789abcdef'.repeat(2)}`,
  'latin1',
).toString('base64');

describe.skipIf(problem !== undefined)(`the wire of the stub (${problem ?? 'OpenSSL found'})`, () => {
  it('asks for a token, then for a page, each on a connection of its own', async () => {
    const { wire, sdk } = await start();
    expect(await sdk.text('chat', 42, 100, wire.proxy, '', 5)).toBe(EMPTY_PAGE);
    expect(wire.connects).toHaveLength(2);
    expect(wire.requests[0]).toBe(
      'GET /cgi-bin/gettoken?corpid=ww1&corpsecret=s-1 HTTP/1.0\r\nHost: qyapi.weixin.qq.com\r\nAccept: */*\r\n\r\n',
    );
    const [head, body] = wire.requests[1]?.split('\r\n\r\n') ?? [];
    expect(head?.split('\r\n')).toEqual([
      'POST /cgi-bin/message/getchatdata?access_token=token-1 HTTP/1.0',
      'Host: qyapi.weixin.qq.com',
      'Accept: */*',
      `Content-Length: ${body?.length}`,
      'Content-Type: application/x-www-form-urlencoded',
    ]);
    expect(body).toMatch(/^\{"seq":42,"limit":100,"version":1,"encrypt_sign":"\d{1,10}"\}$/);
  });

  it('asks for a piece of a file by a header of its own spelling', async () => {
    const { wire, sdk } = await start({ answers: { getchatmediadata: ok('{"errcode":301048}') } });
    await sdk.call('media', '', FILE_ID, wire.proxy, '', 5);
    await sdk.call('media', 'Range:bytes=524288-1048575', FILE_ID, wire.proxy, '', 5);
    expect(wire.requests[1]).toContain('\r\nRange:bytes=0-524287\r\n');
    expect(wire.requests[2]).toContain('\r\nRange:bytes=524288-1048575\r\n');
    expect(wire.requests[1]?.split('\r\n\r\n')[1]).toBe('{"fileid":"file","authkey":"auth","version":1}');
  });

  it('never says who it is', async () => {
    const { wire, sdk } = await start();
    await sdk.call('chat', 0, 1, wire.proxy, '', 5);
    expect([...wire.connects, ...wire.requests].join('')).not.toMatch(/user-agent/i);
  });

  it('sends seq as an unsigned 64-bit number', async () => {
    const { wire, sdk } = await start();
    await sdk.call('chat', '18446744073709551615', 1, wire.proxy, '', 5);
    expect(wire.requests[1]).toContain('{"seq":18446744073709551615,');
  });

  it('gives the proxy its password', async () => {
    const { wire, sdk } = await start();
    await sdk.call('chat', 0, 1, wire.proxy, 'pull:p4ss', 5);
    expect(wire.connects[0]).toMatch(/^CONNECT qyapi\.weixin\.qq\.com:443 HTTP\/1\.1\r\n/);
    expect(wire.connects[0]).toContain(
      `\r\nProxy-Authorization: Basic ${Buffer.from('pull:p4ss').toString('base64')}\r\n`,
    );
  });

  it('goes through a SOCKS5 proxy when the address says so', async () => {
    const { wire, sdk } = await start();
    expect(await sdk.text('chat', 0, 1, wire.socksProxy, 'u:p', 5)).toBe(EMPTY_PAGE);
    const name = Buffer.from('qyapi.weixin.qq.com').toString('hex');
    expect(wire.connects[0]).toBe(`050102 0101750170 0501000313${name}01bb`);
  });

  it('obeys https_proxy of the environment when no proxy is given, as the real one does', async () => {
    const wire = await startWire();
    const sdk = await startSdk(await buildStub(), { env: { https_proxy: wire.proxy } });
    opened.push({ wire, sdk });
    await sdk.call('init', 'ww1', 's-1');
    expect(await sdk.text('chat', 0, 1, 'NULL', 'NULL', 5)).toBe(EMPTY_PAGE);
  });

  it('keeps the token until its time is over, also when WeCom calls it dead', async () => {
    const dead = ok('{"errcode":40014,"errmsg":"invalid access_token"}');
    const { wire, sdk } = await start({ answers: { getchatdata: dead } });
    await sdk.call('chat', 0, 1, wire.proxy, '', 5);
    await sdk.call('chat', 0, 1, wire.proxy, '', 5);
    expect(wire.requests.filter((request) => request.includes('/gettoken?'))).toHaveLength(1);
  });

  it('goes on with an empty token when gettoken is refused', async () => {
    const refusal = ok('{"errcode":40001,"errmsg":"invalid credential"}');
    const { wire, sdk } = await start({ answers: { gettoken: refusal } });
    await sdk.call('chat', 0, 1, wire.proxy, '', 5);
    expect(wire.requests[1]).toContain('/getchatdata?access_token= HTTP/1.0');
  });

  it.each([1, 2, 3] as const)('a build of version %i says so', async (version) => {
    const { wire, sdk } = await start({}, { variant: { version } });
    await sdk.call('chat', 0, 1, wire.proxy, '', 5);
    expect(wire.requests[1]).toContain(`"version":${version},`);
    const { stdout } = await sdk.finish();
    expect(stdout).toBe(version === 3 ? 'TryRefresh ok: expires_in 7200\n' : '');
  });
});
