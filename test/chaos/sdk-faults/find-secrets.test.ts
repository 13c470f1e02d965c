// The search must be able to find: a secret in a file, across two blocks, in an environment, on a command line, in a real core file.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { coresSince, descendantsOf, filesUnder, searchFile, searchProcess } from './find-secrets.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'find-secrets-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const SECRET = 'correct horse/battery+staple';
const secrets = { archive: SECRET };

it.each([
  ['as it is', SECRET],
  ['as base64', Buffer.from(SECRET).toString('base64')],
  ['percent-encoded', encodeURIComponent(SECRET)],
])('finds it in a file %s', async (_what, text) => {
  const file = join(folder, 'log');
  writeFileSync(file, `before ${text} after`);
  expect(await searchFile(file, secrets)).toEqual([{ secret: 'archive', where: file }]);
});

it('finds it where two blocks of a long file meet', async () => {
  const file = join(folder, 'core');
  writeFileSync(
    file,
    Buffer.concat([Buffer.alloc((1 << 22) - 5), Buffer.from(SECRET), Buffer.alloc(1 << 22)]),
  );
  expect(await searchFile(file, secrets)).toHaveLength(1);
});

it('finds nothing where there is nothing', async () => {
  const file = join(folder, 'log');
  writeFileSync(file, 'correct horse');
  expect(await searchFile(file, secrets)).toEqual([]);
});

it('finds it in the environment and on the command line of a child', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', SECRET], {
    env: { TOKEN: SECRET },
    stdio: 'ignore',
  });
  try {
    await new Promise((resolve) => child.once('spawn', resolve));
    const pid = child.pid ?? 0;
    expect(await descendantsOf(process.pid)).toContain(pid);
    const { found, read } = await searchProcess(pid, secrets);
    expect(read).toEqual(['environ', 'cmdline']);
    expect(found.map(({ where }) => where.split('/').at(-1)).sort()).toEqual(['cmdline', 'environ']);
  } finally {
    child.kill('SIGKILL');
  }
});

it('lists core files that are new, and files of all depths', async () => {
  writeFileSync(join(folder, 'core.17'), 'x');
  writeFileSync(join(folder, 'other'), 'x');
  expect(await coresSince([folder, folder], Date.now() - 60_000)).toEqual([join(folder, 'core.17')]);
  expect(await coresSince([folder], Date.now() + 60_000)).toEqual([]);
  expect((await filesUnder(folder)).sort()).toEqual([join(folder, 'core.17'), join(folder, 'other')]);
});
