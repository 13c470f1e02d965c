import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBucketOf } from './ensure-streams.ts';
import { startTestNats, type TestNats } from './jetstream.testkit.ts';
import { BUCKETS } from './stream-configs.ts';

let server: TestNats;
beforeAll(async () => {
  server = await startTestNats();
});
afterAll(() => server.close());

const OURS = { corpId: 'ww1', replicas: 1 };

describe('a bucket as a role opens it', () => {
  it.each(Object.values(BUCKETS))(
    '$name is made where it is missing, and opened where it is there',
    async (bucket) => {
      await expect(server.jsm.streams.info(`KV_${bucket.name}`)).rejects.toThrow('stream not found');
      const made = await openBucketOf(server.nats, bucket, OURS);
      await made.put('ww1.key', 'value');
      const opened = await openBucketOf(server.nats, bucket, OURS);
      expect((await opened.get('ww1.key'))?.string()).toBe('value');
      const { config } = await server.jsm.streams.info(`KV_${bucket.name}`);
      expect(config.max_age).toBe('ttlMs' in bucket ? 60_000_000_000 : 0);
    },
  );

  it('is watched on subjects of the process’s own', async () => {
    const bucket = await openBucketOf(server.nats, BUCKETS.policy, {
      ...OURS,
      inboxPrefix: '_INBOX.ww1.scanner',
    });
    const changes = await bucket.watch({ key: 'ww1.>' });
    const subjects: string[] = [];
    for await (const { config } of server.jsm.consumers.list('KV_POLICY'))
      subjects.push(config.deliver_subject ?? '');
    changes.stop();
    expect(subjects).toHaveLength(1);
    expect(subjects[0]).toMatch(/^_INBOX\.ww1\.scanner\./);
  });

  it('is not made anew when the server does not answer', async () => {
    const silent = new Proxy(server.nats, {
      get: (target, name) => {
        if (name === 'request') return () => Promise.reject(new Error('timeout'));
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    await expect(openBucketOf(silent, BUCKETS.policy, OURS)).rejects.toThrow('timeout');
  });
});
