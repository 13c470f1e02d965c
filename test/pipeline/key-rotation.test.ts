// Keys change while messages flow: a mounted Secret is swapped as kubelet does it, and what came too early for its key is opened by itself,
// also when only the archive still has it. Ingest and archiver on a real nats-server and ClickHouse.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningArchiver, startArchiver } from '@menshen/archiver/archiver.testkit';
import { startTestClickHouse, type TestClickHouse } from '@menshen/clickhouse/clickhouse.testkit';
import type { ClickHouse } from '@menshen/clickhouse/client';
import { readDeadLetters } from '@menshen/clickhouse/read-dead-letters';
import { countRows } from '@menshen/clickhouse/table-keys';
import { captureStream } from '@menshen/contracts/subjects';
import type { IngestDependencies } from '@menshen/ingest/ingest';
import {
  SECRETS,
  startIngest,
  startWeCom,
  type TestIngest,
  type TestWeCom,
} from '@menshen/ingest/ingest.testkit';
import { KubeletMount } from '@menshen/ingest/kubelet-mount.testkit';
import { watchFiles } from '@menshen/ingest/watch-files';
import { makeStreams, startTestNats, type TestNats } from '@menshen/jetstream/jetstream.testkit';
import type { ObjectStore } from '@menshen/objects/object-store';
import { openObjectStore } from '@menshen/objects/open-object-store';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

let nats: TestNats;
let server: TestClickHouse;
beforeAll(async () => {
  [nats, server] = await Promise.all([startTestNats(), startTestClickHouse()]);
});
afterAll(async () => {
  await Promise.all([nats?.close(), server?.close()]);
});

let corps = 0;
let corpId: string;
let clickhouse: ClickHouse;
let objects: ObjectStore;
let folder: string;
let wecom: TestWeCom;
let mount: KubeletMount;
let ingest: TestIngest | undefined;
let archiver: RunningArchiver | undefined;
beforeEach(async () => {
  corpId = `wwkey${++corps}`;
  clickhouse = await server.open(corpId);
  folder = await mkdtemp(join(tmpdir(), 'menshen-rotation-'));
  objects = await openObjectStore({ kind: 'Folder', path: join(folder, 'objects') });
  await makeStreams(nats.jsm, corpId);
  wecom = await startWeCom(corpId);
  mount = new KubeletMount(join(folder, 'mount'));
  archiver = await startArchiver({ nats, corpId, clickhouse, objects });
});
afterEach(async () => {
  await ingest?.stop();
  ingest = undefined;
  await archiver?.stop();
  await wecom.close();
  await rm(folder, { recursive: true, force: true });
});

/** Mounts these versions; a text takes the place of a key. */
function mountKeys(versions: readonly number[], others: Readonly<Record<number, string>> = {}): void {
  const pems = versions.map(
    (version) => [version, wecom.simulator.privateKeys().get(version) ?? ''] as const,
  );
  const files = [...pems, ...Object.entries(others)].map(
    ([version, pem]) => [`secrets/private-keys/${version}.pem`, pem] as const,
  );
  mount.mount({ 'config.json': '{}', ...Object.fromEntries(files) });
}

/** Ingest whose keys are files of the mount, watched; it would look at them by itself only once an hour. */
async function start(dependencies: Partial<IngestDependencies> = {}): Promise<TestIngest> {
  const secrets: Readonly<Record<string, string>> = SECRETS;
  ingest = await startIngest({
    test: nats,
    wecom,
    config: {
      privateKeys: [1, 2].map((version) => ({
        version,
        file: join(mount.root, `secrets/private-keys/${version}.pem`),
      })),
      pollIntervalMs: 60_000,
      media: { enabled: false, concurrency: 1, maxBytes: 1 },
    },
    dependencies: {
      objects,
      readSecret: async (file) => secrets[file] ?? (await readFile(file, 'utf8')).trim(),
      listFolder: (path) => readdir(path),
      watchFiles,
      archivedLetters: (query) => readDeadLetters(clickhouse, query),
      ...dependencies,
      timing: { keyRefreshMs: 3_600_000, ...dependencies.timing },
    },
  });
  return ingest;
}

