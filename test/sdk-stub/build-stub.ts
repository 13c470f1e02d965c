// Compiles the stub of the Finance SDK. Which library it is, faithful, verifying or hostile, is decided at compile time: a careful host gives
// it neither environment nor files to read its orders from.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileC } from '@menshen/engines/compile-c.mjs';
import type { Behaviour, Place } from './behaviours.ts';

export interface StubVariant {
  /** `version` on the wire: 1 (build of 2020), 2 (2024), 3 (2025, which prints a line on stdout at each token). Default 1. */
  readonly version?: 1 | 2 | 3;
  /** PEM: a build that verifies the chain, against these certificates only, and returns 10011 for any other. */
  readonly trustedCaPem?: string;
  /** Misbehaves as told by the server: `"errmsg":"stub:segv"` in an answer. */
  readonly obeys?: boolean;
  /** Misbehaves at every call of this function. */
  readonly always?: { readonly behaviour: Behaviour; readonly at: Place };
}

const NATIVE = fileURLToPath(new URL('native', import.meta.url));
const LIBRARIES = ['-lpthread', '-ldl'];

const filesOf = (folder: string, ending: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(folder, name));

/** Path of a `libWeWorkFinanceSdk_C.so`, made once and kept outside the tree. Rejects when there is no compiler. */
export async function buildStub(variant: StubVariant = {}): Promise<string> {
  const flags = ['-fvisibility=hidden', ...definitionsOf(variant), ...LIBRARIES];
  return await once(flags.join(' '), () =>
    compileC({
      name: 'libWeWorkFinanceSdk_C.so',
      sources: filesOf(NATIVE, '.c'),
      headers: filesOf(NATIVE, '.h'),
      flags,
    }),
  );
}

/** Path of the small C program that tests call a library with: see driver/call-sdk.c. */
export async function buildDriver(): Promise<string> {
  return await once('driver', () =>
    compileC({
      name: 'call-sdk',
      sources: filesOf(join(NATIVE, 'driver'), '.c'),
      headers: filesOf(NATIVE, '.h'),
      flags: LIBRARIES,
    }),
  );
}

/** Looking for a compiler takes longer than finding what it made before. */
const made = new Map<string, Promise<string>>();
function once(what: string, make: () => Promise<string>): Promise<string> {
  const known = made.get(what) ?? make();
  made.set(what, known);
  return known;
}

/** Why the stub cannot be built or cannot talk on this machine, for people; `undefined` when it can. */
export async function whyNoStub(): Promise<string | undefined> {
  const sources = [join(NATIVE, 'probe', 'name-openssl.c'), join(NATIVE, 'openssl.c')];
  try {
    const probe = await compileC({
      name: 'name-openssl',
      sources,
      headers: filesOf(NATIVE, '.h'),
      flags: LIBRARIES,
    });
    const { status, stdout } = spawnSync(probe, { encoding: 'utf8' });
    return status === 0 ? undefined : `not found: ${stdout.trim()}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function definitionsOf({ version = 1, trustedCaPem, obeys = false, always }: StubVariant): string[] {
  const text = (name: string, value: string): string => `-D${name}=${JSON.stringify(value)}`;
  return [
    `-DSTUB_VERSION=${version}`,
    ...(trustedCaPem === undefined ? [] : [text('STUB_TRUSTED_CA', trustedCaPem)]),
    ...(obeys ? ['-DSTUB_OBEYS'] : []),
    ...(always === undefined ? [] : [text('STUB_ALWAYS', always.behaviour), text('STUB_AT', always.at)]),
  ];
}
