// The engine FinanceSDK where it differs from the other: handles, processes, the file of the library, builds that verify by themselves.
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Behaviour, orderOf } from '@menshen/sdk-stub/behaviours';
import { buildStub } from '@menshen/sdk-stub/build-stub';
import {
  authority,
  ok,
  startWire,
  TOKEN,
  type Wire,
  type WireAnswer,
} from '@menshen/sdk-stub/wecom-wire.testkit';
import { foundAuthority } from '@menshen/wecom-simulator/issue-certificates';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VALID } from '../relay/relay.testkit.ts';
import { openTestSdk, type TestSdk, type TestSdkOptions } from './sdk.testkit.ts';

let wire: Wire;
let test: TestSdk | undefined;
beforeEach(async () => {
  wire = await startWire();
});
afterEach(async () => {
  await test?.source.close();
  test = undefined;
  await wire.close();
});

const open = async (options: Partial<TestSdkOptions> = {}): Promise<TestSdk> => {
  // The wire is a proxy that answers as WeCom itself.
  const relay = { proxyUrl: wire.proxy, extraCaPem: authority.certificatePem };
  test = await openTestSdk({ corpId: 'ww1', ...options, relay: { ...relay, ...options.relay } });
  return test;
};
const pageOf = (errmsg = 'ok'): string =>
  `{"errcode":0,"errmsg":${JSON.stringify(errmsg)},"chatdata":[{"seq":7,"msgid":"m","publickey_ver":1,"encrypt_random_key":"AA","encrypt_chat_msg":"BB"}]}`;
const callsOf = (name: string): number =>
  wire.requests.filter((request) => request.includes(`/${name}?`)).length;
/** An id of WeCom's form: a protobuf with file, authkey and key. */
const FILE_ID = Buffer.concat([
  Buffer.from([10, 1]),
  Buffer.from('f'),
  Buffer.from([18, 1]),
  Buffer.from('a'),
  Buffer.from([26, 32]),
  Buffer.from('0123456789abcdef0123456789abcdef'),
]).toString('base64');

