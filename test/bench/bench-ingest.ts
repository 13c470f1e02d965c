// Which share of ingest's CPU is RSA, and so cannot be saved: capture from the simulated WeCom (pages encrypted beforehand, in a process of
// its own) into a real nats-server, ingest alone in this process. Files are not fetched: they are not part of a message's way.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { IngestConfig } from '@menshen/contracts/role-config';
import { startNats } from '@menshen/engines/start-nats';
import { Ingest } from '@menshen/ingest/ingest';
import { connectNats } from '@menshen/jetstream/connect-nats';
import { ensureStreams } from '@menshen/jetstream/ensure-streams';
import { openObjectStore } from '@menshen/objects/open-object-store';
import { Health } from '@menshen/telemetry/health';
import { createLogger } from '@menshen/telemetry/logger';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { Registry } from 'prom-client';
import type { BenchResult } from './main.ts';

const WORKERS = 2;
const SEED = 20_261_124;
const MESSAGES = 150_000;
/** Captured before the clock starts: compilers, pools and the directory are warm then, as they are in a process that runs for weeks. */
const WARM_UP_SHARE = 0.3;
/** What the design asks of the share. */
const WANTED_SHARE = 0.85;

/** Prints progress to stderr. `--messages N` (default 150,000). */
export async function run(args: readonly string[] = []): Promise<BenchResult> {
  const { values } = parseArgs({ args: [...args], options: { messages: { type: 'string' } } });
  const messages = Number(values.messages ?? MESSAGES);
  const folder = await mkdtemp(join(tmpdir(), 'menshen-bench-ingest-'));
  const nats = await startNats({ dataDir: join(folder, 'nats') });
  const wecom = await startSealedWeCom(messages);
  try {
    console.error(`${messages} messages are sealed, ${WORKERS} decrypt workers`);
    const measured = await capture({ folder, natsUrl: nats.url, wecom: wecom.address, messages });
    const share = measured.rsaSeconds / measured.cpuSeconds;
    const perMessage = ((measured.cpuSeconds - measured.rsaSeconds) / measured.messages) * 1e6;
    console.error(
      `${Math.round(measured.messages / measured.wallSeconds)} messages/s, RSA ${measured.rsaSeconds.toFixed(2)} s of ` +
        `${measured.cpuSeconds.toFixed(2)} s CPU, everything else ${perMessage.toFixed(1)} µs a message`,
    );
    return {
      bench: 'ingest',
      value: Number(share.toFixed(3)),
      unit: 'RSA CPU-seconds ÷ CPU-seconds of the ingest process',
      reference: { name: 'the least share that the design accepts', value: WANTED_SHARE },
      ratio: Number((share / WANTED_SHARE).toFixed(2)),
      rssBytes: measured.rssBytes,
    };
  } finally {
    wecom.child.kill();
    await nats.stop('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
}

export interface SealedWeCom {
  readonly child: ChildProcess;
  readonly address: WeComAddress;
}

export interface WeComAddress {
  readonly url: string;
  /** With `--tls`: the same over https, and the file with its authority. */
  readonly tlsUrl?: string;
  readonly caFile?: string;
  readonly corpId: string;
  readonly secret: string;
  readonly directorySecret: string;
  readonly privateKeyFiles: Readonly<Record<string, string>>;
}

/** The simulated WeCom in a process of its own, with everything encrypted before it answers. */
export async function startSealedWeCom(
  messages: number,
  options: readonly string[] = [],
): Promise<SealedWeCom> {
  const isSource = import.meta.url.endsWith('.ts');
  const entry = new URL(
    isSource ? '../wecom-simulator/main.ts' : '../../wecom-simulator/dist/main.js',
    import.meta.url,
  );
  const child = spawn(
    process.execPath,
    [
      ...(isSource ? ['--conditions=source'] : []),
      fileURLToPath(entry),
      '--port=0',
      `--messages=${messages}`,
      `--seed=${SEED}`,
      '--pre-encrypt',
      ...options,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  process.once('exit', () => child.kill());
  for await (const line of createInterface(child.stdout))
    if (line.startsWith('{')) return { child, address: JSON.parse(line) as WeComAddress };
  throw new Error('the simulator ended without telling its address');
}

export interface Measured {
  /** Messages captured after the warm-up. */
  readonly messages: number;
  readonly rsaSeconds: number;
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly rssBytes: number;
}

export interface CaptureRun {
  readonly folder: string;
  readonly natsUrl: string;
  readonly wecom: WeComAddress;
  readonly messages: number;
  /** Another engine than the Simulator. */
  readonly source?: Partial<IngestConfig>;
  readonly sdkHostPath?: string;
}

/** Everything the simulated WeCom has, through an ingest in this process. */
export async function capture(of: CaptureRun): Promise<Measured> {
  const { wecom } = of;
  const nats = await connectNats({ url: of.natsUrl, clientName: 'bench' });
  const jsm = await jetstreamManager(nats);
  const registry = new Registry();
  const secrets = new Map([
    ['archive', wecom.secret],
    ['directory', wecom.directorySecret],
  ]);
  const plan = {
    corpId: wecom.corpId,
    replicas: 1,
    maxStreamBytes: 2 * 1024 ** 3,
    firstSequence: { capture: 1, outcome: 1 },
  };
  const ingest = new Ingest({
    corpId: wecom.corpId,
    config: {
      engine: 'Simulator',
      apiUrl: wecom.url,
      archiveSecretFile: 'archive',
      directorySecretFile: 'directory',
      privateKeys: Object.entries(wecom.privateKeyFiles).map(([version, file]) => ({
        version: Number(version),
        file,
      })),
      decryptWorkers: WORKERS,
      pageLimit: 990,
      pullsPerMinute: 600,
      pollIntervalMs: 1_000,
      directoryRefreshMs: 3_600_000,
      media: { enabled: false, concurrency: 1, maxBytes: 1 },
      ...of.source,
    },
    ...(of.sdkHostPath === undefined ? {} : { sdkHostPath: of.sdkHostPath }),
    instance: 'bench',
    nats,
    js: jetstream(nats),
    jsm,
    status: { put: () => Promise.resolve(1) },
    objects: await openObjectStore({ kind: 'Folder', path: join(of.folder, 'objects') }),
    ensureStreams: async () => void (await ensureStreams(jsm, plan)),
    archivedPosition: () => Promise.resolve(undefined),
    archivedDirectory: () => Promise.resolve([]),
    archivedGaps: () => Promise.resolve([]),
    archivedLetters: () => Promise.resolve([]),
    listFolder: () => Promise.resolve([]),
    watchFiles: () => ({ close: () => undefined }),
    readSecret: async (file) => secrets.get(file) ?? (await readFile(file, 'utf8')),
    clock: { nowMs: () => Date.now() },
    logger: createLogger({ role: 'bench', corpId: wecom.corpId, level: 'error' }),
    registry,
    health: new Health(),
  });
  await ingest.start();
  const before = await whenCaptured(ingest, registry, of.messages * WARM_UP_SHARE);
  const after = await whenCaptured(ingest, registry, of.messages);
  const rssBytes = process.memoryUsage.rss();
  await ingest.stop();
  await nats.close();
  return {
    messages: after.messages - before.messages,
    rsaSeconds: after.rsaSeconds - before.rsaSeconds,
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
    wallSeconds: after.wallSeconds - before.wallSeconds,
    rssBytes,
  };
}

type Moment = Omit<Measured, 'rssBytes'>;

/** What was spent when at least `messages` had been captured. Rejects when capture stands still. */
async function whenCaptured(ingest: Ingest, registry: Registry, messages: number): Promise<Moment> {
  for (let last = -1, still = 0; still < 300; ) {
    const count = await counted(registry, 'menshen_ingest_messages_total');
    if (count >= messages) {
      const { user, system } = process.cpuUsage();
      const rsaSeconds = ingest.rsaCpuMicros() / 1e6;
      const wallSeconds = Number(process.hrtime.bigint()) / 1e9;
      return { messages: count, rsaSeconds, cpuSeconds: (user + system) / 1e6, wallSeconds };
    }
    still = count === last ? still + 1 : 0;
    last = count;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('capture stands still');
}

async function counted(registry: Registry, name: string): Promise<number> {
  const metric = await registry.getSingleMetric(name)?.get();
  return metric?.values.reduce((sum, { value }) => sum + value, 0) ?? 0;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(JSON.stringify(await run(process.argv.slice(2))));
  process.exit(0);
}
