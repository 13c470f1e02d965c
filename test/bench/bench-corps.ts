// What an idle corporation costs: many sources of engine FinanceSDK in one process group, each with its relay and its confined SDK process, all
// caught up. The library is our stub; Tencent's is larger, and adds its own size to each.
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { buildSdkHost } from '@menshen/ingest/sdk-host/build-host.mjs';
import { type OpenedSource, openSource } from '@menshen/ingest/wecom/open-source';
import { silentLogger } from '@menshen/telemetry/logger';
import { Registry } from 'prom-client';
import { startSealedWeCom, type WeComAddress } from './bench-ingest.ts';
import { sdkSource } from './bench-sdk.ts';
import type { BenchResult } from './main.ts';

const CORPS = 200;
const MIB = 1024 ** 2;
/** The first brings the libraries of TLS and of the engine into the process. */
const BEFORE_ANY = 1;

/** `--corps N` (default 200). Progress goes to stderr. */
export async function run(args: readonly string[] = []): Promise<BenchResult> {
  const { values } = parseArgs({ args: [...args], options: { corps: { type: 'string' } } });
  const corps = Number(values.corps ?? CORPS);
  const wecom = await startSealedWeCom(100, ['--tls']);
  const sources: OpenedSource[] = [];
  try {
    await open(sources, wecom.address, BEFORE_ANY);
    const before = process.memoryUsage.rss();
    await open(sources, wecom.address, corps);
    globalThis.gc?.();
    const inNode = (process.memoryUsage.rss() - before) / (corps - BEFORE_ANY);
    const hosts = childrenNamed('menshen-sdk-host');
    const inHosts = hosts.map(readProportional);
    const each = inHosts.reduce((sum, bytes) => sum + bytes, 0) / Math.max(1, hosts.length);
    console.error(
      `${hosts.length} SDK processes, ${(each / MIB).toFixed(2)} MiB each (proportional set size)`,
    );
    console.error(`${(inNode / MIB).toFixed(2)} MiB for each corporation in Node: relay, client, secrets`);
    return {
      bench: 'corps',
      value: Number(((each + inNode) / MIB).toFixed(2)),
      unit: 'MiB for each idle corporation',
      reference: { name: 'MiB of this Node process with one', value: Math.round(before / MIB) },
      ratio: Number(((each + inNode) / before).toFixed(3)),
      rssBytes: process.memoryUsage.rss(),
    };
  } finally {
    for (const source of sources) await source.close();
    wecom.child.kill();
  }
}

/** Opens sources until there are `count`, and lets each pull until nothing is new. */
async function open(sources: OpenedSource[], wecom: WeComAddress, count: number): Promise<void> {
  const sdkHostPath = await buildSdkHost();
  const engine = await sdkSource(wecom);
  const secrets = new Map([['archive', wecom.secret]]);
  while (sources.length < count) {
    const source = openSource({
      corpId: wecom.corpId,
      config: {
        engine: 'FinanceSDK',
        apiUrl: wecom.url,
        archiveSecretFile: 'archive',
        privateKeys: [],
        decryptWorkers: 1,
        pageLimit: 990,
        pullsPerMinute: 600,
        pollIntervalMs: 30_000,
        directoryRefreshMs: 3_600_000,
        media: { enabled: false, concurrency: 1, maxBytes: 1 },
        ...engine,
      },
      clock: { nowMs: () => Date.now() },
      readSecret: async (file) => secrets.get(file) ?? (await readFile(file, 'utf8')),
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      registry: new Registry(),
      logger: silentLogger,
      sdkHostPath,
    });
    sources.push(source);
    const pulled = await source.messages.pull('100', 990);
    if (!pulled.ok) throw new Error(`corporation ${sources.length} cannot pull: ${pulled.fault.reason}`);
  }
}

/** Processes of ours by the name of their program. */
function childrenNamed(name: string): number[] {
  return readdirSync('/proc').flatMap((entry) => {
    try {
      const status = readFileSync(`/proc/${entry}/stat`, 'latin1');
      const parent = Number(status.slice(status.lastIndexOf(')') + 2).split(' ')[1]);
      return parent === process.pid && readFileSync(`/proc/${entry}/cmdline`, 'latin1').includes(name)
        ? [Number(entry)]
        : [];
    } catch {
      return [];
    }
  });
}

/** Memory that the process would free if it ended: pages shared with its like are counted once among them all. */
function readProportional(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024;
}
