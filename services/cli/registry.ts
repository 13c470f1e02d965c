// Every command, by name. A new one is a file under commands/ and a line here.
import type { Command } from './command.ts';
import { archiveCheck } from './commands/archive-check.ts';
import { archiveRebuild } from './commands/archive-rebuild.ts';
import { coverage } from './commands/coverage.ts';
import { facts } from './commands/facts.ts';
import { lexiconPush } from './commands/lexicon-push.ts';
import { policySchema } from './commands/policy-schema.ts';
import { policyTest } from './commands/policy-test.ts';
import { scan } from './commands/scan.ts';

export const COMMANDS: readonly Command[] = [
  archiveCheck,
  archiveRebuild,
  coverage,
  facts,
  lexiconPush,
  policySchema,
  policyTest,
  scan,
];
