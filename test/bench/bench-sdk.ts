// What the engine FinanceSDK costs: the same messages through the same ingest, once by our own client and once by a library with the SDK's
// interface in its confined process, behind the relay and TLS. The library is the stub: the real one may not be shipped.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { IngestConfig } from '@menshen/contracts/role-config';
import { startNats } from '@menshen/engines/start-nats';
import { buildSdkHost } from '@menshen/ingest/sdk-host/build-host.mjs';
import { buildStub } from '@menshen/sdk-stub/build-stub';
import { capture, type Measured, startSealedWeCom, type WeComAddress } from './bench-ingest.ts';
import type { BenchResult } from './main.ts';

const MESSAGES = 60_000;

/** Prints progress to stderr. `--messages N` (default 60,000), captured twice by each engine. */
export async function run(args: readonly string[] = []): Promise<BenchResult> {
  const { values } = parseArgs({ args: [...args], options: { messages: { type: 'string' } } });
  const messages = Number(values.messages ?? MESSAGES);
  const wecom = await startSealedWeCom(messages, ['--tls']);
  try {
    // There and back, so that a machine that grows slower or faster meanwhile favours neither.
    const runs: Record<Engine, Measured[]> = { Simulator: [], FinanceSDK: [] };
    for (const engine of ['Simulator', 'FinanceSDK', 'FinanceSDK', 'Simulator'] as const)
      runs[engine].push(await measure(engine, wecom.address, messages));
    const [simulator, sdk] = [rateOf(runs.Simulator), rateOf(runs.FinanceSDK)];
    return {
      bench: 'sdk',
      value: Math.round(sdk),
      unit: 'messages/s captured by engine FinanceSDK',
      reference: { name: 'the same by engine Simulator', value: Math.round(simulator) },
      ratio: Number((sdk / simulator).toFixed(2)),
      rssBytes: Math.max(...runs.FinanceSDK.map(({ rssBytes }) => rssBytes)),
    };
  } finally {
    wecom.child.kill();
  }
}

/** Messages a second over all runs. */
function rateOf(runs: readonly Measured[]): number {
  const total = (of: (run: Measured) => number): number => runs.reduce((sum, run) => sum + of(run), 0);
  return total(({ messages }) => messages) / total(({ wallSeconds }) => wallSeconds);
}

type Engine = IngestConfig['engine'];

async function measure(engine: Engine, wecom: WeComAddress, messages: number): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'menshen-bench-sdk-'));
  const nats = await startNats({ dataDir: join(folder, 'nats') });
  try {
    const source = engine === 'FinanceSDK' ? await sdkSource(wecom) : {};
    const sdkHostPath = await buildSdkHost();
    const measured = await capture({ folder, natsUrl: nats.url, wecom, messages, source, sdkHostPath });
    const { cpuSeconds, rsaSeconds } = measured;
    console.error(
      `${engine}: ${Math.round(rateOf([measured]))} messages/s, RSA ${rsaSeconds.toFixed(2)} s of ${cpuSeconds.toFixed(2)} s CPU`,
    );
    return measured;
  } finally {
    await nats.stop('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
}

/** The engine's part of a configuration that captures from this WeCom, by our stub of the SDK. Rejects when it serves no https. */
export async function sdkSource(wecom: WeComAddress): Promise<Partial<IngestConfig>> {
  if (wecom.tlsUrl === undefined || wecom.caFile === undefined)
    throw new Error('the simulator serves no https');
  return {
    engine: 'FinanceSDK',
    apiUrl: wecom.tlsUrl,
    trust: { caFile: wecom.caFile, pins: [] },
    sdk: {
      libraryPath: await buildStub(),
      callTimeoutSeconds: 30,
      memoryLimitBytes: 512 * 1024 * 1024,
      mediaProcesses: 1,
    },
  };
}
