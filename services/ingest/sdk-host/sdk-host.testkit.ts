// A host with a stub of the SDK inside, in front of WeCom at the level of bytes.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileC } from '@menshen/engines/compile-c.mjs';
import { buildStub, type StubVariant } from '@menshen/sdk-stub/build-stub';
import { startWire, type Wire } from '@menshen/sdk-stub/wecom-wire.testkit';
import { Registry } from 'prom-client';
import { buildSdkHost } from './build-host.mjs';
import type { HostAnswer } from './host-process.ts';
import { SDK_HOST_TIMING, SdkHost, type SdkHostTiming, type SdkOutcome } from './sdk-host.ts';
import { createSdkHostMetrics } from './sdk-host-metrics.ts';

export const SECRET = 's-never-seen-anywhere';

export interface TestHost {
  readonly host: SdkHost;
  readonly wire: Wire;
  pull(): Promise<SdkOutcome>;
  /** Of a counter, all label sets that fit together. */
  count(name: string, labels?: Readonly<Record<string, string>>): Promise<number>;
  close(): Promise<void>;
}

export interface TestHostOptions {
  readonly stub?: StubVariant;
  readonly libraryPath?: string;
  readonly memoryLimitBytes?: number;
  readonly timing?: Partial<SdkHostTiming>;
  readonly readSecret?: () => Promise<string>;
}

export async function startTestHost(options: TestHostOptions = {}): Promise<TestHost> {
  const wire = await startWire();
  const registry = new Registry();
  const host = new SdkHost({
    lane: 'pull',
    corpId: 'ww1',
    program: {
      hostPath: await buildSdkHost(),
      libraryPath: options.libraryPath ?? (await buildStub(options.stub)),
      memoryLimitBytes: options.memoryLimitBytes ?? 2 ** 29,
      relayPort: Number(new URL(wire.proxy).port),
    },
    readSecret: options.readSecret ?? (() => Promise.resolve(SECRET)),
    clock: { nowMs: () => Date.now() },
    random: () => 0,
    // Restarts are counted, not waited for.
    timing: { ...SDK_HOST_TIMING, restartMs: 1, longestRestartMs: 1, ...options.timing },
    metrics: createSdkHostMetrics(registry),
  });
  return {
    host,
    wire,
    pull: () =>
      host.call({ kind: 'ChatData', fromSeq: '0', limit: 10, timeoutSeconds: 1, credential: 'u:p' }),
    async count(name, labels = {}) {
      const metric = await registry.getSingleMetric(`menshen_ingest_sdk_${name}`)?.get();
      if (metric === undefined) throw new Error(`no metric ${name}`);
      const fits = metric.values.filter((value) =>
        Object.entries(labels).every(
          ([label, wanted]) => (value.labels as Record<string, unknown>)[label] === wanted,
        ),
      );
      return fits.reduce((sum, { value }) => sum + value, 0);
    },
    async close() {
      await host.close();
      await wire.close();
    },
  };
}

/** Compiles a C text; path of the program, or of the library when the name says so. */
export async function compileText(name: string, text: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'menshen-c-'));
  const source = join(folder, 'source.c');
  writeFileSync(source, text);
  try {
    return await compileC({ name, sources: [source] });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Version of the kernel's Landlock, asked by a program that shares nothing with the host; 0 when it has none. */
export async function landlockVersion(): Promise<number> {
  const program = await compileText(
    'landlock-version',
    '#define _GNU_SOURCE\n#include <stdio.h>\n#include <unistd.h>\n' +
      'int main(void) { printf("%ld", syscall(444, (void *)0, 0L, 1L)); return 0; }\n',
  );
  return Math.max(0, Number(execFileSync(program, { encoding: 'utf8' })));
}

/** The answer; throws when there is none. */
export function answerOf(outcome: SdkOutcome): HostAnswer {
  if (outcome.ok) return outcome.answer;
  throw new Error('end' in outcome ? `${outcome.end.reason}: ${outcome.end.detail}` : 'no secret');
}

/** How the host ended; throws when it did not. */
export function endOf(outcome: SdkOutcome): { readonly reason: string; readonly detail: string } {
  if (!outcome.ok && 'end' in outcome) return outcome.end;
  throw new Error('the host answered');
}
