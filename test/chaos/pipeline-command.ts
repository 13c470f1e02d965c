// `npm run chaos -- pipeline`: the whole pipeline on real engines.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack } from '@menshen/pipeline-tests/stack';
import { type ChaosArguments, readArguments, USAGE } from './read-arguments.ts';
import { isClean, runChaos } from './run-chaos.ts';

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

export async function command(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help') || argv.includes('-h')) {
    console.log(USAGE);
    return 0;
  }
  const parsed = readArguments(argv);
  if (!parsed.ok) {
    console.error(`${parsed.problem}\n\n${USAGE}`);
    return 2;
  }
  return await run(parsed.value);
}

async function run(args: ChaosArguments): Promise<number> {
  const dataDir = await mkdtemp(join(tmpdir(), 'menshen-chaos-'));
  say(`${args.messages} messages at ${args.rate}/s, ${args.kills} kills`);
  const simulator = [
    '--messages',
    String(args.messages),
    '--seed',
    String(args.seed),
    '--rate',
    String(args.rate),
  ];
  const stack = await startStack({ dataDir, simulator });
  try {
    const result = await runChaos(stack, args, say);
    await stack.close();
    console.log(JSON.stringify(result));
    return isClean(result) ? 0 : 1;
  } finally {
    if (args.keep) say(`data and logs are kept under ${dataDir}`);
    else await rm(dataDir, { recursive: true, force: true });
  }
}
