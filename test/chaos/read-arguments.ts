// The command line of `npm run chaos`.
import { parseArgs } from 'node:util';
import { readWhole } from './read-whole.ts';

export interface ChaosArguments {
  readonly messages: number;
  readonly kills: number;
  readonly seed: number;
  /** Messages the simulator releases a second: the run must outlast the kills. */
  readonly rate: number;
  readonly keep: boolean;
}

export const USAGE = `usage: npm run chaos -- pipeline [options]
       npm run chaos -- month [options]      (npm run chaos -- month --help)
       npm run chaos -- media [options]      (npm run chaos -- media --help)
       npm run chaos -- sdk-faults [options] (npm run chaos -- sdk-faults --help)

Runs the whole pipeline on real engines and kills ingest, scanner, archiver, notifier, nats-server and ClickHouse with -9 at random moments,
then counts. All of lost, doubled, missedFindings, unjudged and doubledNotices must be 0.
  --messages N   messages to send through (default 20000)
  --kills K      kills, spread over the run (default 20)
  --seed S       chooses whom and when (default 1)
  --rate R       messages released a second (default: so that the kills fit, about 2.5 s each)
  --keep         keep data and logs, and say where
  --help

Progress goes to stderr. The last line is one JSON object; exit code 1 when a count is not 0.`;

export type ParsedArguments =
  | { readonly ok: true; readonly value: ChaosArguments }
  | { readonly ok: false; readonly problem: string };

/** What a kill and its recovery take, s: the default rate makes the messages last so long. */
const SECONDS_PER_KILL = 2.5;

export function readArguments(argv: readonly string[]): ParsedArguments {
  const text = { type: 'string' as const };
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { messages: text, kills: text, seed: text, rate: text, keep: { type: 'boolean' } },
    });
    if (positionals.length !== 1 || positionals[0] !== 'pipeline')
      throw new Error(
        `name what to break: pipeline, month, media or sdk-faults (got ${positionals.join(' ') || 'nothing'})`,
      );
    const whole = (name: string, fallback: number): number => readWhole(values, name, { least: 1, fallback });
    const messages = whole('messages', 20_000);
    const kills = whole('kills', 20);
    const rate = whole('rate', Math.max(1, Math.ceil(messages / (kills * SECONDS_PER_KILL))));
    return { ok: true, value: { messages, kills, seed: whole('seed', 1), rate, keep: values.keep === true } };
  } catch (error) {
    return { ok: false, problem: error instanceof Error ? error.message : String(error) };
  }
}
