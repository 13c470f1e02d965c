// What a command of `menshen` is, and what it is given.
import type { Clock } from '@menshen/contracts/clock';

export interface Flag {
  /** Long name without dashes. */
  readonly name: string;
  /** What stands behind it in the help: `ID`, `FILE`; absent = it takes no value. */
  readonly value?: string;
  /** One line for the help, with the default. */
  readonly help: string;
}

export interface Command {
  /** One or two words: `coverage`, `policy test`. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Paragraphs below the usage line in the command's own help. */
  readonly about: string;
  readonly flags: readonly Flag[];
  /** Names of what comes without a flag, for the usage line; absent = nothing may. */
  readonly positionals?: readonly string[];
  /** Does it. Resolves with the exit code 0 or 1; throws {@link Refusal} for what is wrong about the call or outside. */
  run(given: Given, io: CommandIo): Promise<0 | 1>;
}

export interface Given {
  /** By flag name; a flag without a value is `'true'`. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly positionals: readonly string[];
}

export interface CommandIo {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly out: (text: string) => unknown;
  /** Resolves once `out` takes more, so that a long answer is not gathered in memory. */
  readonly drained: () => Promise<unknown>;
  /** Opens stdin, for `--input -`. */
  readonly input: () => NodeJS.ReadableStream;
  readonly err: (text: string) => unknown;
  readonly fetch: typeof fetch;
  readonly sleep: (ms: number) => Promise<unknown>;
}

/** Something is wrong, and the message names flag, value and remedy. `Usage` ends with 2, `Failed` with 1. */
export class Refusal extends Error {
  readonly kind: 'Usage' | 'Failed';

  constructor(kind: 'Usage' | 'Failed', message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'Refusal';
    this.kind = kind;
  }
}

/** A flag that must be given. */
export function required(given: Given, name: string, example: string): string {
  const value = given.flags[name];
  if (value === undefined || value === '')
    throw new Refusal('Usage', `--${name} is missing: give it, e.g. --${name} ${example}`);
  return value;
}

/** A flag with a few values. */
export function oneOf<T extends string>(given: Given, name: string, values: readonly [T, ...T[]]): T {
  const value = given.flags[name] ?? values[0];
  const found = values.find((one) => one === value);
  if (found === undefined)
    throw new Refusal('Usage', `--${name} is ${JSON.stringify(value)}: it must be ${values.join(' or ')}`);
  return found;
}
