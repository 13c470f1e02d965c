// A draft on a real S3 server: parts are joined inside the store, and another process goes on from them.
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ObjectStore } from '@menshen/objects/object-store';
import { openObjectStore } from '@menshen/objects/open-object-store';
import { ensureVersitygw, startTestS3, type TestS3 } from '@menshen/objects/versitygw.testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Draft, PART_BYTES } from './draft-medium.ts';

const tool = await ensureVersitygw();

describe.skipIf(!tool.ok)(`a draft on S3${tool.ok ? '' : ` (skipped: ${tool.reason})`}`, () => {
  let s3: TestS3;
  let secrets: string;
  let store: ObjectStore;
  beforeAll(async () => {
    secrets = await mkdtemp(join(tmpdir(), 'menshen-secrets-'));
    s3 = await startTestS3(tool.ok ? tool.path : '');
    await writeFile(join(secrets, 'id'), s3.keys.accessKeyId);
    await writeFile(join(secrets, 'key'), s3.keys.secretAccessKey);
    store = await openObjectStore({
      kind: 'S3',
      bucket: s3.bucket,
      prefix: '',
      region: 'us-east-1',
      endpoint: s3.endpoint,
      forcePathStyle: true,
      accessKeyIdFile: join(secrets, 'id'),
      secretAccessKeyFile: join(secrets, 'key'),
    });
  });
  afterAll(async () => {
    await s3?.close();
    await rm(secrets, { recursive: true, force: true });
  });

  it.each([0, 1, 100_000])(
    'is gone on with by another process and joined whole, %i bytes behind its parts',
    async (rest) => {
      const prefix = `ww/media-drafts/020000-1-${rest}`;
      const [first, second, last] = [randomBytes(PART_BYTES), randomBytes(PART_BYTES), randomBytes(rest)];
      const dying = await Draft.open(store, prefix);
      await dying.append(first, 'a');
      await dying.append(second, 'b');
      // In memory only: it dies with the process.
      await dying.append(randomBytes(7), 'c');
      const next = await Draft.open(store, prefix);
      expect([next.index, next.sizeBytes]).toEqual(['b', 2 * PART_BYTES]);
      await next.append(last);
      const whole = Buffer.concat([first, second, last]);
      expect(next.finish()).toEqual({
        sizeBytes: whole.length,
        md5: createHash('md5').update(whole).digest('hex'),
        sha256: createHash('sha256').update(whole).digest('hex'),
      });
      await next.storeAs(`ww/media/${rest}`);
      await next.discard();
      expect((await store.get(`ww/media/${rest}`))?.equals(whole)).toBe(true);
      const left: string[] = [];
      for await (const { key } of store.list(prefix)) left.push(key);
      expect(left).toEqual([]);
    },
  );
});