const soon = { timeout: 30_000, interval: 50 };
const count = async (sql: string): Promise<number> =>
  Number((await clickhouse.query<{ n: string }>(`SELECT count() AS n FROM ${sql}`))[0]?.n);
const archived = (messages: number): Promise<unknown> =>
  expect.poll(() => count('messages'), soon).toBe(messages);
const dead = (letters: number): Promise<unknown> =>
  expect.poll(() => count('dead_letters'), soon).toBe(letters);

/** All that the simulator said, byte by byte, each once. */
async function nothingIsMissing(): Promise<void> {
  const truth = wecom.simulator.truth();
  await archived(truth.length);
  const rows = await clickhouse.query<{ seq: string; raw: string }>(
    'SELECT seq, raw FROM messages ORDER BY seq',
  );
  expect(rows).toEqual(truth.map(({ seq, plaintext }) => ({ seq: String(seq), raw: plaintext })));
  const doubled = (await countRows(clickhouse)).filter((table) => table.doubled > 0);
  expect(doubled).toEqual([]);
}

/** As after the stream's seven days: only the archive has it. */
async function forgetStream(): Promise<void> {
  const stream = captureStream(corpId);
  const { last_seq } = (await nats.jsm.streams.info(stream)).state;
  await expect
    .poll(async () => (await nats.jsm.consumers.info(stream, 'archiver')).ack_floor.stream_seq, soon)
    .toBe(last_seq);
  await nats.jsm.streams.purge(stream, { filter: `wecom.${corpId}.dead.>` });
}

describe('a rotation', () => {
  it('twice in one run: new keys are used when they are mounted, old ones for ever', async () => {
    mountKeys([1]);
    wecom.talk(20);
    const { ingest: running } = await start();
    await archived(20);
    for (const version of [2, 3]) {
      wecom.simulator.rotateKey();
      wecom.talk(20);
      running.wake();
      await dead((version - 1) * 20);
      // Version 3 is named nowhere: it lies beside the others. Version 1 is gone from the mount.
      mountKeys([1, 2, 3].filter((known) => known <= version && (version === 2 || known > 1)));
      await archived(version * 20);
    }
    wecom.simulator.useKey(1);
    wecom.talk(20);
    running.wake();
    await nothingIsMissing();
    const versions = await clickhouse.query(
      'SELECT publickeyVer AS v, count() AS n FROM messages GROUP BY v ORDER BY v',
    );
    expect(versions).toEqual([
      { v: 1, n: '40' },
      { v: 2, n: '20' },
      { v: 3, n: '20' },
    ]);
    await expect.poll(() => ingest?.report()?.message, soon).toMatch(/version 1: cannot read .*1\.pem/);
  });

  it('prepared before it happens: the new key is mounted first, and nothing waits', async () => {
    mountKeys([1]);
    wecom.talk(20);
    const { ingest: running } = await start();
    await archived(20);
    const { version } = wecom.simulator.rotateKey();
    wecom.simulator.useKey(1);
    mountKeys([1, version]);
    await expect.poll(() => ingest?.report()?.facts['keysReason'], soon).toBeUndefined();
    wecom.simulator.useKey(version);
    wecom.talk(20);
    running.wake();
    await nothingIsMissing();
    expect(await count('dead_letters')).toBe(0);
  });

  it('with the wrong key in the file says which, and mends itself when it is put right', async () => {
    mountKeys([1]);
    const read = new Set<string>();
    const { ingest: running } = await start({
      readSecret: async (file) => {
        const text = (SECRETS as Readonly<Record<string, string>>)[file] ?? (await readFile(file, 'utf8'));
        read.add(file);
        return text.trim();
      },
    });
    const stranger = wecom.simulator.rotateKey();
    wecom.simulator.rotateKey();
    // The file of version 3 holds the key of version 2.
    mountKeys([1], { 3: stranger.privatePem });
    await expect.poll(() => [...read].some((file) => file.endsWith('3.pem')), soon).toBe(true);
    wecom.talk(10);
    running.wake();
    await dead(10);
    await expect
      .poll(() => ingest?.report(), soon)
      .toMatchObject({
        reason: 'KeyMalformed',
        message: expect.stringMatching(/version 3: .*3\.pem holds another key/),
      });
    mountKeys([1, 2, 3]);
    await nothingIsMissing();
    await expect.poll(() => ingest?.report()?.reason, soon).toBe('CaughtUp');
  });
});

