// Lines to tenants' NATS at a real server: what they know, how they come back, what they cost.
import { contentDigest, shortDigest } from '@menshen/contracts/digest';
import { lexiconObjectKey, type PolicyPointer, policyObjectKey } from '@menshen/contracts/policy-bundle';
import { openBodyBucket, openStatusBucket } from '@menshen/jetstream/ensure-streams';
import { startTestNats, type TestNats } from '@menshen/jetstream/jetstream.testkit';
import { getBody } from '@menshen/jetstream/policy-bodies';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { monotonicClock } from '../kube/clock.ts';
import { tenantExample } from '../tenants/tenants.testkit.ts';
import { createLinks, type Links } from './keep-links.ts';
import { type ConnectionPool, createConnectionPool, NatsUnreachable } from './pool-connections.ts';
import type { LinkListener, TenantLink } from './tenant-link.ts';

let nats: TestNats;
let pool: ConnectionPool;
let links: Links;
let changed: string[];
let policies: Set<string>;
let reports: number;
let corp = 0;

beforeAll(async () => {
  nats = await startTestNats();
});
beforeEach(() => {
  [changed, policies, reports] = [[], new Set(), 0];
  const listener: LinkListener = {
    linkChanged: ({ corpId, state }) => void changed.push(`${corpId} ${state.kind}`),
    policiesChanged: (_link, some) => {
      for (const policy of some) policies.add(policy);
    },
    reportChanged: () => {
      reports += 1;
    },
  };
  pool = createConnectionPool('test');
  links = createLinks({
    pool,
    listener,
    clock: monotonicClock(),
    random: () => 0,
    readAccess: ({ spec }) => Promise.resolve({ url: spec.messaging.url }),
  });
});
afterEach(async () => {
  await links.stop();
  expect(pool.size).toBe(0);
});
afterAll(() => nats.close());

const until = (condition: () => boolean): Promise<void> =>
  expect.poll(condition, { timeout: 30_000, interval: 20 }).toBe(true) as Promise<void>;
const tenantAt = (url: string, corpId = `wwlink${corp++}`) =>
  tenantExample('minimal', (spec) => {
    spec.corpId = corpId.padEnd(18, '0');
    spec.messaging.url = url;
  });
const open = async (url = nats.server.url): Promise<TenantLink> => {
  const tenant = tenantAt(url);
  links.follow([tenant]);
  const link = links.of(tenant.spec.corpId);
  if (link === undefined) throw new Error('no link');
  return link;
};
const bundleOf = (text: string, generation = 1) => {
  const bytes = Buffer.from(text);
  const digest = contentDigest(bytes);
  const pointer: PolicyPointer = {
    namespace: 'n',
    name: 'with.dots',
    generation,
    digest,
    objectKey: policyObjectKey(digest),
    sizeBytes: bytes.byteLength,
  };
  return { bytes, pointer, lexicons: new Map<`sha256:${string}`, Uint8Array>() };
};
const say = async (corpId: string, key: string, facts: Record<string, unknown>, reason = 'CaughtUp') =>
  await (await openStatusBucket(nats.nats, 1)).put(
    `${corpId}.${key}`,
    JSON.stringify({ role: key.split('.')[0], instance: 'i', reportedAtMs: 0, reason, message: '', facts }),
  );

