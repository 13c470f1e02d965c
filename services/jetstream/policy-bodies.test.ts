// Bundles and lexicons through a real bucket: whole, in pieces, and not at all.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBodyBucket } from './ensure-streams.ts';
import { startTestNats, type TestNats } from './jetstream.testkit.ts';
import { type BodyBucket, deleteBody, getBody, listBodies, PIECE_BYTES, putBody } from './policy-bodies.ts';

let nats: TestNats;
let bucket: BodyBucket;
beforeAll(async () => {
  nats = await startTestNats();
  bucket = await openBodyBucket(nats.nats, 1);
});
afterAll(() => nats.close());

const at = (digit: string, corpId = 'wwa') => ({ corpId, objectKey: `policies/${digit.repeat(64)}` });

test.each([
  ['a', 0],
  ['b', 1],
  ['c', PIECE_BYTES - 1],
  ['d', PIECE_BYTES],
  ['e', PIECE_BYTES + 1],
  ['f', 3 * PIECE_BYTES],
])('%s: %i bytes come back as they were, and go without rest', async (digit, length) => {
  const bytes = Buffer.alloc(length, digit);
  await putBody(bucket, at(digit), bytes);
  expect((await getBody(bucket, at(digit)))?.equals(bytes)).toBe(true);
  expect(await listBodies(bucket, 'wwa')).toEqual([at(digit).objectKey]);
  await deleteBody(bucket, at(digit));
  expect(await getBody(bucket, at(digit))).toBeUndefined();
  const left: string[] = [];
  for await (const key of await bucket.keys('wwa.>')) left.push(key);
  expect(left).toEqual([]);
});

test('what is not there whole is not there', async () => {
  const bytes = Buffer.alloc(2 * PIECE_BYTES + 5, 1);
  // As a writer leaves it that dies on the way: it writes backwards.
  await bucket.put(`wwa.policies.${'1'.repeat(64)}.2`, bytes.subarray(2 * PIECE_BYTES));
  expect(await getBody(bucket, at('1'))).toBeUndefined();
  expect(await listBodies(bucket, 'wwa')).toEqual([]);
  await putBody(bucket, at('1'), bytes);
  expect((await getBody(bucket, at('1')))?.equals(bytes)).toBe(true);
});

test('tenants do not see each other’s', async () => {
  await putBody(bucket, at('2', 'wwb'), Buffer.from('b'));
  expect(await getBody(bucket, at('2'))).toBeUndefined();
  expect(await listBodies(bucket, 'wwb')).toEqual([at('2').objectKey]);
});

test('refuses a key that is none', async () => {
  await expect(putBody(bucket, { corpId: 'wwa', objectKey: 'segments/1' }, Buffer.from(''))).rejects.toThrow(
    'segments/1 is no key',
  );
});