describe('a key that comes when the stream has forgotten its messages', () => {
  it('opens what the archive kept, once, with the time of its capture, large messages too', async () => {
    mountKeys([1]);
    await start();
    wecom.simulator.rotateKey();
    wecom.talk(30);
    wecom.say({ text: { content: '很长'.repeat(200_000) } });
    wecom.say({ text: { content: 'damaged' } }, 'wrong-key');
    ingest?.ingest.wake();
    await dead(32);
    const captured = await clickhouse.query(
      'SELECT seq, capturedAt FROM dead_letters WHERE seq < 32 ORDER BY seq',
    );
    await forgetStream();
    mountKeys([1, 2]);
    await archived(31);
    const replayed = await clickhouse.query('SELECT seq, capturedAt FROM messages ORDER BY seq');
    expect(replayed).toEqual(captured);

    // Nothing of it is done again, by this ingest or the next, whether stream or archive says so.
    const pages = () => count("pages WHERE kind = 'Replay'");
    // The page's row is the last to be stored.
    await expect.poll(pages, soon).toBe(1);
    await ingest?.stop();
    await start();
    wecom.talk(5);
    ingest?.ingest.wake();
    await archived(36);
    expect(await pages()).toBe(1);
    const left = await readDeadLetters(clickhouse, {
      reasons: ['unknown-key-version', 'key-failed'],
      versions: [1, 2],
      afterSeq: '0',
      limit: 10,
    });
    expect(left.map(({ seq }) => seq)).toEqual(['32']);
  });

  it('waits for an archive that cannot be asked, and captures meanwhile', async () => {
    mountKeys([1]);
    let isAway = true;
    let asked = 0;
    let nowMs = Date.now();
    await start({
      clock: { nowMs: () => nowMs },
      archivedLetters: (query) => {
        asked++;
        return isAway ? Promise.reject(new Error('away')) : readDeadLetters(clickhouse, query);
      },
    });
    wecom.simulator.rotateKey();
    wecom.talk(10);
    ingest?.ingest.wake();
    await dead(10);
    await forgetStream();
    const before = asked;
    mountKeys([1, 2]);
    await expect.poll(() => asked, soon).toBeGreaterThan(before);
    wecom.talk(10);
    ingest?.ingest.wake();
    await archived(10);
    isAway = false;
    nowMs += 60_000;
    ingest?.ingest.wake();
    await nothingIsMissing();
  });

  it('more letters than a page and a part hold, while new messages are not kept waiting', async () => {
    mountKeys([1]);
    await start({});
    wecom.simulator.rotateKey();
    wecom.talk(5_000);
    for (let i = 0; i < 5; i++) ingest?.ingest.wake();
    await dead(5_000);
    await forgetStream();
    wecom.simulator.useKey(1);
    wecom.talk(100);
    mountKeys([1, 2]);
    await nothingIsMissing();
    const kinds = await clickhouse.query<{ kind: string }>(
      "SELECT kind FROM pages WHERE kind = 'Replay' OR messageCount > 0 ORDER BY page",
    );
    const order = kinds.map(({ kind }) => kind);
    expect(order.filter((kind) => kind === 'Replay').length).toBeGreaterThan(10);
    // New messages came between the replays.
    expect(order.indexOf('Pull')).toBeLessThan(order.lastIndexOf('Replay'));
  });
});
