// Structured logs, one JSON line each. No message content, no secret, no sdkfileid ever goes in: callers pass ids, counts and reasons.
import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';

export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error' | 'child'>;

export interface LoggerOptions {
  readonly role: string;
  /** Absent in a process that is of no single tenant: the operator. */
  readonly corpId?: string;
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

/** A logger to `destination` (stdout by default). Keys that hold secrets are removed even when a caller passes them by mistake. */
export function createLogger(
  options: LoggerOptions,
  destination: DestinationStream = pino.destination(1),
): Logger {
  const settings = {
    level: options.level,
    base: { role: options.role, ...(options.corpId === undefined ? {} : { corpId: options.corpId }) },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: SECRET_PATHS, remove: true },
    serializers: { error: describeError, err: describeError },
  };
  return pino(settings, destination);
}

const SECRETS = [
  'sdkfileid',
  'secret',
  'corpsecret',
  'access_token',
  'token',
  'password',
  'content',
  'raw',
  'text',
];
const SECRET_PATHS = SECRETS.flatMap((key) => [key, `*.${key}`]);

/** Name, message and causes of an error; stacks only for bugs, which have no cause. */
export function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? {} : { cause: describeError(error.cause) };
  return {
    name: error.name,
    message: error.message,
    ...cause,
    ...(error.cause === undefined ? { stack: error.stack } : {}),
  };
}

/** Says nothing: for tests. */
export const silentLogger: Logger = pino({ level: 'silent' });
