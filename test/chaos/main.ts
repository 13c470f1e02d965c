// `npm run chaos -- NAME`: breaks what runs for real and counts what came through. Each run is loaded only when it is named.

type Command = (argv: readonly string[]) => Promise<number>;

const COMMANDS: Readonly<Record<string, () => Promise<{ readonly command: Command }>>> = {
  pipeline: () => import('./pipeline-command.ts'),
  month: () => import('./month/month-command.ts'),
  media: () => import('./media/media-command.ts'),
  'sdk-faults': () => import('./sdk-faults/sdk-faults-command.ts'),
};

const [name = ''] = process.argv.slice(2);
// Without a name the pipeline's own help says what there is.
const { command } = (await (COMMANDS[name] ?? COMMANDS['pipeline'])?.()) ?? {};
process.exitCode = await command?.(process.argv.slice(2));
process.exit();
