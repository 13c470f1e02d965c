// `npm run chaos -- month`: lives through the month hour by hour, as fast as capture keeps up, and counts at its end.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GapCause } from '@menshen/contracts/coverage-gap';
import { buildStub } from '@menshen/sdk-stub/build-stub';
import { sumOf } from '../sdk-faults/read-metrics.ts';
import { countMonth, type MonthCount } from './count-month.ts';
import type { Span } from './judge-missing.ts';
import { type MonthTruth, openMonthTruth } from './month-truth.ts';
import {
  HOUR_MS,
  HOURS_PER_DAY,
  isReachable,
  type MonthPlan,
  planMonth,
  type Trouble,
} from './plan-month.ts';
import type { MonthArguments } from './read-month-arguments.ts';
import { type IngestOfMonth, startIngestOfMonth } from './start-ingest-of-month.ts';
import { BEGIN_MS, CORP_ID, type MonthCompany, startMonthCompany, WINDOW_MS } from './start-month-company.ts';
import { type MonthWorld, startMonthWorld } from './start-month-world.ts';
import { type SteppedClock, steppedClock } from './stepped-clock.ts';

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
  readonly seconds: number;
  /** Of the whole run, beginning and counting included. */
  readonly messagesPerSecond: number;
}

type Say = (line: string) => void;

/** Looks again so often, ms. */
const POLL_MS = 10;
/** Longest wait for anything while nothing moves, ms. */
const STALL_LIMIT_MS = 120_000;

interface Run {
  readonly args: MonthArguments;
  readonly plan: MonthPlan;
  readonly clock: SteppedClock;
  readonly truth: MonthTruth;
  readonly company: MonthCompany;
  readonly world: MonthWorld;
  readonly ingest: IngestOfMonth;
  readonly rss: number[];
  readonly say: Say;
}

export async function runMonth(args: MonthArguments, dataDir: string, say: Say): Promise<MonthResult> {
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
  const ingest = await startIngest({ company, world, logs: await folder('logs') });
  const run = { args, plan, clock, truth, company, world, ingest, rss: [], say };
  try {
    for (let hour = 1; hour <= plan.hours; hour++) await liveThrough(run, hour);
    return await conclude(run, began);
  } finally {
    await ingest.stop();
    await world.close();
    await company.close();
  }
}

async function startIngest(of: {
  readonly company: MonthCompany;
  readonly world: MonthWorld;
  readonly logs: string;
}): Promise<IngestOfMonth> {
  const { apiUrl, secrets } = of.company;
  const { natsUrl, clickhouseUrl, objectsDir, maxStreamBytes } = of.world;
  return await startIngestOfMonth({
    configFile: join(of.logs, 'ingest.json'),
    logFile: join(of.logs, 'ingest.log'),
    file: {
      corpId: CORP_ID,
      natsUrl,
      clickhouseUrl,
      objectsDir,
      maxStreamBytes,
      beginMs: BEGIN_MS,
      ingest: {
        engine: 'FinanceSDK',
        apiUrl,
        trust: { caFile: secrets.ca, pins: [] },
        sdk: {
          libraryPath: await buildStub({ obeys: true }),
          callTimeoutSeconds: 5,
          memoryLimitBytes: 256 * 1024 ** 2,
          mediaProcesses: 2,
        },
        archiveSecretFile: secrets.archive,
        directorySecretFile: secrets.directory,
        // Later versions are found beside it.
        privateKeys: [{ version: 1, file: join(secrets.keyFolder, '1.pem') }],
        decryptWorkers: 2,
        pageLimit: 990,
        pullsPerMinute: 600,
        pollIntervalMs: 250,
        directoryRefreshMs: 3_600_000,
        media: { enabled: true, concurrency: 4, maxBytes: 64 * 1024 ** 2 },
      },
    },
  });
}

/** One hour: people talk, trouble ends, capture catches up, trouble begins. */
async function liveThrough(run: Run, hour: number): Promise<void> {
  const { plan, clock, company, ingest } = run;
  clock.jumpTo(BEGIN_MS + hour * HOUR_MS);
  ingest.tellTime(clock.nowMs());
  await rotateKeys(run, hour);
  company.talk(hour);
  if (hour === plan.outage.to) set(run, { circumstance: 'outage', on: false });
  if (hour === plan.lapse.to) set(run, { circumstance: 'licence', expired: false });
  for (const crash of plan.crashes.get(hour) ?? []) company.crash(crash);
  ingest.wake();
  await catchUp(run, hour);
  await noticeTrouble(run, hour);
  if (hour % HOURS_PER_DAY === 0) await endDay(run, hour);
  if (hour === plan.outage.from) set(run, { circumstance: 'outage', on: true });
  if (hour === plan.lapse.from) set(run, { circumstance: 'licence', expired: true });
}

