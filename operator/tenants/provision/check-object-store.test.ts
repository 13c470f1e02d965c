import { openS3Store } from '@menshen/objects/s3-store';
import { ensureVersitygw, startTestS3, type TestS3 } from '@menshen/objects/versitygw.testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeClock } from '../../kube/clock.testkit.ts';
import type { SettledTenant } from '../settled-tenant.ts';
import { tenantExample } from '../tenants.testkit.ts';
import { checkObjectStore, KeysMissing, type ObjectStorePorts } from './check-object-store.ts';

const tool = await ensureVersitygw();

const portsOf = (more: Partial<ObjectStorePorts>): ObjectStorePorts => ({
  openStore: () => Promise.reject(new Error('nobody opens a store')),
  claimExists: () => Promise.reject(new Error('nobody asks for a claim')),
  clock: fakeClock(),
  ...more,
});
async function conditionOf(tenant: SettledTenant, ports: Partial<ObjectStorePorts>) {
  const { conditions, ...rest } = await checkObjectStore(tenant, portsOf(ports));
  return { ...conditions[0], ...rest };
}

describe('a volume', () => {
  it.each([
    [true, 'True', 'NotChecked'],
    [false, 'False', 'ClaimMissing'],
  ] as const)('whose claim is there: %s', async (isThere, status, reason) => {
    const asked: string[] = [];
    const found = await conditionOf(tenantExample('minimal'), {
      claimExists: async (namespace, name) => {
        asked.push(`${namespace}/${name}`);
        return isThere;
      },
    });
    expect(found).toMatchObject({ type: 'ObjectStoreReady', status, reason });
    expect(asked).toEqual(['menshen-demo/acme-record']);
  });
});

describe.skipIf(!tool.ok)(`a bucket${tool.ok ? '' : ` (skipped: ${tool.reason})`}`, () => {
  let s3: TestS3;
  beforeAll(async () => {
    s3 = await startTestS3(tool.ok ? tool.path : '');
  });
  afterAll(() => s3?.close());

  const tenantWith = (change: { bucket?: string; endpoint?: string } = {}): SettledTenant =>
    tenantExample('minimal', (spec) => {
      spec.storage.objects = {
        s3: {
          bucket: s3.bucket,
          endpoint: s3.endpoint,
          region: 'us-east-1',
          prefix: 'acme/',
          forcePathStyle: true,
          accessKeyIdSecretRef: { name: 's3', key: 'id' },
          secretAccessKeySecretRef: { name: 's3', key: 'key' },
          ...change,
        },
      };
    });
  const open =
    (keys: { accessKeyId: string; secretAccessKey: string } = s3.keys): ObjectStorePorts['openStore'] =>
    async ({ spec }) => {
      const { bucket, prefix, region, endpoint, forcePathStyle } = spec.storage.objects.s3 ?? {};
      return openS3Store({
        bucket: bucket ?? '',
        prefix: prefix ?? '',
        region: region ?? '',
        forcePathStyle: forcePathStyle ?? false,
        ...(endpoint === undefined ? {} : { endpoint }),
        ...keys,
      });
    };

  it('is written, read and left as it was', async () => {
    const tenant = tenantWith();
    expect(await conditionOf(tenant, { openStore: open() })).toMatchObject({
      status: 'True',
      reason: 'Writable',
    });
    const left: string[] = [];
    for await (const { key } of (await open()(tenant)).list('')) left.push(key);
    expect(left).toEqual([]);
  });

  it.each<[string, () => Promise<unknown>, string]>([
    [
      'that does not exist',
      () => conditionOf(tenantWith({ bucket: 'elsewhere' }), { openStore: open() }),
      'BucketMissing',
    ],
    [
      'that does not know the key',
      () => conditionOf(tenantWith(), { openStore: open({ accessKeyId: 'nobody', secretAccessKey: 'x' }) }),
      'AccessDenied',
    ],
    [
      'that knows another secret',
      () => conditionOf(tenantWith(), { openStore: open({ ...s3.keys, secretAccessKey: 'wrong' }) }),
      'AccessDenied',
    ],
    [
      'of a server that is away',
      () => conditionOf(tenantWith({ endpoint: 'http://127.0.0.1:1' }), { openStore: open() }),
      'Unreachable',
    ],
    [
      'whose keys are not there yet',
      () =>
        conditionOf(tenantWith(), {
          openStore: () => Promise.reject(new KeysMissing('the Secret menshen-demo/s3 is not there')),
        }),
      'AccessDenied',
    ],
  ])('%s', async (_, happen, reason) => {
    const found = await happen();
    expect(found).toMatchObject({ status: 'False', reason, requeueAfterMs: 15_000 });
    expect(await happen()).toEqual(found);
  });

  it('that says nothing is given up on', async () => {
    const clock = fakeClock();
    const silent = { put: () => new Promise(() => {}) } as never;
    const looking = conditionOf(tenantWith(), { openStore: async () => silent, clock });
    await clock.advance(10_000);
    expect(await looking).toMatchObject({ reason: 'Unreachable' });
  });

  it('that gives back something else is told', async () => {
    const store = {
      put: async () => 'Stored',
      get: async () => Buffer.from('other'),
      delete: async () => {},
    };
    const found = await conditionOf(tenantWith(), { openStore: async () => store as never });
    expect(found).toMatchObject({ reason: 'Unreachable' });
    expect(found.message).toContain('does not give back');
  });

  it('that may be written and not cleaned up says which', async () => {
    const real = await open()(tenantWith());
    const bytes = new Map<string, Uint8Array>();
    const denied = await real.put('x', Buffer.from('x')).then(
      () => open({ ...s3.keys, secretAccessKey: 'wrong' })(tenantWith()),
      () => real,
    );
    const store = {
      put: async (key: string, value: Uint8Array) => void bytes.set(key, value),
      get: async (key: string) => bytes.get(key),
      delete: (key: string) => denied.delete(key),
    };
    const found = await conditionOf(tenantWith(), { openStore: async () => store as never });
    expect(found).toMatchObject({ reason: 'AccessDenied' });
    expect(found.message).toContain('refuses to delete');
    await real.delete('x');
  });
});
