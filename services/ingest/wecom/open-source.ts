// The configured source engine and the server interfaces beside it. Another engine is another case here, behind the same `MessageSource`.
import type { Clock } from '@menshen/contracts/clock';
import type { IngestConfig, SdkConfig } from '@menshen/contracts/role-config';
import type { Logger } from '@menshen/telemetry/logger';
import type { Registry } from 'prom-client';
import type { SdkHostTiming } from '../sdk-host/sdk-host.ts';
import { HttpExchange } from './http-exchange.ts';
import { openFinanceSdk } from './open-finance-sdk.ts';
import { ServerApi } from './server-api.ts';
import { refuseForeignAddress, SimulatorSource } from './simulator-source.ts';
import type { MessageSource } from './source.ts';

export interface OpenSourceOptions {
  readonly corpId: string;
  readonly config: IngestConfig;
  readonly clock: Clock;
  readonly readSecret: (file: string) => Promise<string>;
  readonly sleep: (ms: number) => Promise<void>;
  readonly registry: Registry;
  readonly logger: Logger;
  /** The compiled SDK host; default where it is installed. */
  readonly sdkHostPath?: string;
  readonly sdkHostTiming?: Partial<SdkHostTiming>;
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

/** What was refused is asked for again at least this often: someone may have put it right, ms. */
const LONGEST_HOLD_MS = 30_000;

/** Throws an `Error` for people when the engine may not use the configured address. */
export function openSource(options: OpenSourceOptions): OpenedSource {
  const { corpId, config, clock, readSecret, sleep } = options;
  const { engine, sdk, directorySecretFile } = config;
  const isSdk = engine === 'FinanceSDK' && sdk !== undefined;
  const { http, messagesWith } = isSdk ? openSdk(options, sdk) : openSimulated(config);
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
  const messages = messagesWith(archiveApi);
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

interface OpenedEngine {
  readonly http: HttpExchange;
  readonly messagesWith: (archiveApi: ServerApi) => MessageSource;
}

function openSdk(options: OpenSourceOptions, sdk: SdkConfig): OpenedEngine {
  const { http, messages } = openFinanceSdk(options, sdk);
  return { http, messagesWith: () => messages };
}

function openSimulated({ apiUrl }: IngestConfig): OpenedEngine {
  const http = new HttpExchange(refuseForeignAddress(apiUrl));
  return {
    http,
    messagesWith: (api) => new SimulatorSource({ apiUrl, http, api, pullTimeoutMs: PULL_TIMEOUT_MS }),
  };
}
