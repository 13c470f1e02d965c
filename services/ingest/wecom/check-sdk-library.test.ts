import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildStub } from '@menshen/sdk-stub/build-stub';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileText } from '../sdk-host/sdk-host.testkit.ts';
import { checkSdkLibrary, SDK_FUNCTIONS } from './check-sdk-library.ts';
import { readElf } from './read-elf.ts';
import { thisMachine } from './this-machine.ts';

const machine = thisMachine();
const OTHER: Record<string, { arch: string; machine: number }> = {
  x64: { arch: 'arm64', machine: 183 },
  arm64: { arch: 'x64', machine: 62 },
};
const other = OTHER[machine.arch] ?? { arch: 'none', machine: 0 };

let folder: string;
let library: Buffer;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'menshen-elf-'));
  library = await readFile(await buildStub());
});
afterAll(() => rm(folder, { recursive: true }));

const save = async (bytes: Buffer): Promise<string> => {
  const path = join(folder, `library-${++files}.so`);
  await writeFile(path, bytes);
  return path;
};
const changed = (at: number, value: number): Promise<string> => {
  const bytes = Buffer.from(library);
  bytes.writeUInt16LE(value, at);
  return save(bytes);
};
const functions = (names: readonly string[]): string =>
  names.map((name) => `void ${name}(void); void ${name}(void) {}`).join('\n');

describe('checkSdkLibrary', () => {
  it('takes a library that fits, and says what it is', async () => {
    const checked = await checkSdkLibrary(await save(library), machine);
    expect(checked).toMatchObject({ ok: true, facts: { sizeBytes: library.length } });
    expect(checked.ok && checked.facts.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each<[string, () => Promise<string> | string, RegExp]>([
    [
      'no file',
      () => '/nowhere/sdk.so',
      /there is no such file; take libWeWorkFinanceSdk_C\.so out of .* mount it/,
    ],
    ['a relative path', () => 'sdk.so', /begin it with \//],
    ['a folder', () => folder, /name the \.so file itself/],
    ['text', () => save(Buffer.from('MZ this is a DLL')), /not a 64-bit Linux library/],
    ['an empty file', () => save(Buffer.alloc(0)), /not a 64-bit Linux library/],
    ['a program', () => changed(16, 2), /not a 64-bit Linux library/],
    [
      'the build for the other processor',
      () => changed(18, other.machine),
      /build and this machine is .*; use the/,
    ],
    ['a library for a third one', () => changed(18, 21), /it is the wrong build/],
    ['a download that was cut', () => save(library.subarray(0, 4096)), /is not the Finance SDK/],
    ['another library', () => compileText('libother.so', functions(['something'])), /is not the Finance SDK/],
    [
      'half an SDK',
      () => compileText('libhalf.so', functions(SDK_FUNCTIONS.filter((name) => name !== 'GetMediaData'))),
      /lacks GetMediaData; use the C library/,
    ],
  ])('refuses %s', async (_what, path, says) => {
    const checked = await checkSdkLibrary(await path(), machine);
    expect(checked).toEqual({ ok: false, problem: expect.stringMatching(says) });
  });

  it.each<[string, Partial<typeof machine>, RegExp]>([
    ['another C library', { glibc: undefined }, /needs glibc, which this system/],
    ['an old glibc', { glibc: '2.1' }, /needs glibc 2\.\d+ and this system has 2\.1/],
    ['a processor that has no SDK', { arch: 'riscv64' }, /there is no Finance SDK for riscv64/],
  ])('refuses a system with %s', async (_what, different, says) => {
    const checked = await checkSdkLibrary(await save(library), { ...machine, ...different });
    expect(checked).toEqual({ ok: false, problem: expect.stringMatching(says) });
  });

  it.each([
    ['OpenSSL 3.0.2 15 Mar 2022', 'v3'],
    ['OpenSSL 1.1.1g  21 Apr 2020', 'v1-v2'],
    ['nothing of the kind', 'unknown'],
  ])('guesses from "%s" that it is %s', async (text, generation) => {
    // The compiler keeps what is exported.
    const source = `${functions(SDK_FUNCTIONS)}\nextern const char mark[]; const char mark[] = "${text}";`;
    const checked = await checkSdkLibrary(await compileText('libmarked.so', source), machine);
    expect(checked).toMatchObject({ ok: true, facts: { generation } });
  });
});

describe('readElf', () => {
  it('reads the stub as the linker wrote it', () => {
    const elf = readElf(library);
    expect(elf).toMatchObject({ isSharedLibrary: true });
    expect(elf?.needed).toContain('libc.so.6');
    expect(elf?.neededVersions.some((version) => version.startsWith('GLIBC_'))).toBe(true);
    expect([...(elf?.exported ?? [])]).toEqual(expect.arrayContaining([...SDK_FUNCTIONS]));
  });

  it('never throws, however a file is damaged', () => {
    // The head, the table of sections at the end, and anywhere.
    const places = fc.oneof(
      fc.integer({ min: 0, max: 63 }),
      fc.integer({ min: library.length - 2048, max: library.length - 1 }),
      fc.nat(),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 64, max: library.length }),
        fc.array(fc.tuple(places, fc.integer({ min: 0, max: 255 })), { maxLength: 40 }),
        (length, damage) => {
          const bytes = Buffer.from(library.subarray(0, length));
          for (const [at, value] of damage) bytes[at % length] = value;
          readElf(bytes);
        },
      ),
      { numRuns: 200 },
    );
  });
});
