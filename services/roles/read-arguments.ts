// The command line of the one entry point. Everything else is configuration, which the operator renders.
import { parseArgs } from 'node:util';

export const ROLES = ['ingest', 'archiver', 'scanner', 'notifier'] as const;
export type Role = (typeof ROLES)[number];

export interface Arguments {
  readonly roles: readonly Role[];
  readonly configFile: string;
  /** Health and metrics. */
  readonly port: number;
  readonly host: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

export const USAGE = `usage: node main.js --roles=ROLE[,ROLE…] [--config=FILE] [--port=N] [--host=ADDRESS] [--log-level=LEVEL]

Runs one or several roles of Menshen in this process.
  --roles      ${ROLES.join(', ')}
  --config     JSON file rendered by the operator (default /etc/menshen/config.json)
  --port       /live /ready /started /metrics (default 9464)
  --host       address to listen on (default 0.0.0.0)
  --log-level  debug, info, warn or error (default info)

Exit codes: 0 drained after SIGTERM, 1 failed while running, 2 bad arguments or configuration.`;

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

export type ParsedArguments =
  | { readonly ok: true; readonly value: Arguments }
  | { readonly ok: false; readonly problem: string };

/** Parses the arguments after the program's name. */
export function readArguments(argv: readonly string[]): ParsedArguments {
  const values = parse(argv);
  if (typeof values === 'string') return { ok: false, problem: values };
  const roles = (values['roles'] ?? '').split(',').filter((role) => role !== '');
  const unknown = roles.find((role) => !isRole(role));
  if (roles.length === 0)
    return { ok: false, problem: `--roles is missing: name one or more of ${ROLES.join(', ')}` };
  if (unknown !== undefined)
    return { ok: false, problem: `--roles names ${unknown}; known roles are ${ROLES.join(', ')}` };
  const port = Number(values['port'] ?? 9464);
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    return { ok: false, problem: `--port is ${values['port']}; it must be a number from 0 to 65535` };
  const logLevel = LEVELS.find((level) => level === (values['log-level'] ?? 'info'));
  if (logLevel === undefined)
    return {
      ok: false,
      problem: `--log-level is ${values['log-level']}; it must be one of ${LEVELS.join(', ')}`,
    };
  return {
    ok: true,
    value: {
      roles: roles.filter(isRole),
      configFile: values['config'] ?? '/etc/menshen/config.json',
      port,
      host: values['host'] ?? '0.0.0.0',
      logLevel,
    },
  };
}

function isRole(word: string): word is Role {
  return ROLES.some((role) => role === word);
}

function parse(argv: readonly string[]): Record<string, string | undefined> | string {
  const text = { type: 'string' as const };
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { roles: text, config: text, port: text, host: text, 'log-level': text },
    });
    return values;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
