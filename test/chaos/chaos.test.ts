// A short chaos run in every test run; the long one is `npm run chaos -- pipeline --messages 200000 --kills 60`.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { readArguments } from './read-arguments.ts';

const run = promisify(execFile);
const entry = fileURLToPath(new URL('main.ts', import.meta.url));

describe('chaos', () => {
  let folder: string | undefined;
  afterEach(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  it('kills every kind of part and loses, doubles, misses and repeats nothing', {
    timeout: 300_000,
  }, async () => {
    folder = await mkdtemp(join(tmpdir(), 'menshen-chaos-test-'));
    const args = [
      '--conditions=source',
      entry,
      'pipeline',
      '--messages',
      '3000',
      '--kills',
      '8',
      '--seed',
      '11',
    ];
    const { stdout } = await run(process.execPath, args, { env: { ...process.env, TMPDIR: folder } });
    const result = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
    expect(result).toMatchObject({
      messages: 3000,
      kills: 8,
      lost: 0,
      doubled: 0,
      missedFindings: 0,
      unexpectedFindings: 0,
      unjudged: 0,
      doubledNotices: 0,
    });
  });

  it.each([
    [[], /name what to break/],
    [['pipline'], /name what to break: pipeline/],
    [['pipeline', '--kills', '0'], /--kills is 0/],
    [['pipeline', '--messages', 'many'], /--messages is many/],
    [['pipeline', '--frequency', '2'], /--frequency/],
  ])('refuses %j with the reason', (argv, reason) => {
    expect(readArguments(argv)).toEqual({ ok: false, problem: expect.stringMatching(reason) });
  });
});
