// How the engine FinanceSDK reaches WeCom, from configuration: the SDK and the server interfaces take the same way, with the same proof.

import { X509Certificate } from 'node:crypto';
import type { IngestConfig } from '@menshen/contracts/role-config';
import { buildStub } from '@menshen/sdk-stub/build-stub';
import { silentLogger } from '@menshen/telemetry/logger';
import { foundAuthority } from '@menshen/wecom-simulator/issue-certificates';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pinOf } from '../relay/reach-wecom.ts';
import {
  authority,
  startTlsSimulator,
  type TlsSimulator,
  VALID,
  wecomCertificate,
} from '../relay/relay.testkit.ts';
import { buildSdkHost } from '../sdk-host/build-host.mjs';
import { type OpenedSource, openSource } from './open-source.ts';

let wecom: TlsSimulator;
let opened: OpenedSource | undefined;
beforeEach(async () => {
  wecom = await startTlsSimulator();
});
afterEach(async () => {
  await opened?.close();
  opened = undefined;
  await wecom.simulator.close();
});

const secrets = new Map([
  ['archive', 'archive-secret'],
  ['directory', 'directory-secret'],
  ['ca', authority.certificatePem],
  ['other-ca', foundAuthority('Another Authority', VALID).certificatePem],
  ['proxy-nobody', 'http://127.0.0.1:1'],
  ['proxy-wrong', 'ftp://127.0.0.1'],
]);

async function open(config: Partial<IngestConfig>): Promise<OpenedSource> {
  opened = openSource({
    corpId: wecom.simulator.corpId,
    config: {
      engine: 'FinanceSDK',
      apiUrl: wecom.simulator.tlsUrl ?? '',
      archiveSecretFile: 'archive',
      directorySecretFile: 'directory',
      privateKeys: [],
      decryptWorkers: 1,
      pageLimit: 990,
      pullsPerMinute: 600,
      pollIntervalMs: 1,
      directoryRefreshMs: 3_600_000,
      media: { enabled: false, concurrency: 1, maxBytes: 1 },
      sdk: {
        libraryPath: await buildStub(),
        callTimeoutSeconds: 5,
        memoryLimitBytes: 2 ** 29,
        mediaProcesses: 1,
      },
      ...config,
    },
    clock: { nowMs: () => Date.now() },
    readSecret: (file) => {
      const text = secrets.get(file);
      return text === undefined
        ? Promise.reject(Object.assign(new Error('no file'), { code: 'ENOENT' }))
        : Promise.resolve(text);
    },
    sleep: () => Promise.resolve(),
    registry: new Registry(),
    logger: silentLogger,
    sdkHostPath: await buildSdkHost(),
  });
  return opened;
}

/** What a pull, and a call of a server interface, come to. */
async function ask(config: Partial<IngestConfig>): Promise<readonly [sdk: unknown, api: unknown]> {
  const { messages, directoryApi } = await open(config);
  return [
    await messages.pull('0', 10),
    await directoryApi?.call({ method: 'GET', path: '/cgi-bin/department/list' }),
  ];
}

const pin = pinOf(new X509Certificate(wecomCertificate.certificatePem));

describe('both ways lead to WeCom', () => {
  it.each<[string, Partial<IngestConfig>]>([
    ['with an authority of its own', { trust: { caFile: 'ca', pins: [] } }],
    ['with its key pinned', { trust: { caFile: 'ca', pins: [pin] } }],
  ])('%s', async (_what, config) => {
    expect(await ask(config)).toMatchObject([{ ok: true }, { ok: true }]);
    expect(wecom.simulator.protocolErrors()).toEqual([]);
  });
});

describe('both ways are shut, and nothing is sent, when', () => {
  const NOBODY = 'A'.repeat(43);
  it.each<[string, Partial<IngestConfig>, sdk: RegExp, api: RegExp]>([
    ['nobody we trust vouches for who answers', {}, /is not WeCom/, /is not WeCom/],
    [
      'another authority is trusted',
      { trust: { caFile: 'other-ca', pins: [] } },
      /is not WeCom/,
      /is not WeCom/,
    ],
    [
      'the pinned key is another',
      { trust: { caFile: 'ca', pins: [`${NOBODY}=`] } },
      /is not WeCom/,
      /is not WeCom/,
    ],
    [
      'the proxy is not there',
      { trust: { caFile: 'ca', pins: [] }, proxy: { urlFile: 'proxy-nobody' } },
      /cannot be reached/,
      /cannot be reached/,
    ],
    [
      'the proxy is of an unknown kind',
      { trust: { caFile: 'ca', pins: [] }, proxy: { urlFile: 'proxy-wrong' } },
      /ftp:\/\/ is not supported: use http/,
      /ftp:\/\/ is not supported: use http/,
    ],
    [
      'the file with authorities is missing',
      { trust: { caFile: 'nowhere', pins: [] } },
      /further authorities cannot be read \(ENOENT\): mount/,
      /further authorities cannot be read \(ENOENT\): mount/,
    ],
  ])('%s', async (_what, config, sdk, api) => {
    expect(await ask(config)).toMatchObject([
      { ok: false, fault: { detail: expect.stringMatching(sdk) } },
      { ok: false, fault: { detail: expect.stringMatching(api) } },
    ]);
    expect(wecom.simulator.served().pulls).toBe(0);
    expect(wecom.simulator.protocolErrors()).toEqual([]);
  });
});
