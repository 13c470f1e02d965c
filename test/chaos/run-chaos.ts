// Kills parts of a running pipeline with -9 at random moments until the kills are used up, waits until everything is settled, and counts.
import { setTimeout as sleep } from 'node:timers/promises';
import { reportRun } from '@menshen/local/run/report-run';
import { readTruth } from '@menshen/local/run/simulator-truth';
import { ROLE_NAMES, type Stack } from '@menshen/pipeline-tests/stack';
import { askProgress, countDoubledNotices, type Settled } from '@menshen/pipeline-tests/truth-of-run';
import { seededRandom } from '@menshen/wecom-simulator/seeded-random';
import type { ChaosArguments } from './read-arguments.ts';

export interface ChaosResult {
  readonly messages: number;
  readonly kills: number;
  readonly lost: number;
  readonly doubled: number;
  readonly missedFindings: number;
  readonly unexpectedFindings: number;
  readonly unjudged: number;
  readonly doubledNotices: number;
  /** From a kill until the killed part works again. */
  readonly recoveredMs: { readonly p50: number; readonly max: number };
}

type Say = (line: string) => void;

const ENGINES = ['nats', 'clickhouse'] as const;
const TARGETS = [...ROLE_NAMES, ...ENGINES];
type Target = (typeof TARGETS)[number];

/** Longest wait for a killed part, and for the end after the last kill. */
const RECOVERY_LIMIT_MS = 60_000;
const SETTLE_LIMIT_MS = 300_000;
const POLL_MS = 50;

export async function runChaos(stack: Stack, args: ChaosArguments, say: Say): Promise<ChaosResult> {
  const random = seededRandom(args.seed, 0xc4a05);
  const recoveries: number[] = [];
  await untilCapturing(stack);
  const spanMs = (args.messages / args.rate) * 1000;
  for (let kill = 0; kill < args.kills; kill++) {
    // A share of the span for each kill, minus what its recovery took: chance within, but all of them in time.
    await sleep(random.next() * (spanMs / args.kills));
    const target = random.pick(TARGETS);
    const tookMs = await killAndAwait(stack, target);
    recoveries.push(tookMs);
    say(`kill ${kill + 1}/${args.kills}: ${target}, works again after ${Math.round(tookMs)} ms`);
  }
  await settle(stack, args.messages, say);
  return await count(stack, args, recoveries);
}

/** Kills and waits until the part works again. Engines are started again at once, roles by their supervisor. */
async function killAndAwait(stack: Stack, target: Target): Promise<number> {
  const begin = performance.now();
  if (target === 'nats' || target === 'clickhouse') {
    await stack[target].stop('SIGKILL');
    await stack[target].start();
    return performance.now() - begin;
  }
  const role = stack.roles.get(target);
  if (role === undefined) throw new Error(`no process plays ${target}`);
  const before = role.pid();
  role.kill('SIGKILL');
  await until(
    async () => role.pid() !== undefined && role.pid() !== before && (await isReady(stack.urlOf(target))),
    RECOVERY_LIMIT_MS,
    `${target} after its kill`,
  );
  return performance.now() - begin;
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/started`, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false;
  }
}

async function until(condition: () => Promise<boolean>, limitMs: number, what: string): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`${what}: nothing within ${limitMs / 1000} s`);
    await sleep(POLL_MS);
  }
}

async function untilCapturing(stack: Stack): Promise<void> {
  await until(
    async () => ((await askSafely(stack))?.archived ?? 0) > 0,
    RECOVERY_LIMIT_MS,
    'the first archived message',
  );
}

async function askSafely(stack: Stack): Promise<Settled | undefined> {
  try {
    return await askProgress(stack.store);
  } catch {
    return undefined;
  }
}

/** Until every message is archived and judged and every notice delivered, twice in a row. */
async function settle(stack: Stack, messages: number, say: Say): Promise<void> {
  let calm = 0;
  let said = 0;
  await until(
    async () => {
      const now = await askSafely(stack);
      const done = now !== undefined && now.archived >= messages && now.unjudged === 0 && now.owed === 0;
      calm = done ? calm + 1 : 0;
      if (now !== undefined && performance.now() - said > 5000) {
        said = performance.now();
        say(`${now.archived} of ${messages} archived, ${now.judged} judged, ${now.owed} notices owed`);
      }
      await sleep(500);
      return calm >= 4;
    },
    SETTLE_LIMIT_MS,
    'everything archived, judged and told',
  ).catch((error: unknown) => say(`not settled: ${error instanceof Error ? error.message : String(error)}`));
}

async function count(
  stack: Stack,
  args: ChaosArguments,
  recoveries: readonly number[],
): Promise<ChaosResult> {
  const truth = await readTruth(stack.simulator);
  const { report, faults } = await reportRun(stack.store, truth, { plants: true });
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  const protocol = (await stack.simulator.get('protocol-errors')) as { path: string; problem: string }[];
  for (const { path, problem } of protocol.slice(0, 5))
    process.stderr.write(`protocol error: ${path}: ${problem}\n`);
  const settled = await askProgress(stack.store);
  const sorted = [...recoveries].sort((a, b) => a - b);
  return {
    messages: args.messages,
    kills: recoveries.length,
    lost: report.lost,
    doubled: report.doubled,
    missedFindings: report.missedFindings ?? 0,
    unexpectedFindings: report.unexpectedFindings ?? 0,
    unjudged: settled.unjudged,
    doubledNotices: countDoubledNotices(stack.webhook.notices()),
    recoveredMs: { p50: Math.round(sorted[sorted.length >> 1] ?? 0), max: Math.round(sorted.at(-1) ?? 0) },
  };
}

/** True when nothing that must be 0 is anything else. */
export function isClean(result: ChaosResult): boolean {
  const { lost, doubled, missedFindings, unexpectedFindings, unjudged, doubledNotices } = result;
  return lost + doubled + missedFindings + unexpectedFindings + unjudged + doubledNotices === 0;
}
