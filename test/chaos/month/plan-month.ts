// What happens in a simulated month, and in which of its hours. A function of the arguments.
import type { Behaviour } from '@menshen/sdk-stub/behaviours';
import { seededRandom } from '@menshen/wecom-simulator/seeded-random';
import type { MonthArguments } from './read-month-arguments.ts';

export const HOURS_PER_DAY = 24;
export const HOUR_MS = 3_600_000;
export const DAY_MS = HOURS_PER_DAY * HOUR_MS;

/** Hours are numbered from 1; hour h ends h hours after the beginning. */
export interface MonthPlan {
  readonly hours: number;
  readonly outage: Trouble;
  readonly lapse: Trouble;
  readonly rotations: readonly Rotation[];
  /** By hour. */
  readonly crashes: ReadonlyMap<number, readonly Crash[]>;
}

/** Begins when hour `from` is over and ends when hour `to` is over: nothing can be pulled in between. */
export interface Trouble {
  readonly from: number;
  readonly to: number;
}

export interface Rotation {
  /** New messages are sealed with the new key from this hour on. */
  readonly sealsFrom: number;
  /** Ingest is given the new key in this hour. */
  readonly keyComes: number;
}

export interface Crash {
  readonly behaviour: Behaviour;
  readonly api: 'getchatdata' | 'getchatmediadata';
}

const LAPSE_HOURS = 12;
/** The second key comes so late: its messages wait as dead letters. */
const KEY_LATE_HOURS = 6;
/** Those that end the process in the very call. */
const WAYS_TO_CRASH: readonly Behaviour[] = [
  'segv',
  'abort',
  'core',
  'exit',
  'exit-quietly',
  'stack-smash',
  'heap-smash',
];
/** Of all crashes; the others strike a pull. */
const MEDIA_SHARE = 0.25;
/** Hours at the end in which nothing new goes wrong. */
const CALM_HOURS = 12;

/** Throws an `Error` for people when the days are too few for all that. */
export function planMonth({ days, outageDays, crashes, seed }: MonthArguments): MonthPlan {
  const hours = days * HOURS_PER_DAY;
  const at = (share: number): number => Math.floor(hours * share);
  const lapse = { from: at(0.12), to: at(0.12) + LAPSE_HOURS };
  const outage = { from: at(0.25) + 7, to: at(0.25) + 7 + outageDays * HOURS_PER_DAY };
  const late = Math.max(at(0.8), outage.to + 5);
  const rotations = [
    { sealsFrom: at(0.06), keyComes: at(0.06) },
    { sealsFrom: late, keyComes: late + KEY_LATE_HOURS },
  ];
  if (lapse.to >= outage.from || late + KEY_LATE_HOURS > hours - CALM_HOURS)
    throw new Error(`an outage of ${outageDays} days and all the rest do not fit into ${days} days`);
  const plan = { hours, outage, lapse, rotations, crashes: new Map() };
  return { ...plan, crashes: spread(plan, crashes, seed) };
}

/** True when WeCom answers pulls by the end of this hour. */
export function isReachable({ outage, lapse }: MonthPlan, hour: number): boolean {
  return ![outage, lapse].some(({ from, to }) => hour > from && hour < to);
}

function spread(plan: MonthPlan, crashes: number, seed: number): Map<number, Crash[]> {
  const random = seededRandom(seed, 0xc2a54);
  const able = Array.from({ length: plan.hours - CALM_HOURS }, (_, i) => i + 1).filter((hour) =>
    isReachable(plan, hour),
  );
  const byHour = new Map<number, Crash[]>();
  for (let i = 0; i < crashes; i++) {
    const hour = random.pick(able);
    const api = random.chance(MEDIA_SHARE) ? 'getchatmediadata' : 'getchatdata';
    byHour.set(hour, [...(byHour.get(hour) ?? []), { behaviour: random.pick(WAYS_TO_CRASH), api }]);
  }
  return byHour;
}
