// Looks at the SDK file before it is loaded, so that a wrong file is named with what to do about it, instead of by a crash.
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { type ElfLibrary, readElf } from './read-elf.ts';

export interface SdkMachine {
  /** `process.arch`. */
  readonly arch: string;
  /** Version of this system's glibc; `undefined` on systems with another C library. */
  readonly glibc: string | undefined;
}

export interface SdkFacts {
  readonly sha256: string;
  readonly sizeBytes: number;
  /**
   * What the file itself gives away: `v3` holds or needs OpenSSL 3, earlier builds OpenSSL 1. The SDK has no function that says its version, so
   * this is a guess and nothing depends on it.
   */
  readonly generation: 'v3' | 'v1-v2' | 'unknown';
}

export type CheckedSdk =
  | { readonly ok: true; readonly facts: SdkFacts }
  /** For people: what is wrong, and what to do. */
  | { readonly ok: false; readonly problem: string };

const MACHINES: Readonly<Record<string, { readonly machine: number; readonly file: string }>> = {
  x64: { machine: 62, file: 'Linux x86' },
  arm64: { machine: 183, file: 'Linux arm64' },
};

/** What the native host looks up (sdk-host/sdk-library.c). */
export const SDK_FUNCTIONS = [
  'NewSdk',
  'Init',
  'DestroySdk',
  'GetChatData',
  'DecryptData',
  'GetMediaData',
  'NewSlice',
  'FreeSlice',
  'GetContentFromSlice',
  'GetSliceLen',
  'NewMediaData',
  'FreeMediaData',
  'GetOutIndexBuf',
  'GetIndexLen',
  'GetData',
  'GetDataLen',
  'IsMediaDataFinish',
] as const;

const GET_IT =
  'take libWeWorkFinanceSdk_C.so out of the Linux SDK on the page of the message archive at developer.work.weixin.qq.com';
/** A build with everything inside is 6 MB; nothing of this kind is a hundred times that. */
const LARGEST_BYTES = 512 * 1024 * 1024;

/** Never rejects. */
export async function checkSdkLibrary(path: string, machine: SdkMachine): Promise<CheckedSdk> {
  const read = await readLibrary(path);
  if (typeof read === 'string') return { ok: false, problem: `SDK library ${path}: ${read}` };
  const elf = readElf(read);
  const problem = problemOfMachine(elf, machine) ?? problemOfInterface(elf) ?? problemOfSystem(elf, machine);
  if (problem !== undefined) return { ok: false, problem: `SDK library ${path}: ${problem}` };
  return {
    ok: true,
    facts: {
      sha256: createHash('sha256').update(read).digest('hex'),
      sizeBytes: read.length,
      generation: generationOf(read, elf),
    },
  };
}

/** The bytes, or what is wrong. */
async function readLibrary(path: string): Promise<Buffer | string> {
  if (!path.startsWith('/')) return 'its path is not absolute; begin it with /';
  try {
    const found = await stat(path);
    if (!found.isFile()) return 'it is not a file; name the .so file itself';
    if (found.size > LARGEST_BYTES) return `it is too large (${found.size} bytes) to be the SDK; ${GET_IT}`;
    return await readFile(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return `there is no such file; ${GET_IT}, and mount it there (spec.source.sdk)`;
    if (code === 'EACCES') return 'it cannot be read; make it readable for the user that ingest runs as';
    return `it cannot be read (${code})`;
  }
}

function problemOfMachine(elf: ElfLibrary | undefined, { arch }: SdkMachine): string | undefined {
  const wanted = MACHINES[arch];
  if (wanted === undefined) return `there is no Finance SDK for ${arch}; run ingest on x86-64 or arm64`;
  if (elf === undefined || !elf.isSharedLibrary)
    return `it is not a 64-bit Linux library (a Windows or 32-bit build, or a damaged download); ${GET_IT}`;
  if (elf.machine === wanted.machine) return undefined;
  const other = Object.values(MACHINES).find(({ machine }) => machine === elf.machine);
  return `it is the ${other?.file ?? 'wrong'} build and this machine is ${arch}; use the ${wanted.file} build, or run ingest on other nodes`;
}

function problemOfInterface(elf: ElfLibrary | undefined): string | undefined {
  const exported = elf?.exported ?? new Set<string>();
  const missing = SDK_FUNCTIONS.filter((name) => !exported.has(name));
  if (missing.length === 0) return undefined;
  if (missing.length === SDK_FUNCTIONS.length) return `it is not the Finance SDK; ${GET_IT}`;
  return `it lacks ${missing.join(', ')}; use the C library of a complete download, not another flavour of it`;
}

function problemOfSystem(elf: ElfLibrary | undefined, { glibc }: SdkMachine): string | undefined {
  const wanted = (elf?.neededVersions ?? [])
    .map((version) => /^GLIBC_(\d+)\.(\d+)/.exec(version))
    .flatMap((match) => (match === null ? [] : [[Number(match[1]), Number(match[2])] as const]));
  const needsGlibc = wanted.length > 0 || elf?.needed.includes('libc.so.6') === true;
  if (!needsGlibc) return undefined;
  if (glibc === undefined)
    return 'it needs glibc, which this system (Alpine or another musl) does not have; run the image that Menshen is released as';
  const [major = 0, minor = 0] = glibc.split('.').map(Number);
  const newest = wanted.find(([a, b]) => a > major || (a === major && b > minor));
  if (newest === undefined) return undefined;
  return `it needs glibc ${newest.join('.')} and this system has ${glibc}; use an older SDK or a newer image`;
}

function generationOf(bytes: Buffer, elf: ElfLibrary | undefined): SdkFacts['generation'] {
  const needs = (name: string): boolean => elf?.needed.some((library) => library.startsWith(name)) === true;
  if (needs('libssl.so.3') || bytes.includes('OpenSSL 3.')) return 'v3';
  if (needs('libssl.so.1') || bytes.includes('OpenSSL 1.')) return 'v1-v2';
  return 'unknown';
}
