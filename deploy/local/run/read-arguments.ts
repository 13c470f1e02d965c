// The command line of the demo.
import { parseArgs } from 'node:util';

export interface DemoArguments {
  /** How many messages the simulator generates. */
  readonly messages: number;
  /** Messages a second; 0 = as fast as they can be pulled. */
  readonly rate: number;
  readonly seed: number;
  /** Run to the end, print one JSON object, and go. */
  readonly exit: boolean;
  /** File of plain messages to judge instead of generated ones. */
  readonly from: string | undefined;
  /** File of a real tenant, captured from WeCom itself. */
  readonly tenant: string | undefined;
  /** Keep the data folder afterwards. */
  readonly keep: boolean;
  /** Data folder; absent = a new one under the system's folder for temporary files. */
  readonly data: string | undefined;
}

export type ParsedArguments =
  | { readonly kind: 'Run'; readonly value: DemoArguments }
  | { readonly kind: 'Help' }
  | { readonly kind: 'Refused'; readonly problem: string };

export const USAGE = `usage: npm run demo -- [options]

Runs Menshen on this machine: a simulator of WeCom, nats-server, ClickHouse and the services, and shows what they do.
While it runs, edit a policy under deploy/policies: the next message is judged by it.

  --messages N   generate N messages (default 2000 with --exit, else 50000)
  --rate R       messages a second; 0 = as fast as they can be pulled (default 0 with --exit, else 40)
  --seed S       seed of the generated conversations (default 1)
  --exit         run to the end and print one JSON object as the last line
  --from FILE    judge a file of your own instead: one JSON object a line with id, from, to, text and time
  --tenant FILE  capture a real corporation: FILE holds its WeComTenant and the Secrets that it names
  --data DIR     keep everything under DIR (default: a temporary folder, removed at the end)
  --keep         do not remove the temporary folder
  --help         this text

Exit codes: 0 all is well; 1 something was lost, doubled, missed, unexpected or left unjudged; 2 it could not run.`;

/** Parses the arguments after the program's name. */
export function readArguments(argv: readonly string[]): ParsedArguments {
  const parsed = parse(argv);
  if (typeof parsed === 'string') return refuse(parsed);
  if (parsed.help === true) return { kind: 'Help' };
  const exit = parsed.exit === true;
  const messages = count('--messages', parsed.messages ?? (exit ? '2000' : '50000'), {
    least: 1,
    most: 10_000_000,
  });
  const rate = count('--rate', parsed.rate ?? (exit ? '0' : '40'), { least: 0, most: 1_000_000 });
  const seed = count('--seed', parsed.seed ?? '1', { least: 0, most: 2 ** 31 - 1 });
  const wrong = [messages, rate, seed].find((value) => typeof value === 'string');
  if (typeof wrong === 'string') return refuse(wrong);
  const { from, data, tenant } = parsed;
  const story = (['messages', 'rate', 'seed', 'from', 'exit'] as const).find(
    (name) => parsed[name] !== undefined,
  );
  if (tenant !== undefined && story !== undefined)
    return refuse(
      `--tenant and --${story} exclude each other: a real corporation decides what there is to capture`,
    );
  if (from !== undefined && parsed.messages !== undefined)
    return refuse('--from and --messages exclude each other: the file decides how many messages there are');
  const pathless = Object.entries({ from, data, tenant }).find(([, path]) => path === '');
  if (pathless !== undefined) return refuse(`--${pathless[0]} needs a path`);
  return {
    kind: 'Run',
    value: {
      messages: Number(messages),
      rate: Number(rate),
      seed: Number(seed),
      exit,
      from,
      tenant,
      keep: parsed.keep === true,
      data,
    },
  };
}

const refuse = (problem: string): ParsedArguments => ({ kind: 'Refused', problem });

function count(flag: string, text: string, range: { least: number; most: number }): number | string {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= range.least && value <= range.most) return value;
  return `${flag} is ${JSON.stringify(text)}; it must be a whole number from ${range.least} to ${range.most}`;
}

function parse(argv: readonly string[]) {
  const text = { type: 'string' as const };
  const flag = { type: 'boolean' as const };
  try {
    return parseArgs({
      args: [...argv],
      options: {
        messages: text,
        rate: text,
        seed: text,
        from: text,
        tenant: text,
        data: text,
        exit: flag,
        keep: flag,
        help: flag,
      },
    }).values;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
