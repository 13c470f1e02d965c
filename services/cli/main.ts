#!/usr/bin/env node
// `menshen`: the command line for people who ask the record. Only here the environment is read.
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { COMMANDS } from './registry.ts';
import { runCli } from './run-cli.ts';

// Whoever reads our output may have seen enough, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

process.exitCode = await runCli(process.argv.slice(2), COMMANDS, {
  environment: process.env,
  clock: { nowMs: () => Date.now() },
  out: (text) => process.stdout.write(text),
  drained: async () => process.stdout.writableNeedDrain && once(process.stdout, 'drain'),
  input: () => process.stdin,
  err: (text) => process.stderr.write(text),
  fetch,
  sleep: setTimeout,
});
