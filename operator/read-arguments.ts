// The command line of the operator, as the chart writes it.
import { parseArgs } from 'node:util';
import { parseDurationMs } from './tenants/parse-duration.ts';

export interface OperatorArguments {
  /** Image of the tenants' pods: the operator's own. */
  readonly image: string;
  readonly port: number;
  readonly host: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** Absent inside a pod. */
  readonly kubeconfig: string | undefined;
  /** Absent: it is alone, and does not ask. */
  readonly leaderElection: LeaderElection | undefined;
  readonly tenants: TenantArguments;
  /** Files and names by which the operator makes tenants' credentials of its own; absent: tenants bring theirs. */
  readonly natsAccountKeyFile: string | undefined;
  readonly clickhouseAdminUser: string | undefined;
  readonly clickhouseAdminPasswordFile: string | undefined;
}

export interface TenantArguments {
  /** Tenants whose pods are replaced at the same time when nobody edited them, as after an upgrade. */
  readonly maxRollingTenants: number;
  /** Time between two looks at the Secrets of a tenant that is well, ms. */
  readonly secretCheckMs: number;
}

export interface LeaderElection {
  readonly leaseName: string;
  readonly leaseMs: number;
  readonly renewDeadlineMs: number;
  readonly retryMs: number;
}

export const USAGE = `usage: node main.js --image=IMAGE [--kubeconfig=FILE] [flags]

Keeps what runs in line with the WeComTenants and CompliancePolicies of a cluster.
  --image            image of the tenants' pods, such as registry.example/menshen:0.1.0
  --kubeconfig       file that says where the API server is (default: the ServiceAccount of this pod)
  --port             /live /ready /started /metrics (default 9464; 0: any free port)
  --host             address to listen on (default 0.0.0.0)
  --log-level        debug, info, warn or error (default info)
  --leader-election  true or false: whether several operators agree on the one that acts (default true)
  --lease-name       Lease in the operator's namespace that they agree by (default menshen)
  --lease-duration   others take over after so long without a renewal (default 15s)
  --renew-deadline   the one that acts stops when it could not renew for so long (default 10s)
  --retry-period     between two tries (default 3s)
  --max-rolling-tenants   tenants whose pods are replaced at the same time after an upgrade (default 5)
  --secret-check-interval how often a tenant's Secrets are looked at, which cannot be watched (default 30m)
  --nats-account-key-file          signing key of the NATS account in which tenants get users of their own
  --clickhouse-admin-user          user that may make ClickHouse databases and users for tenants
  --clickhouse-admin-password-file file with its password; both or neither

Environment: POD_NAME, POD_NAMESPACE (default: the namespace of the ServiceAccount or of the kubeconfig).
Exit codes: 0 stopped after SIGTERM, 1 failed or lost its Lease, 2 bad arguments or configuration.`;

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

export type ParsedArguments =
  | { readonly ok: true; readonly value: OperatorArguments }
  /** Names the flag, its value and the remedy. */
  | { readonly ok: false; readonly problem: string };

/** Parses the arguments after the program's name. */
export function readArguments(argv: readonly string[]): ParsedArguments {
  try {
    return { ok: true, value: understand(parse(argv)) };
  } catch (error) {
    if (error instanceof BadArgument) return { ok: false, problem: error.message };
    throw error;
  }
}

class BadArgument extends Error {}

type Flags = Readonly<Record<string, string | undefined>>;

function understand(flags: Flags): OperatorArguments {
  const image = flags['image'] ?? '';
  if (image === '')
    throw new BadArgument(
      '--image is missing: name the image of the tenants’ pods, --image=registry/menshen:0.1.0',
    );
  const logLevel = LEVELS.find((level) => level === (flags['log-level'] ?? 'info'));
  if (logLevel === undefined)
    throw new BadArgument(`--log-level is ${flags['log-level']}; use one of ${LEVELS.join(', ')}`);
  return {
    image,
    logLevel,
    port: readPort(flags['port'] ?? '9464'),
    host: flags['host'] ?? '0.0.0.0',
    kubeconfig: flags['kubeconfig'],
    leaderElection: readElection(flags),
    tenants: {
      maxRollingTenants: readCount('max-rolling-tenants', flags['max-rolling-tenants'] ?? '5'),
      secretCheckMs: readDuration('secret-check-interval', flags['secret-check-interval'] ?? '30m'),
    },
    ...readKeys(flags),
  };
}

function readKeys(flags: Flags) {
  const user = flags['clickhouse-admin-user'];
  const passwordFile = flags['clickhouse-admin-password-file'];
  if ((user === undefined) !== (passwordFile === undefined))
    throw new BadArgument(
      `${user === undefined ? '--clickhouse-admin-user' : '--clickhouse-admin-password-file'} is missing; give user and password file, or neither`,
    );
  return {
    natsAccountKeyFile: flags['nats-account-key-file'],
    clickhouseAdminUser: user,
    clickhouseAdminPasswordFile: passwordFile,
  };
}

function readPort(text: string): number {
  const port = Number(text);
  if (text === '' || !Number.isInteger(port) || port < 0 || port > 65535)
    throw new BadArgument(`--port is ${text}; use a number from 0 to 65535`);
  return port;
}

function readElection(flags: Flags): LeaderElection | undefined {
  const wanted = flags['leader-election'] ?? 'true';
  if (wanted === 'false') return undefined;
  if (wanted !== 'true') throw new BadArgument(`--leader-election is ${wanted}; use true or false`);
  const election = {
    leaseName: flags['lease-name'] ?? 'menshen',
    leaseMs: readDuration('lease-duration', flags['lease-duration'] ?? '15s'),
    renewDeadlineMs: readDuration('renew-deadline', flags['renew-deadline'] ?? '10s'),
    retryMs: readDuration('retry-period', flags['retry-period'] ?? '3s'),
  };
  if (election.leaseName === '')
    throw new BadArgument('--lease-name is empty; name a Lease, or leave the flag out for menshen');
  if (election.leaseMs <= election.renewDeadlineMs)
    throw new BadArgument(
      `--renew-deadline is ${flags['renew-deadline'] ?? '10s'}, not less than --lease-duration: two could act at once; make it shorter`,
    );
  if (election.renewDeadlineMs <= election.retryMs)
    throw new BadArgument(
      `--retry-period is ${flags['retry-period'] ?? '3s'}, not less than --renew-deadline: there would be one try only; make it shorter`,
    );
  return election;
}

function readCount(flag: string, text: string): number {
  const count = Number(text);
  if (/^[1-9][0-9]{0,3}$/.test(text)) return count;
  throw new BadArgument(`--${flag} is ${text}; use a number from 1 to 9999`);
}

function readDuration(flag: string, text: string): number {
  try {
    const ms = parseDurationMs(text);
    if (ms > 0) return ms;
  } catch {
    // Said below, with the flag.
  }
  throw new BadArgument(`--${flag} is ${text}; use a duration such as 15s or 1m`);
}

function parse(argv: readonly string[]): Flags {
  const text = { type: 'string' as const };
  const names = [
    'image',
    'kubeconfig',
    'port',
    'host',
    'log-level',
    'leader-election',
    'lease-name',
    'lease-duration',
    'renew-deadline',
    'retry-period',
    'max-rolling-tenants',
    'secret-check-interval',
    'nats-account-key-file',
    'clickhouse-admin-user',
    'clickhouse-admin-password-file',
  ];
  try {
    const options = Object.fromEntries(names.map((name) => [name, text]));
    return parseArgs({ args: [...argv], options, allowPositionals: false }).values as Flags;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new BadArgument(`${why}; --help lists the flags`);
  }
}
