// Nest's own words go into the same structured log; what it says of its start-up is nobody's news.
import type { Logger } from '@menshen/telemetry/logger';
import type { LoggerService } from '@nestjs/common';

export function nestLogger(logger: Logger): LoggerService {
  return {
    log: () => undefined,
    debug: () => undefined,
    verbose: () => undefined,
    warn: (message: unknown) => logger.warn({ from: 'nest' }, String(message)),
    error: (message: unknown, ...rest: unknown[]) =>
      logger.error({ from: 'nest', detail: rest.map(String) }, String(message)),
    fatal: (message: unknown) => logger.error({ from: 'nest' }, String(message)),
  };
}
