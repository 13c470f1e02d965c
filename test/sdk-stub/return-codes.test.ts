// Every return code and every sudden end of the real SDK, as measured, in the stub.
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { buildStub, type StubVariant, whyNoStub } from './build-stub.ts';
import { type SdkProcess, startSdk } from './call-sdk.testkit.ts';
import { authority, EMPTY_PAGE, ok, startWire, type Wire, type WireOptions } from './wecom-wire.testkit.ts';

const problem = await whyNoStub();
const opened: { wire: Wire; sdk: SdkProcess }[] = [];
afterEach(async () => {
  for (const { wire, sdk } of opened.splice(0)) {
    sdk.kill();
    await wire.close();
  }
});

interface Case extends WireOptions {
  readonly variant?: StubVariant;
  readonly ignoreSigpipe?: boolean;
}

async function start({ variant, ignoreSigpipe = true, ...wireOptions }: Case = {}): Promise<{
  wire: Wire;
  sdk: SdkProcess;
}> {
  const wire = await startWire(wireOptions);
  const sdk = await startSdk(await buildStub(variant), { ignoreSigpipe });
  opened.push({ wire, sdk });
  await sdk.call('init', 'ww1', 's-1');
  return { wire, sdk };
}

const GATEWAY = 'HTTP/1.0 502 Bad Gateway\r\nContent-Length: 13\r\n\r\n<html></html>';
const CUT = ok('{"errcode":0}').replace('Content-Length: 13', 'Content-Length: 200');

describe.skipIf(problem !== undefined)(`return codes of the stub (${problem ?? 'OpenSSL found'})`, () => {
  describe('GetChatData', () => {
    const table: readonly [string, Case, number, string][] = [
      ['a page', {}, 0, EMPTY_PAGE],
      ['an errcode', { answers: { getchatdata: ok('{"errcode":301042}') } }, 0, '{"errcode":301042}'],
      ['the page of a gateway', { answers: { getchatdata: GATEWAY } }, 0, '<html></html>'],
      ['an empty body', { answers: { getchatdata: ok('') } }, 0, ''],
      ['a connection closed without a word', { answers: { getchatdata: 'CLOSE' } }, 0, ''],
      ['a body cut short', { answers: { getchatdata: CUT } }, 10001, ''],
      ['a reset', { answers: { getchatdata: 'RESET' } }, 10001, ''],
      ['silence', { answers: { getchatdata: 'SILENCE' } }, 10001, ''],
      ['another host name', { certificateName: 'qyapi.weixin.qq.com.example' }, 10001, ''],
      ['a proxy that refuses', { proxyStatus: '403 Forbidden' }, 10001, ''],
      ['a gettoken that is refused', { answers: { gettoken: ok('{"errcode":40001}') } }, 0, EMPTY_PAGE],
      ['a gettoken of {}', { answers: { gettoken: ok('{}') } }, 0, EMPTY_PAGE],
      ['a gettoken cut short', { answers: { gettoken: CUT } }, 10001, ''],
      ['a gettoken that never answers', { answers: { gettoken: 'SILENCE' } }, 10001, ''],
      ['a gettoken reset', { answers: { gettoken: 'RESET' } }, 10001, ''],
    ];
    it.each(table)('%s', async (_what, options, code, body) => {
      const { wire, sdk } = await start(options);
      const answer = await sdk.call('chat', 0, 10, wire.proxy, '', 1);
      expect(answer?.code).toBe(code);
      expect(Buffer.from(answer?.hex ?? '', 'hex').toString()).toBe(body);
    });

    it.each([0, 1001])('limit %i, without asking anybody', async (limit) => {
      const { wire, sdk } = await start();
      expect(await sdk.call('chat', 0, limit, wire.proxy, '', 1)).toMatchObject({ code: 10000 });
      expect(wire.connects).toEqual([]);
    });

    it('nobody listening', async () => {
      const { sdk } = await start();
      const port = await freePort();
      expect(await sdk.call('chat', 0, 10, `http://127.0.0.1:${port}`, '', 1)).toMatchObject({ code: 10001 });
    });
  });

  describe('a build that verifies', () => {
    it('takes a certificate of an authority that it trusts', async () => {
      const variant = { trustedCaPem: authority.certificatePem };
      const { wire, sdk } = await start({ variant });
      expect(await sdk.text('chat', 0, 10, wire.proxy, '', 5)).toBe(EMPTY_PAGE);
    });

    it('returns 10011 for any other, and asks nothing', async () => {
      const { wire, sdk } = await start({ variant: { trustedCaPem: '' } });
      expect(await sdk.call('chat', 0, 10, wire.proxy, '', 5)).toMatchObject({ code: 10011 });
      expect(wire.requests).toEqual([]);
    });
  });

  describe('the process ends', () => {
    const endings: readonly [string, Case, string][] = [
      ['gettoken answered by a web page', { answers: { gettoken: ok('<html></html>') } }, 'SIGABRT'],
      ['gettoken answered by nothing', { answers: { gettoken: ok('') } }, 'SIGABRT'],
      ['gettoken answered by []', { answers: { gettoken: ok('[]') } }, 'SIGABRT'],
      ['gettoken closed without a word', { answers: { gettoken: 'CLOSE' } }, 'SIGABRT'],
      ['gettoken reset', { answers: { gettoken: 'RESET' }, ignoreSigpipe: false }, 'SIGPIPE'],
      ['a page reset', { answers: { getchatdata: 'RESET' }, ignoreSigpipe: false }, 'SIGPIPE'],
    ];
    it.each(endings)('%s', async (_what, options, signal) => {
      const { wire, sdk } = await start(options);
      expect(await sdk.call('chat', 0, 10, wire.proxy, '', 2)).toBeUndefined();
      expect((await sdk.ended).signal).toBe(signal);
    });
  });
});

/** Of a server that is gone again. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