function set({ company, say }: Run, change: Readonly<Record<string, unknown>>): void {
  say(JSON.stringify(change));
  company.simulator.changeCircumstances(change);
}

async function rotateKeys({ plan, company, say }: Run, hour: number): Promise<void> {
  for (const { sealsFrom, keyComes } of plan.rotations) {
    if (hour === sealsFrom) say(`key ${company.simulator.rotateKey().version} seals`);
    if (hour === keyComes) await company.giveKeys();
  }
}

/** Until capture has passed everything that WeCom gives out; while it gives nothing, until the record was told that capture is alive. */
async function catchUp(run: Run, hour: number): Promise<void> {
  const { plan, clock, truth, world } = run;
  const captured = async (): Promise<number> => (await world.captured()).cursor;
  // What was said while the licence had lapsed never comes.
  if (isReachable(plan, hour) && !isWithin(plan.lapse, hour))
    return await until(run, `everything of hour ${hour} is captured`, {
      holds: async () => (await captured()) >= truth.size(),
      progress: captured,
    });
  await until(run, `a page is committed in hour ${hour}`, {
    holds: async () => clock.nowMs() - (await world.captured()).pageAtMs < 2 * HOUR_MS,
  });
}

const isWithin = ({ from, to }: Trouble, hour: number): boolean => hour > from && hour <= to;

/** The record must know of trouble while it lasts: nobody need live to see its end. */
async function noticeTrouble(run: Run, hour: number): Promise<void> {
  const { plan, world } = run;
  const troubles: readonly (readonly [GapCause, Trouble])[] = [
    ['NotPullable', plan.outage],
    ['LicenceExpired', plan.lapse],
  ];
  for (const [cause, { from }] of troubles)
    if (hour === from + NOTICED_HOURS)
      await until(run, `the record knows of ${cause}`, { holds: () => world.isOpen(cause) });
}

/** An hour is no silence yet. */
const NOTICED_HOURS = 2;

async function endDay(run: Run, hour: number): Promise<void> {
  const { plan, truth, company, world, ingest, rss, say } = run;
  if (isReachable(plan, hour)) {
    await until(run, 'every file is fetched or given up', { holds: () => world.hasAllMedia() });
    await until(run, 'everything is archived', { holds: () => world.isArchived() });
    await world.purge();
  }
  await truth.endDay();
  company.forget();
  rss.push(ingest.rssBytes());
  say(`day ${hour / HOURS_PER_DAY}: ${truth.size()} messages, ingest has ${megabytes(rss.at(-1))} MB`);
}

/** Waits as long as something moves; throws for people when it stands still. On a busy machine an engine may not answer in time: it is asked again. */
async function until(
  { ingest }: Run,
  what: string,
  of: { readonly holds: () => Promise<boolean>; readonly progress?: () => Promise<number> },
): Promise<void> {
  let movedAt = performance.now();
  let before = -1;
  let unanswered: unknown;
  const ask = async <T>(question: (() => Promise<T>) | undefined, otherwise: T): Promise<T> => {
    try {
      return (await question?.()) ?? otherwise;
    } catch (error) {
      unanswered = error;
      return otherwise;
    }
  };
  while (!(await ask(of.holds, false))) {
    if (!ingest.isAlive()) throw new Error('ingest has died; see logs/ingest.log');
    await sleep(POLL_MS);
    const now = await ask(of.progress, before);
    if (now !== before) movedAt = performance.now();
    before = now;
    if (performance.now() - movedAt > STALL_LIMIT_MS)
      throw new Error(`never happened in ${STALL_LIMIT_MS / 1000} s: ${what}`, { cause: unanswered });
  }
}

async function conclude(run: Run, began: number): Promise<MonthResult> {
  const { args, truth, company, world, ingest, rss, say } = run;
  await until(run, 'messages whose key came late are archived', { holds: () => world.hasAllReplays() });
  await until(run, 'every file is fetched or given up', { holds: () => world.hasAllMedia() });
  await until(run, 'everything is archived', { holds: () => world.isArchived() });
  const metrics = await ingest.metrics();
  const ingestAlive = ingest.isAlive();
  const protocolErrors = company.simulator.protocolErrors().filter(({ problem }) => !TOLD_ONCE.test(problem));
  for (const { path, problem } of protocolErrors.slice(0, 5)) say(`protocol error: ${path}: ${problem}`);
  say(`the simulator holds ${company.simulator.log.size()} messages; counting`);
  const counted = await countMonth({
    clickhouse: world.clickhouse,
    objects: world.objects,
    truth,
    reasons: { ...(await trueReasons(company)), windowMs: WINDOW_MS },
    say,
  });
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
  const { lost, doubled, forged, misnamed, wrongMedia, protocolErrors } = result;
  return result.ingestAlive && lost + doubled + forged + misnamed + wrongMedia + protocolErrors === 0;
}

const megabytes = (bytes = 0): number => Math.round(bytes / 1024 / 1024);