describe('a pull', () => {
  it.each<[string, WireAnswer, wanted: object]>([
    ['a page', ok(pageOf()), { ok: true, page: { entries: [{ seq: '7' }] } }],
    ['no chatdata at all', ok('{"errcode":0,"errmsg":"ok"}'), { ok: true, page: { entries: [] } }],
    [
      'a dead token',
      ok('{"errcode":42001}'),
      { ok: false, fault: { action: 'RefreshToken', errcode: 42001 } },
    ],
    ['an expired licence', ok('{"errcode":301052}'), { ok: false, fault: { reason: 'PermitMissing' } }],
    ['a connection closed', 'CLOSE', { ok: false, fault: { action: 'Retry', reason: 'WeComUnreachable' } }],
    ['a reset', 'RESET', { ok: false, fault: { action: 'Retry', reason: 'WeComUnreachable' } }],
    ['silence', 'SILENCE', { ok: false, fault: { action: 'Retry', reason: 'WeComUnreachable' } }],
    ['an empty body', ok(''), { ok: false, fault: { action: 'Retry', reason: 'BadAnswer' } }],
    ['a portal', ok('<html>sign in</html>'), { ok: false, fault: { action: 'Retry', reason: 'BadAnswer' } }],
  ])('answered by %s', async (_what, answer, wanted) => {
    const { source } = await open({ sdk: { callTimeoutSeconds: 1 } });
    wire.answer('getchatdata', answer);
    expect(await source.pull('0', 10)).toMatchObject(wanted);
  });

  it('gets a new handle for a dead token, once, in the same process', async () => {
    const { source, count } = await open();
    wire.answer('getchatdata', ok('{"errcode":42001}'));
    expect(await source.pull('0', 10)).toMatchObject({ ok: false, fault: { action: 'RefreshToken' } });
    expect([callsOf('gettoken'), callsOf('getchatdata')]).toEqual([2, 2]);
    wire.answer('getchatdata', ok(pageOf()));
    expect(await source.pull('0', 10)).toMatchObject({ ok: true });
    expect(callsOf('gettoken')).toBe(3);
    expect(await count('sdk_host_starts_total')).toBe(1);
  });

  it('keeps its handle after other errcodes', async () => {
    const { source } = await open();
    wire.answer('getchatdata', ok('{"errcode":45009}'));
    await source.pull('0', 10);
    await source.pull('0', 10);
    expect(callsOf('gettoken')).toBe(1);
  });

  it.each([
    ['a gateway', 'HTTP/1.0 502 Bad Gateway\r\nContent-Length: 13\r\n\r\n<html></html>'],
    ['nothing', ok('')],
    ['a list', ok('[]')],
  ])('lives when gettoken is answered by %s, which would end the SDK', async (_what, answer) => {
    const { source, count } = await open();
    wire.answer('gettoken', answer);
    expect(await source.pull('0', 10)).toMatchObject({ ok: false, fault: { reason: 'BadAnswer' } });
    wire.answer('gettoken', TOKEN);
    wire.answer('getchatdata', ok(pageOf()));
    expect(await source.pull('0', 10)).toMatchObject({ ok: true });
    expect(await count('sdk_host_ends_total')).toBe(0);
  });

  it('says what gettoken said, which the SDK keeps to itself', async () => {
    const { source } = await open();
    wire.answer('gettoken', ok('{"errcode":40013,"errmsg":"invalid corpid"}'));
    expect(await source.pull('0', 10)).toMatchObject({
      ok: false,
      fault: { action: 'FixConfig', reason: 'RejectedByWeCom', errcode: 40013 },
    });
  });

  it('says that whoever answers is not WeCom, and tells them nothing', async () => {
    const { source } = await open({
      relay: { extraCaPem: foundAuthority('Another Authority', VALID).certificatePem },
    });
    expect(await source.pull('0', 10)).toMatchObject({
      ok: false,
      fault: { action: 'CallOperator', reason: 'NotVerified' },
    });
    expect(wire.requests).toEqual([]);
  });

  it('says that the secret is empty', async () => {
    const { source } = await open({ secret: () => Promise.resolve('') });
    expect(await source.pull('0', 10)).toMatchObject({
      ok: false,
      fault: { action: 'FixConfig', reason: 'RejectedByWeCom' },
    });
  });
});

describe('a library that misbehaves', () => {
  const order = async (behaviour: Behaviour): Promise<TestSdk> => {
    const opened = await open({
      stub: { obeys: true },
      sdk: { callTimeoutSeconds: 1 },
      timing: { graceMs: 300 },
    });
    wire.answer('getchatdata', ok(pageOf()));
    await opened.source.pull('0', 10);
    wire.answer('getchatdata', ok(pageOf(orderOf(behaviour))));
    return opened;
  };

  it.each<Behaviour>([
    'segv',
    'abort',
    'heap-smash',
    'hang',
    'spin',
    'garbage',
    'half',
    'flip',
    'forge',
    'other-json',
    'negative-length',
    'huge-length',
    'null-buffer',
    'longer',
    'thread-scribble',
    'code-10000',
    'code-10009',
    'code-10011',
  ])('by %s costs a retry and nothing else', async (behaviour) => {
    const { source, modes } = await order(behaviour);
    const outcome = await source.pull('0', 10);
    // A thread that writes too late has done no harm.
    if (!outcome.ok) expect(outcome.fault).toMatchObject({ action: 'Retry', reason: 'SdkFailed' });
    else expect(behaviour).toBe('thread-scribble');
    wire.answer('getchatdata', ok(pageOf()));
    expect(await source.pull('0', 10)).toMatchObject({ ok: true, page: { entries: [{ seq: '7' }] } });
    expect(modes).toEqual(['Verify']);
  });

  it('for a file does not keep messages from being pulled', async () => {
    const { source } = await open({
      stub: { obeys: true },
      sdk: { callTimeoutSeconds: 1 },
      timing: { graceMs: 100 },
    });
    wire.answer('getchatmediadata', ok(`{"errcode":0,"errmsg":"${orderOf('hang')}","content":""}`));
    wire.answer('getchatdata', ok(pageOf()));
    const piece = source.mediaChunk({ sdkfileid: FILE_ID, index: '' });
    expect(await source.pull('0', 10)).toMatchObject({ ok: true });
    expect(await piece).toMatchObject({ ok: false, fault: { action: 'Retry' } });
  });
});

