// Which C compiler this machine has: CC, then cc, gcc, clang on PATH, then the pinned `zig cc` of the PyPI package ziglang. What ingest needs
// of C is one small program, so any of them will do. Plain JavaScript for Node 20, because it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureTool, toolCache } from './tools.mjs';

/**
 * @typedef {{ command: string, args: string[], env: Record<string, string>, origin: string, version: string }} Compiler
 * `args` come before the caller's own; `env` is added to the environment. `origin`: for people, where it was found. `version`: first line of
 * what it says of itself.
 */

/** The oldest glibc that what zig makes has to run on. */
const LEAST_GLIBC = '2.28';

/** A compiler without the headers of the C library is as good as none, so each is tried. */
const PROBE = '#define _GNU_SOURCE\n#include <dlfcn.h>\n#include <pthread.h>\nint main(void) { return 0; }\n';

/** Trying one takes a tenth of a second; by what was asked for. @type {Map<string, Promise<Compiler>>} */
const found = new Map();

/**
 * @param {(line: string) => void} [say] progress for people
 * @returns {Promise<Compiler>} Rejects with an Error that says what is missing and what to do about it.
 */
export function findCompiler(say) {
  const { CC, PATH } = process.env;
  const key = JSON.stringify([CC, PATH, toolCache()]);
  const known = found.get(key);
  if (known !== undefined) return known;
  const finding = look(say);
  found.set(key, finding);
  // What is missing now may be installed a moment later.
  finding.catch(() => found.delete(key));
  return finding;
}

async function look(say) {
  const named = process.env.CC?.trim();
  if (named !== undefined && named !== '') {
    const [command, ...args] = named.split(/\s+/);
    const compiler = tryCompiler({ command, args, env: {}, origin: 'CC' });
    if (compiler !== undefined) return compiler;
    throw new Error(`CC=${named}: does not compile a C program; name a working compiler or unset CC`);
  }
  for (const command of ['cc', 'gcc', 'clang']) {
    const compiler = tryCompiler({ command, args: [], env: {}, origin: 'PATH' });
    if (compiler !== undefined) return compiler;
  }
  return await zig(say);
}

async function zig(say) {
  const remedy =
    'install gcc with the headers of the C library (Debian: apt-get install gcc libc6-dev) or name a compiler in CC';
  const tool = await ensureTool('zig', say).catch((error) => {
    throw new Error(`no C compiler: ${remedy}. Instead of one, ${error.message}`);
  });
  const arch = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  const compiler = tryCompiler({
    command: tool.path,
    args: ['cc', '-target', `${arch}-linux-gnu.${LEAST_GLIBC}`],
    env: { ZIG_GLOBAL_CACHE_DIR: join(toolCache(), 'zig-cache') },
    origin: `ziglang (${tool.origin})`,
  });
  if (compiler === undefined)
    throw new Error(`no C compiler: ${tool.path} does not compile a C program; ${remedy}`);
  return compiler;
}

function tryCompiler(candidate) {
  const work = mkdtempSync(join(tmpdir(), 'menshen-cc-'));
  try {
    const source = join(work, 'probe.c');
    writeFileSync(source, PROBE);
    const options = { encoding: 'utf8', env: { ...process.env, ...candidate.env }, timeout: 120_000 };
    const args = [...candidate.args, source, '-o', join(work, 'probe')];
    if (spawnSync(candidate.command, args, options).status !== 0) return undefined;
    const said = spawnSync(candidate.command, [...candidate.args, '--version'], options);
    return { ...candidate, version: String(said.stdout ?? '').split('\n')[0] };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
