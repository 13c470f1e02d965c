// Bundles and lexicons between a real bucket of JetStream and an object store.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contentDigest } from '@menshen/contracts/digest';
import { lexiconObjectKey, policyKey, policyObjectKey } from '@menshen/contracts/policy-bundle';
import { openBodyBucket, openPolicyBucket } from '@menshen/jetstream/ensure-streams';
import { startTestNats, type TestNats } from '@menshen/jetstream/jetstream.testkit';
import { type BodyBucket, getBody, listBodies, PIECE_BYTES, putBody } from '@menshen/jetstream/policy-bodies';
import type { ObjectStore } from '@menshen/objects/object-store';
import { openObjectStore } from '@menshen/objects/open-object-store';
import type { KV } from '@nats-io/kv';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type BodyKeeping, keepBodies } from './keep-bodies.ts';

let nats: TestNats;
let bodies: BodyBucket;
let pointers: KV;
let folder: string;
let objects: ObjectStore;
let corp = 0;
let keeping: BodyKeeping;
beforeAll(async () => {
  nats = await startTestNats();
  bodies = await openBodyBucket(nats.nats, 1);
  pointers = await openPolicyBucket(nats.nats, 1);
  folder = await mkdtemp(join(tmpdir(), 'menshen-bodies-'));
});
beforeEach(async () => {
  const corpId = `ww${corp++}`;
  objects = await openObjectStore({ kind: 'Folder', path: join(folder, corpId) });
  keeping = { corpId, bodies, pointers, objects };
});
afterAll(async () => {
  await nats.close();
  await rm(folder, { recursive: true, force: true });
});

const bundle = (text: string) => {
  const bytes = Buffer.from(text);
  return { bytes, objectKey: policyObjectKey(contentDigest(bytes)) };
};
const lay = ({ bytes, objectKey }: { bytes: Uint8Array; objectKey: string }) =>
  putBody(bodies, { corpId: keeping.corpId, objectKey }, bytes);
const point = (name: string, objectKey: string) =>
  pointers.put(policyKey(keeping.corpId, 'demo', name), JSON.stringify({ objectKey }));

test('a bundle in force is kept for ever, and stays where scanners look first', async () => {
  const one = bundle('one');
  await lay(one);
  await point('a', one.objectKey);
  expect(await keepBodies(keeping)).toEqual({ stored: 1, offered: 0, dropped: 0, corrupt: [] });
  expect(await objects.get(one.objectKey)).toEqual(one.bytes);
  expect(await listBodies(bodies, keeping.corpId)).toEqual([one.objectKey]);
  expect(await keepBodies(keeping)).toEqual({ stored: 0, offered: 0, dropped: 0, corrupt: [] });
});

test('a bundle that nothing points to is dropped from JetStream once it is kept', async () => {
  const [old, now] = [bundle('old'), bundle('now')];
  await lay(old);
  await lay(now);
  await point('a', now.objectKey);
  expect(await keepBodies(keeping)).toMatchObject({ stored: 2, dropped: 1 });
  expect(await listBodies(bodies, keeping.corpId)).toEqual([now.objectKey]);
  expect(await objects.get(old.objectKey)).toEqual(old.bytes);
});

test('a bundle whose bytes are not what its name says is neither kept nor dropped', async () => {
  const { objectKey } = bundle('right');
  await lay({ objectKey, bytes: Buffer.from('wrong') });
  expect(await keepBodies(keeping)).toEqual({ stored: 0, offered: 0, dropped: 0, corrupt: [objectKey] });
  expect(await objects.head(objectKey)).toBeUndefined();
  expect(await listBodies(bodies, keeping.corpId)).toEqual([objectKey]);
});

test('a lexicon from JetStream is kept; one from the object store is laid where the operator finds it', async () => {
  const large = Buffer.alloc(PIECE_BYTES + 7, '词\n');
  const [pushed, stored] = [Buffer.from('稳赚\n'), large];
  const keys = [lexiconObjectKey(contentDigest(pushed)), lexiconObjectKey(contentDigest(stored))] as const;
  await lay({ bytes: pushed, objectKey: keys[0] });
  await objects.put(keys[1], stored);
  expect(await keepBodies(keeping)).toEqual({ stored: 1, offered: 1, dropped: 0, corrupt: [] });
  expect(await objects.get(keys[0])).toEqual(pushed);
  expect(await getBody(bodies, { corpId: keeping.corpId, objectKey: keys[1] })).toEqual(stored);
  expect(await keepBodies(keeping)).toEqual({ stored: 0, offered: 0, dropped: 0, corrupt: [] });
});

test('nothing is dropped while the object store is away', async () => {
  const one = bundle('away');
  await lay(one);
  const broken = { ...objects, head: () => Promise.reject(new Error('away')) } as unknown as ObjectStore;
  await expect(keepBodies({ ...keeping, objects: broken })).rejects.toThrow('away');
  expect(await listBodies(bodies, keeping.corpId)).toEqual([one.objectKey]);
});