describe('a file', () => {
  it('is not given up for a code when its id is one of WeCom’s', async () => {
    const { source } = await open({ stub: { always: { behaviour: 'code-10005', at: 'GetMediaData' } } });
    expect(await source.mediaChunk({ sdkfileid: FILE_ID, index: '' })).toMatchObject({
      ok: false,
      fault: { action: 'Retry' },
    });
  });

  it('that could not be read (10002) gets a new handle each time', async () => {
    const { source } = await open();
    wire.answer('getchatmediadata', ok('{"errcode":0,"errmsg":"ok","content":5}'));
    for (let tries = 1; tries <= 3; tries++) {
      expect(await source.mediaChunk({ sdkfileid: FILE_ID, index: '' })).toMatchObject({
        ok: false,
        fault: { action: 'Retry' },
      });
      expect(callsOf('gettoken')).toBe(tries);
    }
  });
});

describe('a build that verifies by itself', () => {
  const page = { ok: true, page: { entries: [{ seq: '7' }] } };

  it('is let through to WeCom when it refuses the relay’s certificate (10011), and stays so', async () => {
    const { source, modes, reports } = await open({ stub: { trustedCaPem: authority.certificatePem } });
    wire.answer('getchatdata', ok(pageOf()));
    expect(await source.pull('0', 10)).toMatchObject(page);
    expect(await source.pull('0', 10)).toMatchObject(page);
    expect(modes).toEqual(['Verify', 'PassThrough']);
    expect(reports.every(({ kind }) => kind === 'Tunnel')).toBe(true);
  });

  it('is a matter for the operator when it does not trust WeCom either', async () => {
    const { source } = await open({ stub: { trustedCaPem: '' } });
    expect(await source.pull('0', 10)).toMatchObject({
      ok: false,
      fault: { action: 'CallOperator', reason: 'NotVerified' },
    });
    expect(wire.requests).toEqual([]);
  });
});

describe('before it is used', () => {
  it.each<[string, Partial<TestSdkOptions>, RegExp]>([
    ['a library that is not there', { libraryPath: '/nowhere/sdk.so' }, /there is no such file; take/],
    ['a file that is none', { libraryPath: import.meta.filename }, /not a 64-bit Linux library/],
    ['a host that is not built', { options: { hostPath: '/nowhere/host' } }, /build it with/],
    ['a proxy of an unknown kind', { relay: { proxyUrl: 'ftp://proxy' } }, /proxy/],
  ])('%s is a fault with a remedy', async (_what, options, says) => {
    const { source } = await open(options);
    expect(await source.pull('0', 10)).toMatchObject({
      ok: false,
      fault: { action: 'FixConfig', reason: 'SdkUnusable', detail: expect.stringMatching(says) },
    });
  });

  it('a library that appears later is found without a restart', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'menshen-sdk-'));
    const libraryPath = join(folder, 'libWeWorkFinanceSdk_C.so');
    const { source } = await open({ libraryPath });
    wire.answer('getchatdata', ok(pageOf()));
    expect(await source.pull('0', 10)).toMatchObject({ ok: false, fault: { reason: 'SdkUnusable' } });
    await copyFile(await buildStub(), libraryPath);
    expect(await source.pull('0', 10)).toMatchObject({ ok: true });
    await rm(folder, { recursive: true });
  });
});
