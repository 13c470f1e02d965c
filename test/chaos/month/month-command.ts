// `npm run chaos -- month`: a month of a company in accelerated time.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countKeptMonth } from './count-kept-month.ts';
import { isCleanCount } from './count-month.ts';
import { MONTH_USAGE, readMonthArguments } from './read-month-arguments.ts';
import { isCleanMonth, runMonth } from './run-month.ts';

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

export async function command(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help') || argv.includes('-h')) {
    console.log(MONTH_USAGE);
    return 0;
  }
  const parsed = readMonthArguments(argv.slice(1));
  if (!parsed.ok) {
    console.error(`${parsed.problem}\n\n${MONTH_USAGE}`);
    return 2;
  }
  const { keep, count, ...args } = parsed.value;
  if (count !== undefined) return await countAgain(count);
  const dataDir = await mkdtemp(join(tmpdir(), 'menshen-month-'));
  try {
    const result = await runMonth(args, dataDir, say);
    console.log(JSON.stringify(result));
    return isCleanMonth(result) ? 0 : 1;
  } finally {
    if (keep) say(`data and logs are kept under ${dataDir}`);
    else await rm(dataDir, { recursive: true, force: true });
  }
}

async function countAgain(dataDir: string): Promise<number> {
  const counted = await countKeptMonth(dataDir, say);
  console.log(JSON.stringify(counted));
  return isCleanCount(counted) ? 0 : 1;
}
