// `npm run chaos -- sdk-faults`: a real ingest with the engine FinanceSDK, a library that misbehaves on order and a WeCom that breaks, fault after
// fault while messages and files flow; then everything is counted against what the simulator sent, and secrets are searched for.
import { realpathSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startNats } from '@menshen/engines/start-nats';
import { buildSdkHost } from '@menshen/ingest/sdk-host/build-host.mjs';
import { connectNats } from '@menshen/jetstream/connect-nats';
import { jetstream } from '@nats-io/jetstream';
import { crashesLeaveCores } from './core-files.ts';
import { type CapturedCount, countCaptured } from './count-captured.ts';
import type { HostileWeCom } from './hostile-wecom.ts';
import { confinementOf, sumOf } from './read-metrics.ts';
import { countLoot, removeLoot, type Searched, searchRun } from './search-run.ts';
import { CORP_ID, type Company, startCompany } from './start-company.ts';
import { type IngestChild, startIngest } from './start-ingest.ts';
import { leftOver, type ProcessWatch, watchProcesses } from './watch-processes.ts';

export interface SdkFaultsArguments {
  readonly faults: number;
  readonly seed: number;
  /** An empty folder; everything of the run is in it. */
  readonly dataDir: string;
}

export interface SdkFaultsResult extends CapturedCount {
  /** Injected, all kinds together. */
  readonly faults: number;
  /** By name. */
  readonly kinds: Readonly<Record<string, number>>;
  /** SDK processes that died, hung or lied and were replaced. */
  readonly restarts: number;
  readonly ingestAlive: boolean;
  /** Places where a secret was found. */
  readonly secretsFound: number;
  readonly searched: Searched & {
    readonly processes: number;
    readonly environments: number;
    readonly commandLines: number;
  };
  /** False where the kernel writes no core file for anybody: then none could be searched. */
  readonly coresPossible: boolean;
  /** Times that the SDK got where it must not: a file, another program, a process that outlives ingest. */
  readonly escaped: number;
  /** Connections to a port that is not the relay's. A kernel before Landlock's network rules (6.7) cannot refuse them: see `confinement`. */
  readonly calledOut: number;
  /** Layers that confine the SDK: 1 in force, 0 not available on this machine. */
  readonly confinement: Readonly<Record<string, number>>;
  readonly seconds: number;
}

type Say = (line: string) => void;

const POLL_MS = 250;
/** With all faults behind it, ingest must catch up in this time, ms. */
const SETTLE_LIMIT_MS = 180_000;
/** No fault in so long means that nothing moves any more, ms. */
const STALL_LIMIT_MS = 90_000;
const SAY_EVERY_MS = 10_000;

interface Run {
  readonly args: SdkFaultsArguments;
  readonly beganAtMs: number;
  readonly company: Company;
  readonly ingest: IngestChild;
  readonly hostPath: string;
  readonly watch: ProcessWatch;
  readonly natsUrl: string;
  readonly say: Say;
}

export async function runSdkFaults(args: SdkFaultsArguments, say: Say): Promise<SdkFaultsResult> {
  const beganAtMs = Date.now();
  const folder = async (name: string): Promise<string> => {
    const path = join(args.dataDir, name);
    await mkdir(path, { recursive: true, mode: 0o700 });
    return path;
  };
  await removeLoot();
  const company = await startCompany(args, await folder('secrets'));
  const nats = await startNats({ dataDir: await folder('nats') });
  const ingest = await startIngest(company, { natsUrl: nats.url, folder });
  const hostPath = await buildSdkHost();
  const programs = [realpathSync(process.execPath), hostPath];
  const watch = watchProcesses({ root: ingest.pid, secrets: company.secrets, programs });
  try {
    return await judge({ args, beganAtMs, company, ingest, hostPath, watch, natsUrl: nats.url, say });
  } finally {
    await watch.end();
    await ingest.stop();
    await nats.stop('SIGKILL');
    await company.close();
    await rm(join(args.dataDir, 'secrets'), { recursive: true, force: true });
  }
}

async function judge(run: Run): Promise<SdkFaultsResult> {
  const { args, beganAtMs, company, ingest, watch, natsUrl, say } = run;
  await untilInjected(company.wecom, args.faults, { ingest, say });
  const counted = await untilSettled(natsUrl, company, say);
  const metrics = await ingest.metrics();
  const ingestAlive = ingest.isAlive();
  const { found: told, foreignPrograms, pids, environments, commandLines } = await watch.end();
  await ingest.stop();
  const files = await searchRun({ ...args, company, beganAtMs });
  for (const { secret, where } of [...told, ...files.found]) say(`FOUND the ${secret} in ${where}`);
  for (const program of foreignPrograms) say(`FOUND the program ${program} under ingest`);
  const left = await leftOver(pids, run.hostPath);
  return {
    faults: company.wecom.total(),
    kinds: Object.fromEntries([...company.wecom.injected].sort(([a], [b]) => (a < b ? -1 : 1))),
    restarts: sumOf(metrics, 'menshen_ingest_sdk_host_ends_total', /reason="(Died|TimedOut|Garbage)"/),
    ingestAlive,
    ...counted,
    secretsFound: told.length + files.found.length,
    searched: { ...files.searched, processes: pids.length, environments, commandLines },
    coresPossible: await crashesLeaveCores(),
    escaped: (await countLoot()) + left.length + foreignPrograms.length,
    calledOut: company.calledOut(),
    confinement: confinementOf(metrics),
    seconds: Math.round((Date.now() - beganAtMs) / 1000),
  };
}

/** True when nothing that must be 0 is anything else. */
export function isCleanSdkRun(result: SdkFaultsResult): boolean {
  const { lost, doubled, forged, deadLetters, filesMissing, secretsFound, escaped, calledOut } = result;
  const refusable = result.confinement['LandlockNetwork'] === 1 ? calledOut : 0;
  const wrong = lost + doubled + forged + deadLetters + filesMissing + secretsFound + escaped + refusable;
  return result.ingestAlive && wrong === 0;
}

async function untilInjected(
  wecom: HostileWeCom,
  wanted: number,
  { ingest, say }: { readonly ingest: IngestChild; readonly say: Say },
): Promise<void> {
  let before = { total: 0, atMs: Date.now() };
  let saidAtMs = 0;
  while (wecom.total() < wanted) {
    await sleep(POLL_MS);
    if (!ingest.isAlive()) throw new Error('ingest has died; see logs/ingest.log');
    if (wecom.total() > before.total) before = { total: wecom.total(), atMs: Date.now() };
    if (Date.now() - before.atMs > STALL_LIMIT_MS)
      throw new Error(`nothing has been asked for ${STALL_LIMIT_MS / 1000} s, after ${before.total} faults`);
    if (Date.now() - saidAtMs < SAY_EVERY_MS) continue;
    saidAtMs = Date.now();
    say(`${before.total} of ${wanted} faults`);
  }
}

/** Counts again and again until nothing is missing, or the time is over: then what is missing is lost. */
async function untilSettled(natsUrl: string, company: Company, say: Say): Promise<CapturedCount> {
  const connection = await connectNats({ url: natsUrl, clientName: 'chaos' });
  const untilMs = Date.now() + SETTLE_LIMIT_MS;
  try {
    for (;;) {
      const counted = await countCaptured(jetstream(connection), CORP_ID, company.simulator.truth());
      if (counted.lost + counted.filesMissing === 0 || Date.now() > untilMs) return counted;
      say(`${counted.lost} messages and ${counted.filesMissing} files are still to come`);
      await sleep(10 * POLL_MS);
    }
  } finally {
    await connection.close();
  }
}
