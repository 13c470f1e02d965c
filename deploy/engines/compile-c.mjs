// Compiles C sources once: what is made is kept in the tool cache under the hash of everything it was made of.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { findCompiler } from './find-compiler.mjs';
import { toolCache } from './tools.mjs';

const STRICT = ['-std=c11', '-O2', '-g0', '-Wall', '-Wextra', '-Werror'];

/**
 * @param {{
 *   name: string,
 *   sources: readonly string[],
 *   headers?: readonly string[],
 *   flags?: readonly string[],
 *   say?: (line: string) => void,
 * }} unit `name`: file name of the result; a name ending in `.so` makes a shared library. `headers` only count for the hash. `flags` come after
 *   -std=c11 -O2 -Wall -Wextra -Werror.
 * @returns {Promise<string>} Path of the result. Rejects with an Error that names the compiler and carries what it said.
 */
export async function compileC({ name, sources, headers = [], flags = [], say }) {
  const compiler = await findCompiler(say);
  const shared = name.endsWith('.so') ? ['-shared', '-fPIC'] : [];
  const options = [...compiler.args, ...STRICT, ...shared];
  const hash = createHash('sha256');
  hash.update(JSON.stringify([compiler.version, compiler.origin, process.arch, options, flags]));
  for (const file of [...sources, ...headers])
    hash.update(`\0${basename(file)}\0`).update(await readFile(file));
  const home = join(toolCache(), 'compiled', hash.digest('hex').slice(0, 24));
  const made = join(home, name);
  if (existsSync(made)) return made;
  await mkdir(home, { recursive: true });
  const work = await mkdtemp(join(home, '.work-'));
  try {
    const output = join(work, name);
    // Libraries last: the linker of gcc takes them in order.
    await compile(compiler, [...options, ...sources, '-o', output, ...flags]);
    await rename(output, made);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return made;
}

function compile(compiler, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(compiler.command, args, {
      env: { ...process.env, ...compiler.env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said = (said + chunk).slice(-8000);
    });
    child.on('error', (error) => reject(new Error(`cannot start ${compiler.command}: ${error.message}`)));
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${compiler.command} (${compiler.version}) ended with ${code}:\n${said.trim()}`));
    });
  });
}
