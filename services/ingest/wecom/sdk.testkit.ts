// The engine FinanceSDK as it runs: compiled host, stub of the SDK, relay. WeCom is up to the test.
import type { SdkConfig } from '@menshen/contracts/role-config';
import { buildStub, type StubVariant } from '@menshen/sdk-stub/build-stub';
import { Registry } from 'prom-client';
import { openRelay, type RelayMode, type RelayOptions } from '../relay/open-relay.ts';
import { createRelayMetrics } from '../relay/relay-metrics.ts';
import type { RelayReport } from '../relay/relayed-answer.ts';
import { buildSdkHost } from '../sdk-host/build-host.mjs';
import { SDK_HOST_TIMING, type SdkHostTiming } from '../sdk-host/sdk-host.ts';
import { createSdkHostMetrics } from '../sdk-host/sdk-host-metrics.ts';
import { FinanceSdkSource, type FinanceSdkSourceOptions } from './finance-sdk-source.ts';
import { thisMachine } from './this-machine.ts';

export interface TestSdk {
  readonly source: FinanceSdkSource;
  readonly reports: RelayReport[];
  readonly modes: RelayMode[];
  /** Sum over all label sets that fit. */
  count(name: string, labels?: Readonly<Record<string, string>>): Promise<number>;
}

export interface TestSdkOptions {
  readonly corpId: string;
  /** How the relay finds WeCom, and whom it trusts. */
  readonly relay: Partial<RelayOptions>;
  readonly secret?: () => Promise<string>;
  readonly stub?: StubVariant;
  readonly libraryPath?: string;
  readonly sdk?: Partial<SdkConfig>;
  readonly timing?: Partial<SdkHostTiming>;
  readonly options?: Partial<FinanceSdkSourceOptions>;
}

/** Restarts at once: tests count restarts, they do not wait for them. */
const FAST: Partial<SdkHostTiming> = { restartMs: 1, longestRestartMs: 2, graceMs: 2_000 };

export async function openTestSdk(options: TestSdkOptions): Promise<TestSdk> {
  const registry = new Registry();
  const relayMetrics = createRelayMetrics(registry);
  const clock = { nowMs: () => Date.now() };
  const reports: RelayReport[] = [];
  const modes: RelayMode[] = [];
  const source = new FinanceSdkSource({
    corpId: options.corpId,
    sdk: {
      libraryPath: options.libraryPath ?? (await buildStub(options.stub)),
      callTimeoutSeconds: 5,
      memoryLimitBytes: 512 * 1024 * 1024,
      mediaProcesses: 2,
      ...options.sdk,
    },
    readSecret: options.secret ?? (() => Promise.resolve('archive-secret')),
    openRelay: (mode, onReport) => {
      modes.push(mode);
      return openRelay({
        mode,
        clock,
        metrics: relayMetrics,
        ...options.relay,
        onReport: (report) => {
          reports.push(report);
          onReport(report);
        },
      });
    },
    onChecked: () => undefined,
    hostPath: await buildSdkHost(),
    machine: thisMachine(),
    clock,
    random: Math.random,
    sleep: () => Promise.resolve(),
    timing: { ...SDK_HOST_TIMING, ...FAST, ...options.timing },
    metrics: createSdkHostMetrics(registry),
    ...options.options,
  });
  return {
    source,
    reports,
    modes,
    async count(name, labels = {}) {
      const metric = await registry.getSingleMetric(`menshen_ingest_${name}`)?.get();
      if (metric === undefined) throw new Error(`no metric ${name}`);
      const fits = metric.values.filter((value) =>
        Object.entries(labels).every(
          ([label, wanted]) => (value.labels as Record<string, unknown>)[label] === wanted,
        ),
      );
      return fits.reduce((sum, { value }) => sum + value, 0);
    },
  };
}
