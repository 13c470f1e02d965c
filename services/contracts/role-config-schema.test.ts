// config.json is checked when a process starts: what is wrong is named by field.
import { describe, expect, test } from 'vitest';
import type { RoleConfig } from './role-config.ts';
import { formatRoleConfigProblem, parseRoleConfig } from './role-config-schema.ts';

const full: RoleConfig = {
  corpId: 'ww1234567890abcdef',
  tenant: { namespace: 'demo', name: 'acme' },
  timeZone: 'Asia/Shanghai',
  nats: { url: 'nats://n:4222', credentialsFile: '/s/nats.creds', replicas: 3, maxStreamBytes: 1 },
  clickhouse: { url: 'http://c:8123', username: 'u', passwordFile: '/s/p', database: 'd', layout: 'single' },
  objects: { kind: 'Folder', path: '/var/lib/menshen/objects' },
  ingest: {
    engine: 'Simulator',
    apiUrl: 'http://s:1',
    archiveSecretFile: '/s/a',
    directorySecretFile: '/s/d',
    privateKeys: [{ version: 1, file: '/s/k' }],
    decryptWorkers: 2,
    pageLimit: 990,
    pullsPerMinute: 600,
    pollIntervalMs: 2000,
    directoryRefreshMs: 3_600_000,
    media: { enabled: true, concurrency: 4, maxBytes: 2 ** 31 },
    callback: { port: 8090, tokenFile: '/s/t', aesKeyFile: '/s/k' },
  },
  archiver: { segmentBytes: 1, segmentMaxAgeMs: 1, purgeAfterMs: 0 },
  scanner: { batchSize: 256, partitioned: true },
  notifier: {
    channels: [
      { name: 'c', kind: 'Webhook', url: 'https://x', signingKeyFile: '/s/w', includeContent: false },
    ],
    routes: [
      {
        minSeverity: 'Low',
        policies: [],
        channels: ['c'],
        groupBy: ['Policy'],
        groupWaitMs: 0,
        repeatIntervalMs: 0,
      },
    ],
  },
};
const s3 = {
  kind: 'S3',
  bucket: 'b',
  prefix: '',
  region: 'r',
  forcePathStyle: true,
  accessKeyIdFile: '/s/i',
  secretAccessKeyFile: '/s/s',
};

function linesOf(config: unknown): string[] {
  const parsed = parseRoleConfig(typeof config === 'string' ? config : JSON.stringify(config));
  return parsed.ok ? [] : parsed.problems.map(formatRoleConfigProblem);
}

const sdk = {
  libraryPath: '/opt/sdk.so',
  callTimeoutSeconds: 30,
  memoryLimitBytes: 2 ** 29,
  mediaProcesses: 2,
};
const proxy = { urlFile: '/s/proxy' };
const trust = { pins: ['p'], caFile: '/s/ca' };

describe('accepted', () => {
  const { ingest: _i, archiver: _a, scanner: _s, notifier: _n, ...head } = full;
  test.each([
    ['every role in one process', full],
    ['one role', { ...head, scanner: full.scanner }],
    ['the SDK', { ...full, ingest: { ...full.ingest, engine: 'FinanceSDK', sdk } }],
    ['the SDK by a proxy', { ...full, ingest: { ...full.ingest, engine: 'FinanceSDK', sdk, proxy, trust } }],
    ['a bucket', { ...full, objects: s3 }],
    ['a bucket with an endpoint', { ...full, objects: { ...s3, endpoint: 'https://s3' } }],
  ])('%s', (_what, config) => {
    expect(parseRoleConfig(JSON.stringify(config))).toEqual({ ok: true, config });
  });
});

describe('refused', () => {
  test.each([
    ['', /config file: is not JSON/],
    ['[]', /config file: must be object/],
    [
      { ...full, corpId: undefined },
      /config field corpId: is missing\. Run image and operator of the same version/,
    ],
    [{ ...full, corpId: 'a.b' }, /config field corpId: must match pattern/],
    [{ ...full, enricher: {} }, /config field enricher: is not known to this version/],
    [
      { ...full, ingest: { ...full.ingest, pageLimit: 1000 } },
      /config field ingest\.pageLimit: must be <= 990/,
    ],
    [
      { ...full, ingest: { ...full.ingest, engine: 'SDK' } },
      /ingest\.engine: .*allowed values: FinanceSDK, Simulator/,
    ],
    [{ ...full, ingest: { ...full.ingest, engine: 'FinanceSDK' } }, /ingest\.sdk: is missing/],
    [
      { ...full, ingest: { ...full.ingest, sdk: { ...sdk, memoryLimitBytes: 1024 } } },
      /ingest\.sdk\.memoryLimitBytes: must be >= /,
    ],
    [
      { ...full, ingest: { ...full.ingest, privateKeys: [{ version: 1 }] } },
      /config field ingest\.privateKeys\[0\]\.file: is missing/,
    ],
    [{ ...full, objects: { kind: 'Tape' } }, /config field objects\.kind: must be Folder or S3/],
    [{ ...full, objects: { ...s3, region: undefined } }, /config field objects\.region: is missing/],
    [
      { ...full, clickhouse: { ...full.clickhouse, url: 'tcp://x' } },
      /config field clickhouse\.url: must match/,
    ],
  ])('%j', (config, words) => {
    expect(linesOf(config)).toEqual([expect.stringMatching(words)]);
  });
});
