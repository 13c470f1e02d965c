// From an argument list to a command and its exit code: 0 done, 1 it failed or found what it looks for, 2 the call is wrong.
import { parseArgs } from 'node:util';
import { type Command, type CommandIo, type Flag, type Given, Refusal } from './command.ts';

export async function runCli(
  argv: readonly string[],
  commands: readonly Command[],
  io: CommandIo,
): Promise<0 | 1 | 2> {
  const found = findCommand(argv, commands);
  if (found === undefined) return answerWithoutCommand(argv, commands, io);
  const { command, rest } = found;
  if (rest.includes('--help') || rest.includes('-h')) {
    io.out(helpOf(command));
    return 0;
  }
  try {
    return await command.run(readFlags(command, rest), io);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const hint = error.kind === 'Usage' ? `menshen ${command.name} --help says more\n` : '';
    io.err(`menshen ${command.name}: ${error.message}\n${hint}`);
    return error.kind === 'Usage' ? 2 : 1;
  }
}

/** The command with the most words that the arguments begin with. */
function findCommand(
  argv: readonly string[],
  commands: readonly Command[],
): { readonly command: Command; readonly rest: readonly string[] } | undefined {
  for (const words of [2, 1]) {
    const name = argv.slice(0, words).join(' ');
    const command = commands.find((one) => one.name === name && one.name.split(' ').length === words);
    if (command !== undefined) return { command, rest: argv.slice(words) };
  }
  return undefined;
}

function answerWithoutCommand(argv: readonly string[], commands: readonly Command[], io: CommandIo): 0 | 2 {
  const [first] = argv;
  if (first === '--help' || first === '-h') {
    io.out(overview(commands));
    return 0;
  }
  const problem =
    first === undefined ? 'a command is missing' : `there is no command ${JSON.stringify(first)}`;
  io.err(`menshen: ${problem}\n\n${overview(commands)}`);
  return 2;
}

/** Throws {@link Refusal} with the flag's name, what is wrong with it, and what is known. */
function readFlags(command: Command, argv: readonly string[]): Given {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: command.positionals !== undefined,
      options: Object.fromEntries(
        command.flags.map(({ name, value }) => [name, { type: value === undefined ? 'boolean' : 'string' }]),
      ) as Record<string, { type: 'boolean' | 'string' }>,
    });
    const flags = Object.entries(values).map(([name, value]) => [name, String(value)] as const);
    return { flags: Object.fromEntries(flags), positionals };
  } catch (error) {
    const known = command.flags.map(({ name }) => `--${name}`).join(', ');
    const problem = error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error);
    throw new Refusal('Usage', `${problem}; known: ${known}`, error);
  }
}

function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return `usage: menshen COMMAND [options]

${lines.join('\n')}

menshen COMMAND --help says more. Exit codes: 0 done; 1 it failed; 2 the call is wrong.
`;
}

function helpOf(command: Command): string {
  const flags: readonly Flag[] = [...command.flags, { name: 'help', help: 'this text' }];
  const shown = flags.map(({ name, value }) => `--${name}${value === undefined ? '' : ` ${value}`}`);
  const width = Math.max(...shown.map(({ length }) => length));
  const lines = flags.map(({ help }, index) => `  ${(shown[index] ?? '').padEnd(width)}  ${help}`);
  const positionals = (command.positionals ?? []).map((name) => ` ${name}`).join('');
  return `usage: menshen ${command.name}${positionals} [options]

${command.about}

${lines.join('\n')}
`;
}
