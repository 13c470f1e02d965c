#!/usr/bin/env node
// `menshen`: the command line for people who ask the record. Only here the environment is read.
import { COMMANDS } from './registry.ts';
import { runCli } from './run-cli.ts';

process.exitCode = await runCli(process.argv.slice(2), COMMANDS, {
  environment: process.env,
  clock: { nowMs: () => Date.now() },
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
