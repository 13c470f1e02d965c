// Whether a message was written within working hours: by its own time, a fixed offset from UTC and a calendar in the policy, so that the
// verdict depends on no clock and no time zone database. Days moved by decree (调休) are listed by date.
import type { Detector, Hit, Plan, Sight } from '../detector.ts';

export const WEEKDAYS = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
] as const;

export interface WorkingHoursOptions {
  /** Default Outside. */
  readonly is?: 'Inside' | 'Outside';
  /** Default +08:00. */
  readonly utcOffset?: string;
  /** Beginning and end, `HH:MM`; an end before the beginning is on the next day. Default 09:00 and 18:00. */
  readonly from?: string;
  readonly to?: string;
  /** Default Monday to Friday. */
  readonly days?: readonly (typeof WEEKDAYS)[number][];
  /** `2026-10-01`: days off whatever their weekday, and days worked whatever theirs. */
  readonly holidays?: readonly string[];
  readonly workdays?: readonly string[];
}

export const workingHours: Detector<WorkingHoursOptions> = { name: 'workingHours', compile };

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;

function compile(options: WorkingHoursOptions, plan: Plan) {
  const { utcOffset = '+08:00' } = options;
  const offset = readMinutes(utcOffset.slice(1)) * (utcOffset.startsWith('-') ? -1 : 1);
  const from = readMinutes(options.from ?? '09:00');
  const to = readMinutes(options.to ?? '18:00');
  if (from === to)
    plan.reject({
      field: 'to',
      value: options.to,
      message: 'the working day has no end',
      remedy: 'make to differ from from',
    });
  const isWorkday = compileCalendar(options);
  const wanted = (options.is ?? 'Outside') === 'Inside';
  const find = ({ facts }: Sight): Hit[] => {
    // 0: neither the message nor its id says when it was written.
    if (facts.eventTimeMs === 0) return [];
    const minutes = Math.floor(facts.eventTimeMs / MINUTE_MS) + offset;
    const day = Math.floor(minutes / DAY_MINUTES);
    const time = minutes - day * DAY_MINUTES;
    const isInside =
      from < to
        ? time >= from && time < to && isWorkday(day)
        : (time >= from && isWorkday(day)) || (time < to && isWorkday(day - 1));
    if (isInside !== wanted) return [];
    const value = `${showDay(day)} ${showTime(time)} ${utcOffset}`;
    return [{ kind: 'fact', path: 'msgtime', value, label: `workingHours.${wanted ? 'Inside' : 'Outside'}` }];
  };
  return { triggers: [{ kind: 'always' as const }], find };
}

/** Days are counted from 1970-01-01, a Thursday. */
function compileCalendar(options: WorkingHoursOptions): (day: number) => boolean {
  const days = new Set((options.days ?? WEEKDAYS.slice(1, 6)).map((name) => WEEKDAYS.indexOf(name)));
  const toDay = (date: string): number => Date.parse(`${date}T00:00:00Z`) / (DAY_MINUTES * MINUTE_MS);
  const holidays = new Set((options.holidays ?? []).map(toDay));
  const workdays = new Set((options.workdays ?? []).map(toDay));
  return (day) => workdays.has(day) || (!holidays.has(day) && days.has((((day + 4) % 7) + 7) % 7));
}

/** `HH:MM` → minutes. */
const readMinutes = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));

const showDay = (day: number): string => new Date(day * DAY_MINUTES * MINUTE_MS).toISOString().slice(0, 10);
const showTime = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
