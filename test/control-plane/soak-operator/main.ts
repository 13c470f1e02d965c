// `npm run soak`: the whole operator under edits and kills for as long as one likes.
import { parseArgs } from 'node:util';
import { findBinaries } from '../find-binaries.ts';
import { COMPILED } from './run-operators.ts';
import { runSoak } from './run-soak.ts';
import { brokenFigures, brokenStates } from './soak-result.ts';

const USAGE = `usage: npm run soak -- [options]

Runs two operators at a real API server and a real NATS, edits tenants and policies at random, kills the API server every minute, and cuts
watches, loses history, kills the leading operator and NATS in between; then everything must be as it was meant.
  --tenants N    tenants (default 200)
  --policies N   policies (default 500)
  --minutes M    of editing (default 30)
  --edits N      edits a second (default 3)
  --seed S       chooses what is edited (default 1)
  --help

Pods are played: no machine has room for those of 200 tenants. Progress goes to stderr. The last line is one JSON object; exit code 1 when
something that must hold does not.`;

const QUIET_MS = 60_000;
const PATIENCE_MS = 5 * 60_000;
const FRESH_TENANTS = 5;

const say = (line: string): void => {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
};

type Wanted = Readonly<Record<'tenants' | 'policies' | 'minutes' | 'edits' | 'seed', number>>;

/** What is wrong with the arguments, as text. */
function readArguments(argv: readonly string[]): Wanted | string {
  const option = (fallback: number) => ({ type: 'string' as const, default: String(fallback) });
  const options = {
    tenants: option(200),
    policies: option(500),
    minutes: option(30),
    edits: option(3),
    seed: option(1),
  };
  try {
    const { values } = parseArgs({ args: [...argv], options });
    const numbers = Object.entries(values).map(([name, text]) => [name, Number(text)] as const);
    const bad = numbers.find(([, number]) => !(number > 0));
    if (bad !== undefined) return `--${bad[0]} is not a number above 0`;
    return Object.fromEntries(numbers) as Wanted;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function main(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help') || argv.includes('-h')) {
    console.log(USAGE);
    return 0;
  }
  const wanted = readArguments(argv);
  if (typeof wanted === 'string') {
    console.error(`${wanted}\n\n${USAGE}`);
    return 2;
  }
  const binaries = await findBinaries(process.env, say);
  if ('missing' in binaries) {
    console.error(binaries.missing);
    return 2;
  }
  const result = await runSoak({
    binaries,
    operator: COMPILED,
    ...wanted,
    durationMs: wanted.minutes * 60_000,
    editsPerSecond: wanted.edits,
    quietMs: QUIET_MS,
    freshTenants: FRESH_TENANTS,
    patienceMs: PATIENCE_MS,
    say,
  });
  const broken = [...brokenStates(result), ...brokenFigures(result)];
  for (const one of broken) say(`does not hold: ${one}`);
  console.log(JSON.stringify(result));
  return broken.length === 0 ? 0 : 1;
}

// Engines and operators die with this process only when it ends in its own way.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
process.exitCode = await main(process.argv.slice(2));
process.exit();
