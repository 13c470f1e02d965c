import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compileC } from './compile-c.mjs';
import { findCompiler } from './find-compiler.mjs';

let folder: string;
const environment = { ...process.env };
/** Found before the cache is moved: on a machine without one, it is fetched once and not for every test. */
const { command, args } = await findCompiler();
const CC = [command, ...args].join(' ');
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'menshen-compile-'));
  process.env.XDG_CACHE_HOME = join(folder, 'cache');
  process.env.CC = CC;
});
afterEach(async () => {
  process.env = { ...environment };
  await rm(folder, { recursive: true, force: true });
});

const source = async (name: string, text: string): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
};
const PROGRAM = '#include <stdio.h>\n#include "word.h"\nint main(void) { return puts(WORD) < 0; }\n';

describe('compileC', () => {
  const compile = async (word: string): Promise<string> => {
    const header = await source('word.h', `#define WORD "${word}"\n`);
    return await compileC({ name: 'say', sources: [await source('say.c', PROGRAM)], headers: [header] });
  };

  it('makes a program, once for the same sources, anew for a changed header', async () => {
    const made = await compile('one');
    expect(execFileSync(made, { encoding: 'utf8' })).toBe('one\n');
    const { mtimeMs } = await stat(made);
    expect(await compile('one')).toBe(made);
    expect((await stat(made)).mtimeMs).toBe(mtimeMs);
    expect(execFileSync(await compile('two'), { encoding: 'utf8' })).toBe('two\n');
  });

  it('makes a shared library when the name says so', async () => {
    const library = await compileC({
      name: 'libx.so',
      sources: [await source('x.c', 'int x(void); int x(void) { return 1; }')],
    });
    const head = execFileSync('head', ['-c', '17', library]);
    expect([head.toString('latin1', 1, 4), head[16]]).toEqual(['ELF', 3]);
  });

  it.each([
    ['a mistake', 'int main(void) { return missing; }', /missing/],
    ['a warning', 'int main(void) { int unused; return 0; }', /unused/],
  ])('refuses %s with what the compiler says of it', async (_what, text, says) => {
    const sources = [await source('bad.c', text)];
    await expect(compileC({ name: 'bad', sources })).rejects.toThrow(says);
  });

  it('two at once get the same whole result', async () => {
    const [a, b] = await Promise.all([compile('both'), compile('both')]);
    expect(a).toBe(b);
    expect(execFileSync(a, { encoding: 'utf8' })).toBe('both\n');
  });
});

describe('findCompiler', () => {
  it('takes the one that CC names, with its arguments', async () => {
    process.env.CC = `${CC} -DCHOSEN`;
    expect(await findCompiler()).toMatchObject({ command, args: [...args, '-DCHOSEN'], origin: 'CC' });
  });

  it('says what to do when CC does not compile', async () => {
    process.env.CC = 'no-such-compiler';
    await expect(findCompiler()).rejects.toThrow(/CC=no-such-compiler.*unset CC/);
  });

  it('passes over a compiler without headers, and says what to install when nothing is left', async () => {
    const bin = join(folder, 'bin');
    execFileSync('mkdir', [bin]);
    for (const name of ['cc', 'gcc', 'clang', 'python3']) {
      await writeFile(join(bin, name), '#!/bin/sh\nexit 1\n');
      await chmod(join(bin, name), 0o755);
    }
    delete process.env.CC;
    process.env.PATH = bin;
    await expect(findCompiler(() => undefined)).rejects.toThrow(
      /no C compiler: install gcc with the headers/,
    );
  });
});
