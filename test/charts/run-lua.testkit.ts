// Runs Lua by the Python package lupa: installed, else its pinned wheel from PyPI in the tool cache (2 MB; python3 with pip is a prerequisite
// of the tree anyway). A machine without either skips by name.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { toolCache } from '@menshen/engines/tools.mjs';

const LUPA = 'lupa==2.8';

export type Lua =
  | { readonly run: (source: string, object: unknown) => unknown }
  | { readonly run: undefined; readonly why: string };

export function findLua(): Lua {
  if (hasLupa('')) return luaWith('');
  const tag = spawnSync('python3', ['-c', 'import sys; print("cp%d%d" % sys.version_info[:2])'], {
    encoding: 'utf8',
  });
  if (tag.status !== 0) return { run: undefined, why: 'there is no python3' };
  const home = join(toolCache(), `lupa-2.8-${tag.stdout.trim()}`);
  if (!existsSync(home)) install(home);
  return hasLupa(home) ? luaWith(home) : { run: undefined, why: `pip cannot install ${LUPA}` };
}

const hasLupa = (path: string): boolean =>
  spawnSync('python3', ['-c', 'import lupa'], { env: envWith(path) }).status === 0;

const envWith = (path: string): NodeJS.ProcessEnv =>
  path === '' ? process.env : { ...process.env, PYTHONPATH: path };

function install(home: string): void {
  mkdirSync(toolCache(), { recursive: true });
  const work = mkdtempSync(join(toolCache(), '.lupa-'));
  const pip = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--no-deps',
    '--only-binary',
    ':all:',
    '--target',
    work,
    LUPA,
  ];
  if (spawnSync('python3', pip).status === 0 && !existsSync(home)) renameSync(work, home);
  rmSync(work, { recursive: true, force: true });
}

/** The source sees the object as `obj`, as Argo CD gives it, and its returned table comes back. */
const SCRIPT = `
import json, sys, lupa
asked = json.load(sys.stdin)
lua = lupa.LuaRuntime(unpack_returned_tuples=True)
lua.globals().obj = lua.table_from(asked["object"], recursive=True)
print(json.dumps(dict(lua.execute(asked["source"]).items())))
`;

function luaWith(path: string): Lua {
  return {
    run(source, object) {
      const input = JSON.stringify({ source, object });
      const { status, stdout, stderr } = spawnSync('python3', ['-c', SCRIPT], {
        env: envWith(path),
        input,
        encoding: 'utf8',
      });
      if (status !== 0) throw new Error(stderr);
      return JSON.parse(stdout);
    },
  };
}
