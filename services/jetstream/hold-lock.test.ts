import type { KV } from '@nats-io/kv';
import { Kvm } from '@nats-io/kv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStatusBucket } from './ensure-streams.ts';
import { holdLock, LockUnavailable, lockKey } from './hold-lock.ts';
import { startTestNats, type TestNats } from './jetstream.testkit.ts';

let server: TestNats;
let bucket: KV;
beforeAll(async () => {
  server = await startTestNats();
  bucket = await openStatusBucket(server.nats, 1);
});
afterAll(() => server.close());

let made = 0;
const aLock = (holder = 'one') => ({ bucket, corpId: `ww${made}`, name: 'migration', holder });
const another = (): void => void made++;

describe('a lock', () => {
  it('lets one in at a time, and the next when the first has gone', async () => {
    another();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const first = holdLock(aLock('one'), async () => {
      await released;
      return 'first';
    });
    while ((await bucket.get(lockKey(aLock().corpId, 'migration'))) === null);
    expect(await holdLock(aLock('two'), async () => 'second')).toBe('Busy');
    release();
    expect(await first).toBe('first');
    expect(await holdLock(aLock('two'), async () => 'second')).toBe('second');
    expect(await holdLock(aLock('one'), async () => 'third')).toBe('third');
  });

  it('lets in one of twenty that come at once', async () => {
    another();
    let inside = 0;
    let most = 0;
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const all = Array.from({ length: 20 }, (_, n) =>
      holdLock(aLock(String(n)), async () => {
        most = Math.max(most, ++inside);
        await released;
        inside--;
        return 'done';
      }),
    );
    const refused = new Promise<void>((resolve) => {
      let busy = 0;
      for (const one of all) void one.then((outcome) => outcome === 'Busy' && ++busy === 19 && resolve());
    });
    await refused;
    release();
    expect((await Promise.all(all)).filter((outcome) => outcome === 'done')).toHaveLength(1);
    expect(most).toBe(1);
  });

  it('of one tenant is not that of another', async () => {
    another();
    const outcome = await holdLock(aLock(), async () => {
      another();
      return await holdLock(aLock(), async () => 'inner');
    });
    expect(outcome).toBe('inner');
  });

  it('is given back when the work fails', async () => {
    another();
    await expect(holdLock(aLock(), () => Promise.reject(new Error('no disk')))).rejects.toThrow('no disk');
    expect(await holdLock(aLock(), async () => 'again')).toBe('again');
  });

  it('of a holder that died is free when its entry has expired', async () => {
    another();
    // As the server removes it after a minute.
    const short = await new Kvm(server.nats).create('SHORT', { history: 1, ttl: 1_000 });
    await short.create(lockKey(aLock().corpId, 'migration'), 'died');
    const lock = { ...aLock(), bucket: short };
    expect(await holdLock(lock, async () => 'mine')).toBe('Busy');
    let outcome = 'Busy';
    for (let tries = 0; outcome === 'Busy' && tries < 500; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      outcome = await holdLock(lock, async () => 'mine');
    }
    expect(outcome).toBe('mine');
  });

  it('rejects when nobody can be asked', async () => {
    const gone = { ...bucket, create: () => Promise.reject(new Error('timeout')) } as unknown as KV;
    await expect(holdLock({ ...aLock(), bucket: gone }, async () => 'x')).rejects.toThrow(LockUnavailable);
  });
});
