// The command line of `npm run chaos -- month`.
import { parseArgs } from 'node:util';
import { readWhole } from '../read-whole.ts';
import { planMonth } from './plan-month.ts';

export interface MonthArguments {
  readonly days: number;
  /** Messages a day. */
  readonly perDay: number;
  readonly outageDays: number;
  readonly crashes: number;
  readonly seed: number;
}

export const MONTH_USAGE = `usage: npm run chaos -- month [options]

Lives through a month of a company in accelerated time: WeCom goes away for days, the licence lapses, keys are rotated (one comes too late), the
Finance SDK crashes, one file in twenty makes trouble. Ingest with the engine FinanceSDK, nats-server, archiver and ClickHouse are real. At the end
every message is looked for by its number: it is archived with its bytes, or a gap record names it with cause and time. lost, doubled, misnamed
and wrongMedia must be 0.
  --days N           days to live through, at least 7 (default 30)
  --per-day M        messages a day, at least 100 (default 10000; the company in question writes 300000)
  --outage-days D    days during which WeCom cannot be reached (default 4). With more than WeCom keeps, 5, messages are lost for ever and must be
                     named, each of them and nothing else
  --crashes C        crashes of the Finance SDK (default 200)
  --seed S           chooses words, files, trouble and moments (default 1)
  --keep             keep data and logs, and say where
  --count FOLDER     live through nothing: count again what a run with --keep has left there
  --help

Progress goes to stderr. The last line is one JSON object; exit code 1 when a count is not 0.`;

export type ParsedMonthArguments =
  | {
      readonly ok: true;
      readonly value: MonthArguments & { readonly keep: boolean; readonly count?: string };
    }
  | { readonly ok: false; readonly problem: string };

/** `argv` without the leading `month`. */
export function readMonthArguments(argv: readonly string[]): ParsedMonthArguments {
  const text = { type: 'string' as const };
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        days: text,
        'per-day': text,
        'outage-days': text,
        crashes: text,
        seed: text,
        keep: { type: 'boolean' },
        count: text,
      },
    });
    const value = {
      days: readWhole(values, 'days', { least: 7, fallback: 30 }),
      perDay: readWhole(values, 'per-day', { least: 100, fallback: 10_000 }),
      outageDays: readWhole(values, 'outage-days', { least: 1, fallback: 4 }),
      crashes: readWhole(values, 'crashes', { least: 0, fallback: 200 }),
      seed: readWhole(values, 'seed', { least: 0, fallback: 1 }),
      keep: values.keep === true,
      ...(values.count !== undefined && { count: values.count }),
    };
    planMonth(value);
    return { ok: true, value };
  } catch (error) {
    return { ok: false, problem: error instanceof Error ? error.message : String(error) };
  }
}
