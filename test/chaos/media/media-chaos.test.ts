// A small media run in every test run; the long one is `npm run chaos -- media --files 10000 --kills 20`.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { planFiles } from './plan-files.ts';
import { readMediaArguments } from './read-media-arguments.ts';

const run = promisify(execFile);
const entry = fileURLToPath(new URL('../main.ts', import.meta.url));

describe('media chaos', () => {
  let folder: string | undefined;
  afterEach(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  it('stores every file right or names it in a gap, through kills and trouble, in bounded memory', {
    timeout: 300_000,
  }, async () => {
    folder = await mkdtemp(join(tmpdir(), 'menshen-media-test-'));
    const options = { files: 200, 'max-bytes': 24_000_000, 'total-bytes': 60_000_000, kills: 1, seed: 5 };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const { stdout } = await run(process.execPath, ['--conditions=source', entry, 'media', ...args], {
      env: { ...process.env, TMPDIR: folder },
    });
    const result = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, number>;
    expect(result).toMatchObject({
      files: 200,
      largestBytes: 24_000_000,
      kills: 1,
      wrong: 0,
      missing: 0,
      doubled: 0,
      unexpectedGaps: 0,
      draftsLeft: 0,
      protocolErrors: 0,
    });
    expect(result['faulty']).toBeGreaterThan(5);
    expect(result['rssMaxBytes']).toBeLessThan(450 * 1024 * 1024);
  });

  it.each([
    [['--files', '0'], /--files is 0/],
    [['--max-bytes', 'many'], /--max-bytes is many/],
    [['--kills', '-1'], /--kills is -1|ambiguous/],
    [['--frequency', '2'], /--frequency/],
  ])('refuses %j with the reason', (argv, reason) => {
    expect(readMediaArguments(argv)).toEqual({ ok: false, problem: expect.stringMatching(reason) });
  });
});

describe('planFiles', () => {
  const plan = { files: 10_000, maxBytes: 209_715_200, totalBytes: 4 * 1024 ** 3, seed: 2 };
  const files = planFiles(plan);

  it('is the same for the same seed, and another for another', () => {
    expect(planFiles(plan)).toEqual(files);
    expect(planFiles({ ...plan, seed: 3 })).not.toEqual(files);
  });

  it('fits into about the bytes it is given, from nothing to the largest', () => {
    const sizes = files.map(({ sizeBytes }) => sizeBytes);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    expect(total / plan.totalBytes).toBeGreaterThan(0.7);
    expect(total / plan.totalBytes).toBeLessThan(1.5);
    expect(Math.min(...sizes)).toBe(0);
    expect(Math.max(...sizes)).toBe(plan.maxBytes);
    expect(sizes.filter((size) => size > 0 && size % 524_288 === 0).length).toBeGreaterThan(500);
    expect(sizes.filter((size) => size > 20_000_000).length).toBeGreaterThan(20);
  });

  it('makes trouble with one in twenty, of every kind', () => {
    const troubles = files.flatMap(({ trouble }) => trouble ?? []);
    expect(troubles.length).toBeGreaterThan(400);
    expect(troubles.length).toBeLessThan(600);
    expect(new Set(troubles).size).toBe(16);
    expect(files.filter(({ expected }) => expected.state === 'Gap').length).toBeGreaterThan(10);
  });
});
