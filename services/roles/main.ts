// The one entry point of every service: reads arguments and configuration, connects, puts the named roles into one Nest process,
// serves health and metrics, and drains on SIGTERM. The only file of the services that reads the environment or the clock.
import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { RoleConfig } from '@menshen/contracts/role-config';
import { formatRoleConfigProblem, parseRoleConfig } from '@menshen/contracts/role-config-schema';
import { createLogger } from '@menshen/telemetry/logger';
import { type Arguments, readArguments, USAGE } from './read-arguments.ts';
import { runRoles } from './run-roles.ts';

const EXIT_BAD_INPUT = 2;

async function main(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help') || argv.includes('-h')) {
    console.log(USAGE);
    return 0;
  }
  const parsed = readArguments(argv);
  if (!parsed.ok) {
    console.error(`${parsed.problem}\n\n${USAGE}`);
    return EXIT_BAD_INPUT;
  }
  const config = await readConfig(parsed.value.configFile);
  if (config === undefined) return EXIT_BAD_INPUT;
  return await run(parsed.value, config);
}

async function run(args: Arguments, config: RoleConfig): Promise<number> {
  const logger = createLogger({ role: args.roles.join(','), corpId: config.corpId, level: args.logLevel });
  process.on('unhandledRejection', (reason) => {
    // A bug: better restarted by the supervisor than half alive.
    logger.error({ error: reason }, 'unhandled rejection');
    process.exit(1);
  });
  try {
    return await runRoles({
      args,
      config,
      logger,
      instance: `${process.env['POD_NAME'] ?? hostname()}-${randomBytes(3).toString('hex')}`,
      clock: { nowMs: () => Date.now() },
      chance: () => Math.random(),
      signals: process,
    });
  } catch (error) {
    logger.error({ error }, 'cannot run');
    return 1;
  }
}

async function readConfig(file: string): Promise<RoleConfig | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    console.error(
      `cannot read the configuration ${file}: ${error instanceof Error ? error.message : String(error)}. Name the file with --config.`,
    );
    return undefined;
  }
  const parsed = parseRoleConfig(text);
  if (parsed.ok) return parsed.config;
  for (const problem of parsed.problems) console.error(`${file}: ${formatRoleConfigProblem(problem)}`);
  return undefined;
}

process.exitCode = await main(process.argv.slice(2));
// Whatever still holds the event loop (a pooled socket, a worker) has nothing left to do after the drain.
process.exit();
