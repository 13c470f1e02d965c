// `npm run chaos -- sdk-faults`: its command line.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readWhole } from '../read-whole.ts';
import { isCleanSdkRun, runSdkFaults } from './run-sdk-faults.ts';

const USAGE = `usage: npm run chaos -- sdk-faults [options]

Runs ingest with the engine FinanceSDK and, in place of Tencent's library, one of ours that crashes, hangs, leaks, lies and trespasses at random
calls, behind a WeCom that breaks. Then counts against what was sent, and searches core files, logs, every other file of the run, and the
environment and command line of every process of ingest for secrets. ingestAlive must be true; lost, doubled, forged, deadLetters, filesMissing,
secretsFound, escaped and, where the kernel has Landlock's network rules, calledOut must be 0.
  --faults N     faults to inject (default 10000)
  --seed S       chooses what goes wrong and when (default 1)
  --keep         keep data and logs, and say where
  --help

Progress goes to stderr. The last line is one JSON object; exit code 1 when a count is not what it must be.`;

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

export async function command(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help') || argv.includes('-h')) {
    console.log(USAGE);
    return 0;
  }
  const parsed = readSdkFaultsArguments(argv.slice(1));
  if (!parsed.ok) {
    console.error(`${parsed.problem}\n\n${USAGE}`);
    return 2;
  }
  const { keep, ...args } = parsed.value;
  const dataDir = await mkdtemp(join(tmpdir(), 'menshen-chaos-'));
  try {
    const result = await runSdkFaults({ ...args, dataDir }, say);
    console.log(JSON.stringify(result));
    return isCleanSdkRun(result) ? 0 : 1;
  } finally {
    if (keep) say(`data and logs are kept under ${dataDir}`);
    else await rm(dataDir, { recursive: true, force: true });
  }
}

interface SdkFaultsOptions {
  readonly faults: number;
  readonly seed: number;
  readonly keep: boolean;
}

export function readSdkFaultsArguments(
  argv: readonly string[],
):
  | { readonly ok: true; readonly value: SdkFaultsOptions }
  | { readonly ok: false; readonly problem: string } {
  const text = { type: 'string' as const };
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { faults: text, seed: text, keep: { type: 'boolean' } },
    });
    const whole = (name: string, fallback: number): number => readWhole(values, name, { least: 1, fallback });
    return {
      ok: true,
      value: { faults: whole('faults', 10_000), seed: whole('seed', 1), keep: values.keep === true },
    };
  } catch (error) {
    return { ok: false, problem: error instanceof Error ? error.message : String(error) };
  }
}
