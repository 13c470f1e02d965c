// `npm run chaos -- media`: files of every size, with trouble and kills.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MEDIA_USAGE, type MediaChaosArguments, readMediaArguments } from './read-media-arguments.ts';
import { isMediaClean, runMediaChaos } from './run-media-chaos.ts';

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

export async function command(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help') || argv.includes('-h')) {
    console.log(MEDIA_USAGE);
    return 0;
  }
  const parsed = readMediaArguments(argv.slice(1));
  if (!parsed.ok) {
    console.error(`${parsed.problem}\n\n${MEDIA_USAGE}`);
    return 2;
  }
  return await run(parsed.value);
}

async function run(args: MediaChaosArguments): Promise<number> {
  const dataDir = await mkdtemp(join(tmpdir(), 'menshen-media-'));
  try {
    const result = await runMediaChaos(args, dataDir, say);
    console.log(JSON.stringify(result));
    return isMediaClean(result) ? 0 : 1;
  } finally {
    if (args.keep) say(`logs are kept under ${dataDir}`);
    else await rm(dataDir, { recursive: true, force: true });
  }
}
