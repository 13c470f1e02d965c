// The watch must be able to see: a secret in a child's environment, a program that does not belong there, a process that stays.
import { spawn, spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { leftOver, type SeenProcesses, watchProcesses } from './watch-processes.ts';

const NODE = realpathSync(process.execPath);
const running: { kill(signal: 'SIGKILL'): unknown }[] = [];
afterEach(() => running.splice(0).forEach((child) => void child.kill('SIGKILL')));

/** A parent with one child, `sleep`, which is told a secret. */
async function startFamily(): Promise<{ root: number; sleeper: number }> {
  const script = `
    const child = require('node:child_process').spawn('sleep', ['60'], { env: { PATH: process.env.PATH, TOKEN: 'my-secret' + '-token' } });
    child.once('spawn', () => console.log(child.pid));
    process.once('exit', () => child.kill('SIGKILL'));
    process.once('SIGTERM', () => process.exit());`;
  const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  running.push(parent);
  const [line] = await new Promise<Buffer[]>((resolve) =>
    parent.stdout.once('data', (data: Buffer) => resolve([data])),
  );
  const sleeper = Number(String(line));
  running.push({ kill: () => spawnSync('kill', ['-9', String(sleeper)], { stdio: 'ignore' }) });
  return { root: parent.pid ?? 0, sleeper };
}

async function watchFor(root: number, ms: number): Promise<SeenProcesses> {
  const watch = watchProcesses({ root, secrets: () => ({ token: 'my-secret-token' }), programs: [NODE] });
  await new Promise((resolve) => setTimeout(resolve, ms));
  return await watch.end();
}

it('sees what a child is told, and that it is a program of its own', async () => {
  const { root, sleeper } = await startFamily();
  const seen = await watchFor(root, 120);
  expect(seen.pids).toEqual([root, sleeper]);
  expect(seen.found).toEqual([{ secret: 'token', where: `/proc/${sleeper}/environ` }]);
  expect(seen.foreignPrograms).toEqual([expect.stringMatching(/sleep|coreutils|busybox/)]);
});

it('knows who is left over, and who is not', async () => {
  const { root } = await startFamily();
  expect(await leftOver([root], NODE)).toEqual([root]);
  process.kill(root, 'SIGTERM');
  expect(await leftOver([root], NODE)).toEqual([]);
});
