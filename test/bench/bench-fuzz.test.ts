// The long run in small: it can be stopped, shared, and comes to the same in the end.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, test } from 'vitest';
import { type FuzzState, listParts, run } from './bench-fuzz.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'menshen-fuzz-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

it('goes on where it was stopped, and comes to the same as a run in one piece', async () => {
  const whole = await run(['--messages=3000']);
  expect(whole).toMatchObject({ complete: true, messages: 3000, wrong: [], ratio: 1 });
  const path = join(folder, 'state.json');
  const state = `--state=${path}`;
  await run(['--messages=3000', state]);
  const kept = JSON.parse(readFileSync(path, 'utf8')) as FuzzState;
  // What is in the state is not done again.
  writeFileSync(path, JSON.stringify({ ...kept, parts: { 0: { messages: 3000, hits: 7, wrong: ['x'] } } }));
  expect(await run(['--messages=3000', state])).toMatchObject({ hits: 7, wrong: ['x'] });
  await expect(run(['--messages=5', state])).rejects.toThrow(/is of a run of 3000 messages/);
});

it('shares its parts without a gap', () => {
  const parts = [1, 2, 3].flatMap((shard) => listParts(1_050_000, shard, 3));
  expect(parts.sort((a, b) => a - b)).toEqual(Array.from({ length: 11 }, (_, part) => part));
});

test.each([
  ['--messages=many', /--messages is NaN/],
  ['--shard=0/4', /--shard is 0\/4/],
  ['--shard=5/4', /--shard is 5\/4/],
  ['--shard=x', /--shard is NaN/],
])('refuses %s', async (argument, says) => {
  await expect(
    run(['--messages=10', argument].slice(argument.startsWith('--messages') ? 1 : 0)),
  ).rejects.toThrow(says);
});
