// `npm run chaos -- month`: lives through the month hour by hour, as fast as capture keeps up, and counts at its end.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sumOf } from '../sdk-faults/read-metrics.ts';
import { countMonth, isCleanCount, type MonthCount } from './count-month.ts';
import { liveThrough, type MonthRun } from './live-through-hour.ts';
import { openMonthTruth } from './month-truth.ts';
import { planMonth } from './plan-month.ts';
import type { MonthArguments } from './read-month-arguments.ts';
import { startIngestOfMonth } from './start-ingest-of-month.ts';
import { BEGIN_MS, type MonthCompany, startMonthCompany, WINDOW_MS } from './start-month-company.ts';
import { startMonthWorld } from './start-month-world.ts';
import { steppedClock } from './stepped-clock.ts';
import type { Span } from './true-reasons.ts';
import { untilNone } from './wait-until.ts';

export interface MonthResult extends MonthCount {
  readonly days: number;
  /** Processes of the Finance SDK that died and were replaced. */
  readonly sdkCrashes: number;
  /** The ingest that was started is the one that ended: what it held in memory it held all month. */
  readonly ingestAlive: boolean;
  /** What the simulator found wrong with the calls of ingest. */
  readonly protocolErrors: number;
  /** Resident set of ingest at the end of days, bytes. */
  readonly rssFirstDayBytes: number;
  readonly rssLastDayBytes: number;
  readonly rssMaxBytes: number;
  /** The same of every day, MiB. */
  readonly rssByDay: readonly number[];
  /** What the main thread of ingest held behind a full collection at the end of each day, MiB. */
  readonly heldByDay: readonly number[];
  readonly seconds: number;
  /** Of the whole run, beginning and counting included. */
  readonly messagesPerSecond: number;
}

export async function runMonth(
  args: MonthArguments,
  dataDir: string,
  say: (line: string) => void,
): Promise<MonthResult> {
  const began = performance.now();
  const plan = planMonth(args);
  const clock = steppedClock(BEGIN_MS, () => performance.now());
  const folder = async (name: string): Promise<string> => {
    await mkdir(join(dataDir, name), { recursive: true, mode: 0o700 });
    return join(dataDir, name);
  };
  const truth = openMonthTruth(await folder('truth'));
  const company = await startMonthCompany({ args, folder: await folder('secrets'), clock, truth });
  const world = await startMonthWorld(dataDir);
  const ingest = await startIngestOfMonth({ company, world, logs: await folder('logs') });
  const run = { args, plan, clock, truth, company, world, ingest, rss: [], held: [], say };
  try {
    for (let hour = 1; hour <= plan.hours; hour++) await liveThrough(run, hour);
    return await conclude(run, began);
  } finally {
    await ingest.stop();
    await world.close();
    await company.close();
  }
}

async function conclude(
  run: MonthRun & { readonly args: MonthArguments },
  began: number,
): Promise<MonthResult> {
  const { args, truth, company, world, ingest, rss, held, say } = run;
  await untilNone(run, 'messages whose key came late', () =>
    world.waitingForKey((seq) => truth.damaged.has(seq)),
  );
  await untilNone(run, 'files', () => world.waitingFor('media'));
  await untilNone(run, 'what is to be archived', () => world.waitingFor('archiver'));
  const metrics = await ingest.metrics();
  const ingestAlive = ingest.isAlive();
  const protocolErrors = company.simulator.protocolErrors().filter(({ problem }) => !TOLD_ONCE.test(problem));
  for (const { path, problem } of protocolErrors.slice(0, 5)) say(`protocol error: ${path}: ${problem}`);
  say(`the simulator holds ${company.simulator.log.size()} messages; counting`);
  const reasons = { ...(await trueReasons(company)), windowMs: WINDOW_MS };
  await truth.endMonth(reasons);
  const { clickhouse, objects } = world;
  const counted = await countMonth({ clickhouse, objects, truth, reasons, say });
  const seconds = (performance.now() - began) / 1000;
  return {
    days: args.days,
    ...counted,
    sdkCrashes: sumOf(metrics, 'menshen_ingest_sdk_host_ends_total', /reason="Died"/),
    ingestAlive,
    protocolErrors: protocolErrors.length,
    rssFirstDayBytes: rss[0] ?? 0,
    rssLastDayBytes: rss.at(-1) ?? 0,
    rssMaxBytes: Math.max(...rss),
    rssByDay: rss.map(mebibytes),
    heldByDay: held.map(mebibytes),
    seconds: Math.round(seconds),
    messagesPerSecond: Math.round(counted.messages / seconds),
  };
}

/** Each process of the SDK has a handle of its own and hears for itself that the token they share has ended. */
const TOLD_ONCE = /^errcode 4[02]0[01][14] again/;

/** What the simulator itself wrote down of the time in which it gave nothing out. */
async function trueReasons({ simulator }: MonthCompany): Promise<{ lapses: Span[]; outages: Span[] }> {
  const answer = await fetch(`${simulator.url}/_simulator/coverage`);
  const { circumstances } = (await answer.json()) as {
    circumstances: { circumstance: string; fromMs: number; toMs?: number }[];
  };
  const spans = (name: string): Span[] =>
    circumstances
      .filter(({ circumstance }) => circumstance === name)
      .map(({ fromMs, toMs = Number.POSITIVE_INFINITY }) => ({ fromMs, toMs }));
  return { lapses: spans('licence'), outages: spans('outage') };
}

/** True when nothing that must be 0 is anything else, and ingest lives. */
export function isCleanMonth(result: MonthResult): boolean {
  return result.ingestAlive && result.protocolErrors === 0 && isCleanCount(result);
}

const mebibytes = (bytes: number): number => Math.round(bytes / 1024 / 1024);
