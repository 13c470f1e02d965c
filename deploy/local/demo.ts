// `npm run demo`: the whole of Menshen on this machine, with a live view, or run to the end with a verdict.
// The only file of local mode that reads the environment, the clock and the command line.
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type LocalisedTenant, localiseTenant } from './manifests/localise-tenant.ts';
import { type DemoArguments, readArguments, USAGE } from './run/read-arguments.ts';
import { type PlainMessage, readPlainMessages } from './run/read-plain-messages.ts';
import { type DemoRun, runDemo } from './run/run-demo.ts';

const EXIT_BAD_INPUT = 2;
// From `dist/` the repository is one folder further up.
const repository = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../..' : '../../..', import.meta.url),
);

async function main(argv: readonly string[]): Promise<number> {
  const parsed = readArguments(argv);
  if (parsed.kind === 'Help') {
    console.log(USAGE);
    return 0;
  }
  if (parsed.kind === 'Refused') return refuse(`${parsed.problem}\n\n${USAGE}`);
  const args = parsed.value;
  const plain = args.from === undefined ? undefined : await readPlainFile(args.from);
  if (typeof plain === 'string') return refuse(plain);
  const tenant = args.tenant === undefined ? undefined : await readTenantFile(args.tenant);
  if (tenant?.ok === false) return refuse(`${args.tenant} ${tenant.problem}`);
  const dataFolder = await makeDataFolder(args);
  if (dataFolder === undefined)
    return refuse(`${args.data} is not empty: name a folder that is empty or does not exist yet`);
  const tenantFile = tenant === undefined ? undefined : join(dataFolder, 'tenant.yaml');
  // It may hold Secrets.
  if (tenant !== undefined && tenantFile !== undefined)
    await writeFile(tenantFile, tenant.yaml, { mode: 0o600 });
  const code = await run(args, { plain, tenantFile }, dataFolder);
  // What went wrong can only be understood from what is there, so then it stays.
  const keep = args.keep || args.data !== undefined || code === 1 || code === EXIT_BAD_INPUT;
  if (keep) process.stderr.write(`everything is kept under ${dataFolder}\n`);
  else await rm(dataFolder, { recursive: true, force: true });
  return code;
}

async function run(
  args: DemoArguments,
  source: Pick<DemoRun, 'plain' | 'tenantFile'>,
  dataFolder: string,
): Promise<number> {
  try {
    return await runDemo({
      args,
      ...source,
      dataFolder,
      repository,
      path: process.env['PATH'] ?? '',
      clock: { nowMs: () => Date.now() },
      output: process.stdout,
      isTerminal: process.stdout.isTTY === true,
      say: (line) => process.stderr.write(`${line}\n`),
      untilInterrupted,
    });
  } catch (error) {
    return refuse(`the demo cannot run: ${describe(error)}`);
  }
}

function refuse(text: string): number {
  process.stderr.write(`${text}\n`);
  return EXIT_BAD_INPUT;
}

/** The good lines of the file; bad ones are named and left out. A text when nothing can be judged. */
async function readPlainFile(file: string): Promise<readonly PlainMessage[] | string> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    return `cannot read ${file}: ${describe(error)}`;
  }
  const { messages, bad } = readPlainMessages(text);
  for (const { line, reason } of bad) process.stderr.write(`${file}:${line}: ${reason}\n`);
  return messages.length > 0 ? messages : `${file} has no line that can be judged`;
}

/** The tenant's file with what local mode supplies. */
async function readTenantFile(file: string): Promise<LocalisedTenant> {
  try {
    const like = await readFile(join(repository, 'deploy/local/demo/tenant.yaml'), 'utf8');
    return localiseTenant(await readFile(file, 'utf8'), like);
  } catch (error) {
    return { ok: false, problem: `cannot be read: ${describe(error)}` };
  }
}

/** A new folder, or the one that was named; `undefined` when that one holds something already. */
async function makeDataFolder(args: DemoArguments): Promise<string | undefined> {
  if (args.data === undefined) return await mkdtemp(join(tmpdir(), 'menshen-demo-'));
  const folder = resolve(args.data);
  if (existsSync(folder) && readdirSync(folder).length > 0) return undefined;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** A second Ctrl-C this long after the first means: do not wait any longer. (The terminal and npm may both pass one on.) */
const IMPATIENT_AFTER_MS = 2000;

function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    let firstAtMs: number | undefined;
    const handle = (): void => {
      firstAtMs ??= Date.now();
      if (Date.now() - firstAtMs > IMPATIENT_AFTER_MS) process.exit(130);
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, handle);
  });
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${describe(error.cause)}`;
}

// A reader that goes away (`| head`, a closed terminal) must not end the demo in the middle: what it started has to be stopped in order.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

process.exitCode = await main(process.argv.slice(2));
// Whatever still holds the event loop (a pooled socket) has nothing left to do.
process.exit();
