import { describe, expect, it } from 'vitest';
import { type Command, type Given, oneOf, Refusal, required } from './command.ts';
import { COMMANDS } from './registry.ts';
import { runCli } from './run-cli.ts';

const seen: Given[] = [];
const echo: Command = {
  name: 'echo',
  summary: 'says what it was given',
  about: 'About echo.',
  flags: [
    { name: 'to', value: 'NAME', help: 'whom' },
    { name: 'loud', help: 'louder' },
    { name: 'output', value: 'FORMAT', help: 'how' },
  ],
  async run(given) {
    required(given, 'to', 'you');
    oneOf(given, 'output', ['table', 'json']);
    seen.push(given);
    if (given.flags['to'] === 'nobody') throw new Refusal('Failed', 'nobody is there');
    return given.flags['to'] === 'someone' ? 1 : 0;
  },
};
const policyTest: Command = {
  ...echo,
  name: 'policy test',
  positionals: ['FILE'],
  flags: [{ name: 'to', value: 'X', help: '' }],
};

async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const io = {
    environment: {},
    clock: { nowMs: () => 0 },
    out: (text: string) => (out += text),
    drained: async () => undefined,
    fetch,
    sleep: async () => undefined,
    input: () => process.stdin,
    err: (text: string) => (err += text),
  };
  const code = await runCli(argv, [echo, policyTest], io);
  return { code, out, err };
}

describe('menshen', () => {
  it.each<[string, string[], number, { out: RegExp } | { err: RegExp }]>([
    ['lists its commands', ['--help'], 0, { out: /echo .* says what it was given\n.*policy test/ }],
    ['asks for a command', [], 2, { err: /a command is missing/ }],
    ['names the command that does not exist', ['ecco'], 2, { err: /no command "ecco"/ }],
    [
      'explains a command',
      ['echo', '--help'],
      0,
      { out: /usage: menshen echo \[options\]\n\nAbout echo\.[\s\S]*--to NAME\s+whom/ },
    ],
    [
      'names the argument of a command',
      ['policy', 'test', '--help'],
      0,
      { out: /menshen policy test FILE \[options\]/ },
    ],
    ['runs it', ['echo', '--to', 'me'], 0, { out: /^$/ }],
    ['passes its exit code on', ['echo', '--to', 'someone'], 1, { err: /^$/ }],
    ['says what failed', ['echo', '--to', 'nobody'], 1, { err: /^menshen echo: nobody is there\n$/ }],
    [
      'names a flag that is missing, with an example',
      ['echo'],
      2,
      { err: /--to is missing: give it, e\.g\. --to you\n.*--help/ },
    ],
    [
      'names a flag that does not exist, and those that do',
      ['echo', '--too', 'x'],
      2,
      { err: /'--too'; known: --to, --loud, --output/ },
    ],
    [
      'names a value that does not fit, and those that do',
      ['echo', '--to', 'x', '--output', 'xml'],
      2,
      { err: /--output is "xml": it must be table or json/ },
    ],
    [
      'takes no argument without a flag where none is expected',
      ['echo', 'x'],
      2,
      { err: /Unexpected argument 'x'/ },
    ],
  ])('%s', async (_what, argv, code, says) => {
    const result = await run(...argv);
    for (const [stream, text] of Object.entries(says)) expect(result[stream as 'out' | 'err']).toMatch(text);
    expect(result.code).toBe(code);
  });

  it('finds commands of two words and hands over flags and arguments', async () => {
    expect((await run('policy', 'test', 'a.yaml', '--to', 'x', 'b.yaml')).code).toBe(0);
    expect(seen.at(-1)).toEqual({ flags: { to: 'x' }, positionals: ['a.yaml', 'b.yaml'] });
  });

  it('lets a bug be a bug', async () => {
    const broken = { ...echo, name: 'broken', run: () => Promise.reject(new Error('bug')) };
    const io = {
      environment: {},
      clock: { nowMs: () => 0 },
      out: () => 0,
      drained: async () => 0,
      fetch,
      sleep: async () => undefined,
      input: () => process.stdin,
      err: () => 0,
    };
    await expect(runCli(['broken'], [broken], io)).rejects.toThrow('bug');
  });

  it('has commands whose names are unlike and which explain themselves', () => {
    const names = COMMANDS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { flags, about, summary } of COMMANDS) {
      expect(`${about}${summary}`).not.toBe('');
      for (const { name, help } of flags) expect(help, name).not.toBe('');
    }
  });
});