describe('a line', () => {
  it('publishes bodies before the pointer, reads lexicons, and withdraws', async () => {
    const link = await open();
    await until(() => link.state.kind === 'Open');
    const list = Buffer.from('稳赚\n');
    const digest = contentDigest(list);
    const bundle = { ...bundleOf('one'), lexicons: new Map([[digest, list]]) };
    await link.publish(bundle);
    expect(link.pointers.get('n/with.dots')).toEqual(bundle.pointer);
    const bodies = await openBodyBucket(nats.nats, 1);
    const at = { corpId: link.corpId, objectKey: bundle.pointer.objectKey };
    expect((await getBody(bodies, at))?.toString()).toBe('one');
    expect(await getBody(bodies, { ...at, objectKey: lexiconObjectKey(digest) })).toEqual(list);
    expect(await link.readLexicon(digest)).toEqual(list);
    expect(await link.readLexicon(contentDigest('none'))).toBeUndefined();
    await link.withdraw('n/with.dots');
    expect(link.pointers.size).toBe(0);
    // What it did itself is no news to it.
    expect([...policies]).toEqual([]);
  });

  it('knows what was there before it opened, also what somebody else has put there', async () => {
    const link = await open();
    await until(() => link.state.kind === 'Open');
    await link.publish(bundleOf('one'));
    await say(link.corpId, 'scanner.s', { inForceDigests: JSON.stringify({ 'n/p': '0123456789abcdef' }) });
    await links.stop();
    links = createLinks({
      pool,
      clock: monotonicClock(),
      random: () => 0,
      readAccess: ({ spec }) => Promise.resolve({ url: spec.messaging.url }),
      listener: { linkChanged: () => {}, policiesChanged: () => {}, reportChanged: () => {} },
    });
    const tenant = tenantAt(nats.server.url, link.corpId);
    links.follow([tenant]);
    const again = links.of(link.corpId);
    await until(() => again?.state.kind === 'Open');
    expect([...(again?.pointers.keys() ?? [])]).toEqual(['n/with.dots']);
    expect(again?.scanners.get('s')?.digests.get('n/p')).toBe('0123456789abcdef');
  });

  it('tells which policies a scanner says something new about, and nothing when it only repeats itself', async () => {
    const link = await open();
    await until(() => link.state.kind === 'Open');
    const facts = { inForceDigests: JSON.stringify({ 'n/a': shortDigest(contentDigest('a')), 'n/b': 'b' }) };
    await say(link.corpId, 'scanner.s', facts);
    await until(() => policies.size === 2);
    const seen = reports;
    policies.clear();
    await say(link.corpId, 'scanner.s', facts);
    await say(link.corpId, 'scanner.s', { inForceDigests: JSON.stringify({ 'n/a': 'new', 'n/b': 'b' }) });
    await until(() => policies.size > 0);
    expect([...policies]).toEqual(['n/a']);
    expect(reports).toBe(seen);
    await say(link.corpId, 'ingest.i', {}, 'Verified');
    await until(() => reports > seen);
  });

  it('comes back by itself when the server does, and calls a restart nothing worse', async () => {
    const link = await open();
    await until(() => link.state.kind === 'Open');
    await link.publish(bundleOf('one'));
    await nats.killAndRestart();
    const next = bundleOf('two', 2);
    await expect
      .poll(
        async () =>
          await link.publish(next).then(
            () => 'done',
            (error: unknown) => String(error),
          ),
        {
          timeout: 30_000,
          interval: 50,
        },
      )
      .toBe('done');
    expect(link.pointers.get('n/with.dots')?.generation).toBe(2);
    expect(changed.filter((line) => line.includes('Unreachable'))).toEqual([]);
  });

  it('that is not answered fails that once, and is opened afresh', async () => {
    const link = await open();
    await until(() => link.state.kind === 'Open');
    await nats.jsm.streams.delete('KV_POLICYBODY');
    await expect(link.publish(bundleOf('one'))).rejects.toBeInstanceOf(NatsUnreachable);
    await expect(link.publish(bundleOf('one'))).rejects.toThrow('the connection is not open');
    await expect
      .poll(
        async () =>
          await link.publish(bundleOf('one')).then(
            () => 'done',
            (error: unknown) => String(error),
          ),
        {
          timeout: 30_000,
          interval: 50,
        },
      )
      .toBe('done');
  });

  it('that cannot be opened says why, and fails whoever asks at once', async () => {
    const link = await open('nats://127.0.0.1:1');
    await until(() => link.state.kind === 'Unreachable');
    expect(link.state).toMatchObject({ why: expect.stringContaining('no connection to nats://127.0.0.1:1') });
    await expect(link.publish(bundleOf('one'))).rejects.toBeInstanceOf(NatsUnreachable);
    // It is told once, not at each try.
    expect(changed).toEqual([`${link.corpId} Unreachable`]);
  });
});

describe('lines', () => {
  it('share a connection where address and credentials are the same, and let go of it with the last', async () => {
    const [one, two] = [tenantAt(nats.server.url), tenantAt(nats.server.url)];
    links.follow([one, two]);
    await until(() => links.all().every(({ state }) => state.kind === 'Open'));
    expect(pool.size).toBe(1);
    links.follow([two]);
    expect(links.of(one.spec.corpId)).toBeUndefined();
    await until(() => pool.size === 1);
    links.follow([]);
    await until(() => pool.size === 0);
  });

  it('are opened anew when the address changes, and left alone when something else does', async () => {
    const before = tenantAt('nats://127.0.0.1:1');
    links.follow([before]);
    const first = links.of(before.spec.corpId);
    links.follow([{ ...before, metadata: { ...before.metadata, labels: { a: 'b' } } }]);
    expect(links.of(before.spec.corpId)).toBe(first);
    const { spec } = before;
    links.follow([{ ...before, spec: { ...spec, messaging: { ...spec.messaging, url: nats.server.url } } }]);
    const second = links.of(spec.corpId);
    expect(second).not.toBe(first);
    await until(() => second?.state.kind === 'Open');
  });
});
