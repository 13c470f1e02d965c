import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { itBehavesLikeAnObjectStore } from './object-store.testkit.ts';
import type { ObjectStore } from './object-store.ts';
import { openObjectStore } from './open-object-store.ts';
import { ensureVersitygw, startTestS3, type TestS3 } from './versitygw.testkit.ts';

const tool = await ensureVersitygw();
const title = `S3 as object store${tool.ok ? '' : ` (skipped: ${tool.reason})`}`;

describe.skipIf(!tool.ok)(title, () => {
  let s3: TestS3;
  let secrets: string;
  beforeAll(async () => {
    secrets = await mkdtemp(join(tmpdir(), 'menshen-secrets-'));
    s3 = await startTestS3(tool.ok ? tool.path : '');
    // A file written by hand ends with a newline.
    await writeFile(join(secrets, 'id'), `${s3.keys.accessKeyId}\n`);
    await writeFile(join(secrets, 'key'), `${s3.keys.secretAccessKey}\n`);
  });
  afterAll(async () => {
    await s3?.close();
    await rm(secrets, { recursive: true, force: true });
  });

  const open = (change: { bucket?: string; prefix?: string } = {}): Promise<ObjectStore> =>
    openObjectStore({
      kind: 'S3',
      bucket: s3.bucket,
      prefix: 'tenant-a',
      region: 'us-east-1',
      endpoint: s3.endpoint,
      forcePathStyle: true,
      accessKeyIdFile: join(secrets, 'id'),
      secretAccessKeyFile: join(secrets, 'key'),
      ...change,
    });

  itBehavesLikeAnObjectStore(() => open());

  it('keeps prefixes apart', async () => {
    await (await open({ prefix: 'one/' })).put('x', Buffer.from('1'));
    const other = await open({ prefix: 'two' });
    expect(await other.get('x')).toBeUndefined();
    expect((await (await open({ prefix: '' })).get('one/x'))?.toString()).toBe('1');
  });

  it('lists more than one page', async () => {
    const store = await open({ prefix: 'many' });
    const keys = Array.from({ length: 1_050 }, (_, index) => `k${String(index).padStart(5, '0')}`);
    for (let from = 0; from < keys.length; from += 50)
      await Promise.all(keys.slice(from, from + 50).map((key) => store.put(key, Buffer.from(key))));
    const listed: string[] = [];
    for await (const { key } of store.list('')) listed.push(key);
    expect(listed).toEqual(keys);
  });

  it('says that the bucket is missing instead of that the object is', async () => {
    const store = await open({ bucket: 'no-such-bucket' });
    await expect(store.get('x')).rejects.toThrow();
    await expect(store.put('x', Buffer.from('x'))).rejects.toThrow();
  });
});
