// A moment as people write it on a command line: a day in the tenant's time zone, or an exact time with its offset.
import { Refusal } from './command.ts';

/** UTC ms. A day means its first moment in `timeZone`. Throws {@link Refusal} that names the flag. */
export function readMoment(flag: string, text: string, timeZone: string): number {
  const day = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  const ms = day === null ? exactMoment(text) : startOfDay(text, timeZone);
  if (ms === undefined)
    throw new Refusal(
      'Usage',
      `--${flag} is ${JSON.stringify(text)}: give a day like 2026-11-01, or a time with its offset like 2026-11-01T08:00:00+08:00`,
    );
  return ms;
}

/** Throws {@link Refusal} when the machine knows no such zone. */
export function checkTimeZone(timeZone: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
  } catch {
    throw new Refusal(
      'Usage',
      `--time-zone is ${JSON.stringify(timeZone)}: give an IANA name like Asia/Shanghai`,
    );
  }
}

function exactMoment(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})$/.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

function startOfDay(day: string, timeZone: string): number | undefined {
  const utc = Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(utc) || new Date(utc).toISOString().slice(0, 10) !== day) return undefined;
  // Twice: the offset at the guess may be that of the other side of a clock change.
  const guess = utc - offsetAt(utc, timeZone);
  return utc - offsetAt(guess, timeZone);
}

/** How far the zone's clock is ahead of UTC at a moment, ms. */
function offsetAt(ms: number, timeZone: string): number {
  return Date.parse(`${showTime(ms, timeZone).replace(' ', 'T')}Z`) - Math.floor(ms / 1000) * 1000;
}

/** `2026-11-01 08:00:00` in the zone. */
export function showTime(ms: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(ms);
  const of = (type: Intl.DateTimeFormatPartTypes): string =>
    parts.find((part) => part.type === type)?.value ?? '';
  return `${of('year')}-${of('month')}-${of('day')} ${of('hour')}:${of('minute')}:${of('second')}`;
}
