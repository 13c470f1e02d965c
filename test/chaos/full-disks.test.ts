// Disks that are really full and streams that are really torn: small file systems of their own, mounted for the test.
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { captureStream } from '@menshen/contracts/subjects';
import { reportRun } from '@menshen/local/run/report-run';
import { readTruth } from '@menshen/local/run/simulator-truth';
import { type Stack, startStack } from '@menshen/pipeline-tests/stack';
import { askProgress } from '@menshen/pipeline-tests/truth-of-run';
import { jetstreamManager } from '@nats-io/jetstream';
import { afterEach, describe, expect, it } from 'vitest';

const MESSAGES = 2000;

/** Mounting needs root; without it these two tests cannot be real and say so. */
function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'menshen-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const mountable = canMount();

describe('storage that runs out or breaks', () => {
  const mounts: string[] = [];
  let stack: Stack | undefined;
  let dataDir = '';

  afterEach(async () => {
    await stack?.close();
    stack = undefined;
    for (const mount of mounts.splice(0)) execFileSync('umount', ['-l', mount]);
    rmSync(dataDir, { recursive: true, force: true });
  });

  const prepare = (): string => {
    dataDir = mkdtempSync(join(tmpdir(), 'menshen-disk-'));
    return dataDir;
  };
  /** A file system of its own for one part. */
  const smallDisk = (name: string, megabytes: number): string => {
    const path = join(dataDir, name);
    mkdirSync(path, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path]);
    mounts.push(path);
    return path;
  };
  /** Fills what is left of a file system; removing the file makes room again. */
  const fill = (path: string): (() => void) => {
    const ballast = join(path, 'ballast');
    const file = openSync(ballast, 'w');
    try {
      for (;;) writeSync(file, Buffer.alloc(64 * 1024));
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
    } finally {
      closeSync(file);
    }
    return () => rmSync(ballast);
  };
  const until = (condition: () => Promise<boolean>, timeout = 120_000): Promise<unknown> =>
    expect.poll(() => condition().catch(() => false), { timeout, interval: 200 }).toBe(true);
  const archived = async (running: Stack): Promise<number> => (await askProgress(running.store)).archived;
  const allThere = async (running: Stack): Promise<void> => {
    await until(async () => {
      const now = await askProgress(running.store);
      return now.archived >= MESSAGES && now.unjudged === 0 && now.owed === 0;
    });
    const { report, faults } = await reportRun(running.store, await readTruth(running.simulator), {
      plants: true,
    });
    expect(faults).toEqual([]);
    expect(report).toMatchObject({ lost: 0, doubled: 0, missedFindings: 0, unexpectedFindings: 0 });
  };
  const story = ['--messages', String(MESSAGES), '--rate', '150', '--seed', '3'];

  it.skipIf(!mountable)(
    'waits while the disk of ClickHouse is full, and goes on when there is room (needs root to mount a small disk)',
    { timeout: 240_000 },
    async () => {
      prepare();
      const disk = smallDisk('clickhouse', 400);
      stack = await startStack({ dataDir, simulator: story });
      const running = stack;
      await until(async () => (await archived(running)) > 100);
      const makeRoom = fill(disk);
      const before = await archived(running).catch(() => 0);
      await until(async () => (await fetch(`${running.urlOf('archiver')}/ready`)).status === 503);
      makeRoom();
      await until(async () => (await archived(running)) > before);
      await allThere(running);
    },
  );

  it.skipIf(!mountable)(
    'waits while the disk of nats-server is full, and goes on when there is room (needs root to mount a small disk)',
    { timeout: 240_000 },
    async () => {
      prepare();
      const disk = smallDisk('nats', 96);
      stack = await startStack({
        dataDir,
        simulator: story,
        maxFileStoreBytes: 1024 ** 3,
        config: (config) => ({ ...config, nats: { ...config.nats, maxStreamBytes: 400 * 1024 ** 2 } }),
      });
      const running = stack;
      await until(async () => (await archived(running)) > 100);
      const makeRoom = fill(disk);
      await until(async () =>
        /BackPressure|stream/i.test(await (await fetch(`${running.urlOf('ingest')}/ready`)).text()),
      );
      makeRoom();
      await running.nats.stop('SIGKILL');
      await running.nats.start();
      await allThere(running);
    },
  );

  it('stops pulling when the capture stream has reached its bytes, and goes on when there is room', {
    timeout: 240_000,
  }, async () => {
    prepare();
    stack = await startStack({
      dataDir,
      simulator: story,
      roles: ['ingest'],
      config: (config) => ({ ...config, nats: { ...config.nats, maxStreamBytes: 700_000 } }),
    });
    const running = stack;
    await until(async () =>
      (await (await fetch(`${running.urlOf('ingest')}/ready`)).text()).includes('stream'),
    );
    const jsm = await jetstreamManager(running.connection);
    const { config } = await jsm.streams.info(captureStream(running.simulator.corpId));
    await jsm.streams.update(config.name, { ...config, max_bytes: 1024 ** 3 });
    for (const role of ['archiver', 'scanner', 'notifier'] as const) running.startRole(role);
    await allThere(running);
  });

  it('pulls again what a torn tail of the stream has lost', { timeout: 240_000 }, async () => {
    prepare();
    stack = await startStack({ dataDir, simulator: story });
    const running = stack;
    await until(async () => (await archived(running)) > 300);
    await running.nats.stop('SIGKILL');
    tearTail(join(dataDir, 'nats', 'jetstream'), captureStream(running.simulator.corpId));
    await running.nats.start();
    await allThere(running);
  });
});

/** Cuts the newest block of a stream's files in its last record, as a power failure may. */
function tearTail(store: string, stream: string): void {
  const blocks = readdirSync(store, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.includes(`/${stream}/msgs/`) && path.endsWith('.blk'))
    .map((path) => join(store, path))
    .filter((path) => statSync(path).size > 0)
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  const [newest] = blocks;
  if (newest === undefined) throw new Error('the stream has no block to tear');
  truncateSync(newest, statSync(newest).size - 37);
}
