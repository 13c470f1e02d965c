// The engine FinanceSDK, from configuration to a source that is ready to be asked: nothing is started or read before the first call.
import { randomInt } from 'node:crypto';
import type { IngestConfig, SdkConfig } from '@menshen/contracts/role-config';
import { openRelay } from '../relay/open-relay.ts';
import { createRelayMetrics } from '../relay/relay-metrics.ts';
import { locateSdkHost } from '../sdk-host/locate-host.ts';
import { SDK_HOST_TIMING } from '../sdk-host/sdk-host.ts';
import { createSdkHostMetrics } from '../sdk-host/sdk-host-metrics.ts';
import { FinanceSdkSource } from './finance-sdk-source.ts';
import { HttpExchange } from './http-exchange.ts';
import type { OpenSourceOptions } from './open-source.ts';
import { keepFirst, readWay, routeOf } from './plan-way.ts';
import { thisMachine } from './this-machine.ts';
import { VerifiedAgent } from './verified-agent.ts';

export interface OpenedFinanceSdk {
  readonly messages: FinanceSdkSource;
  /** For the server interfaces, by the same way. */
  readonly http: HttpExchange;
}

export function openFinanceSdk(options: OpenSourceOptions, sdk: SdkConfig): OpenedFinanceSdk {
  const { corpId, config, clock, readSecret, sleep, registry, logger } = options;
  const way = keepFirst(() => readWay(config, readSecret));
  const relayMetrics = createRelayMetrics(registry);
  const messages = new FinanceSdkSource({
    corpId,
    sdk,
    clock,
    sleep,
    readSecret: () => readSecret(config.archiveSecretFile),
    openRelay: async (mode, onReport) =>
      await openRelay({
        ...(await way()),
        mode,
        clock,
        onReport,
        metrics: relayMetrics,
        limits: { callMs: sdk.callTimeoutSeconds * 1000 },
      }),
    onChecked: (facts) => logger.info({ sdk: facts }, 'the library of the Finance SDK is usable'),
    hostPath: options.sdkHostPath ?? locateSdkHost(),
    machine: thisMachine(),
    random: () => randomInt(RANDOM_STEPS) / RANDOM_STEPS,
    timing: { ...SDK_HOST_TIMING, ...options.sdkHostTiming },
    metrics: createSdkHostMetrics(registry),
  });
  const route = keepFirst(async () => routeOf(await way()));
  return { messages, http: new HttpExchange(plainTwin(config), new VerifiedAgent(route)) };
}

const RANDOM_STEPS = 2 ** 32;

/** The agent makes its own TLS, so node:http is told the same address without it. */
function plainTwin({ apiUrl }: Pick<IngestConfig, 'apiUrl'>): URL {
  const url = new URL(apiUrl);
  const port = url.port === '' ? '' : `:${url.port}`;
  return new URL(`http://${url.hostname}${port}${url.pathname}`);
}
