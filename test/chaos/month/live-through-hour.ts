// One hour of the month: people talk, trouble comes and goes, and capture keeps up.
import type { GapCause } from '@menshen/contracts/coverage-gap';
import type { MonthTruth } from './month-truth.ts';
import { HOUR_MS, HOURS_PER_DAY, isReachable, type MonthPlan, type Trouble } from './plan-month.ts';
import type { IngestOfMonth } from './start-ingest-of-month.ts';
import { BEGIN_MS, type MonthCompany } from './start-month-company.ts';
import type { MonthWorld } from './start-month-world.ts';
import type { SteppedClock } from './stepped-clock.ts';
import { until, untilNone } from './wait-until.ts';

export interface MonthRun {
  readonly plan: MonthPlan;
  readonly clock: SteppedClock;
  readonly truth: MonthTruth;
  readonly company: MonthCompany;
  readonly world: MonthWorld;
  readonly ingest: IngestOfMonth;
  /** Resident set of ingest at the end of each day so far, bytes. */
  readonly rss: number[];
  /** What its main thread held then, bytes. */
  readonly held: number[];
  readonly say: (line: string) => void;
}

/** Hours are lived through in order, from 1. Rejects when nothing moves any more. */
export async function liveThrough(run: MonthRun, hour: number): Promise<void> {
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

function set({ company, say }: MonthRun, change: Readonly<Record<string, unknown>>): void {
  say(JSON.stringify(change));
  company.simulator.changeCircumstances(change);
}

async function rotateKeys({ plan, company, say }: MonthRun, hour: number): Promise<void> {
  for (const { sealsFrom, keyComes } of plan.rotations) {
    if (hour === sealsFrom) say(`key ${company.simulator.rotateKey().version} seals`);
    if (hour === keyComes) await company.giveKeys();
  }
}

/** Until capture has passed everything that WeCom gives out; while it gives nothing, until the record was told that capture is alive. */
async function catchUp(run: MonthRun, hour: number): Promise<void> {
  const { plan, clock, truth, world } = run;
  // What was said while the licence had lapsed never comes.
  if (isReachable(plan, hour) && !isWithin(plan.lapse, hour))
    return await until(run, `everything of hour ${hour} is captured`, async () => {
      const { cursor } = await world.captured();
      return cursor >= truth.size() || cursor;
    });
  await until(run, `a page is committed in hour ${hour}`, async () => {
    const { pageAtMs } = await world.captured();
    return clock.nowMs() - pageAtMs < 2 * HOUR_MS || pageAtMs;
  });
}

const isWithin = ({ from, to }: Trouble, hour: number): boolean => hour > from && hour <= to;

/** The record must know of trouble while it lasts: nobody need live to see its end. */
async function noticeTrouble(run: MonthRun, hour: number): Promise<void> {
  const { plan, world } = run;
  const troubles: readonly (readonly [GapCause, Trouble])[] = [
    ['NotPullable', plan.outage],
    ['LicenceExpired', plan.lapse],
  ];
  for (const [cause, { from }] of troubles)
    if (hour === from + NOTICED_HOURS)
      await until(run, `the record knows of ${cause}`, async () => (await world.isOpen(cause)) || 0);
}

/** An hour is no silence yet. */
const NOTICED_HOURS = 2;

async function endDay(run: MonthRun, hour: number): Promise<void> {
  const { plan, truth, company, world, ingest, rss, held, say } = run;
  if (isReachable(plan, hour)) {
    await untilNone(run, 'files', () => world.waitingFor('media'));
    await untilNone(run, 'what is to be archived', () => world.waitingFor('archiver'));
    await world.purge();
  }
  await truth.endDay();
  company.forget();
  rss.push(ingest.rssBytes());
  held.push(await ingest.heldBytes());
  say(`day ${hour / HOURS_PER_DAY}: ${truth.size()} messages, ingest has ${megabytes(rss.at(-1))} MB`);
}

const megabytes = (bytes = 0): number => Math.round(bytes / 1024 / 1024);
