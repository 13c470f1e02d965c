// The configured source engine and the server interfaces beside it. Another engine is another case here, behind the same `MessageSource`.
import type { Clock } from '@menshen/contracts/clock';
import type { IngestConfig } from '@menshen/contracts/role-config';
import { HttpExchange } from './http-exchange.ts';
import { ServerApi } from './server-api.ts';
import { refuseForeignAddress, SimulatorSource } from './simulator-source.ts';
import type { MessageSource } from './source.ts';

export interface OpenSourceOptions {
  readonly corpId: string;
  readonly config: IngestConfig;
  readonly clock: Clock;
  readonly readSecret: (file: string) => Promise<string>;
  readonly sleep: (ms: number) => Promise<void>;
}

export interface OpenedSource {
  readonly messages: MessageSource;
  /** With the archive secret: permits, consent, internal groups. */
  readonly archiveApi: ServerApi;
  /** With the contacts secret; absent when none is configured. */
  readonly directoryApi: ServerApi | undefined;
  close(): Promise<void>;
}

const PULL_TIMEOUT_MS = 30_000;

/** Throws an `Error` for people when the engine may not use the configured address. */
/** What was refused is asked for again at least this often: someone may have put it right, ms. */
const LONGEST_HOLD_MS = 30_000;

export function openSource(options: OpenSourceOptions): OpenedSource {
  const { corpId, config, clock, readSecret, sleep } = options;
  const http = new HttpExchange(refuseForeignAddress(config.apiUrl));
  const apiWith = (secretFile: string): ServerApi =>
    new ServerApi({
      http,
      corpId,
      clock,
      pause: sleep,
      readSecret: () => readSecret(secretFile),
      holdRefusalMs: Math.min(config.pollIntervalMs, LONGEST_HOLD_MS),
    });
  const archiveApi = apiWith(config.archiveSecretFile);
  const { apiUrl, directorySecretFile } = config;
  const messages = new SimulatorSource({ apiUrl, http, api: archiveApi, pullTimeoutMs: PULL_TIMEOUT_MS });
  return {
    messages,
    archiveApi,
    directoryApi: directorySecretFile === undefined ? undefined : apiWith(directorySecretFile),
    async close() {
      await messages.close();
      http.close();
    },
  };
}
