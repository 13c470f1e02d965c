// The running half of the engine FinanceSDK: a relay, one SDK handle that pulls, a few that fetch media. Opened when first needed and checked
// before that, so that what is missing is a fault with a remedy and ingest stays up.
import { access, constants } from 'node:fs/promises';
import type { Clock } from '@menshen/contracts/clock';
import type { SdkConfig } from '@menshen/contracts/role-config';
import type { Relay, RelayMode } from '../relay/open-relay.ts';
import type { RelayReport } from '../relay/relayed-answer.ts';
import { SdkHost, type SdkHostTiming } from '../sdk-host/sdk-host.ts';
import type { Lane, SdkHostMetrics } from '../sdk-host/sdk-host-metrics.ts';
import { checkSdkLibrary, type SdkFacts, type SdkMachine } from './check-sdk-library.ts';
import type { SourceFault } from './classify-errcode.ts';

export interface SdkLanesOptions {
  readonly corpId: string;
  readonly sdk: SdkConfig;
  readonly readSecret: () => Promise<string>;
  readonly openRelay: (mode: RelayMode, onReport: (report: RelayReport) => void) => Promise<Relay>;
  readonly onReport: (report: RelayReport) => void;
  /** Told once the library has passed its checks. */
  readonly onChecked: (facts: SdkFacts) => void;
  /** The compiled native host. */
  readonly hostPath: string;
  readonly machine: SdkMachine;
  readonly clock: Clock;
  readonly random: () => number;
  readonly timing: SdkHostTiming;
  readonly metrics: SdkHostMetrics;
}

export class SdkLanes {
  readonly relay: Relay;
  readonly mode: RelayMode;
  readonly pull: SdkHost;
  readonly #media: readonly SdkHost[];

  constructor(of: { relay: Relay; mode: RelayMode; pull: SdkHost; media: readonly SdkHost[] }) {
    this.relay = of.relay;
    this.mode = of.mode;
    this.pull = of.pull;
    this.#media = of.media;
  }

  /** The media handle with the least to do; those without work have no process. */
  get media(): SdkHost {
    return this.#media.reduce(
      (least, host) => (host.load < least.load ? host : least),
      this.#media[0] ?? this.pull,
    );
  }

  async close(): Promise<void> {
    await Promise.all([this.pull, ...this.#media].map((host) => host.close()));
    await this.relay.close();
  }
}

export type OpenedLanes = { readonly lanes: SdkLanes } | { readonly fault: SourceFault };

/** Never rejects for what a person can put right. */
export async function openSdkLanes(options: SdkLanesOptions, mode: RelayMode): Promise<OpenedLanes> {
  const { sdk, hostPath, machine } = options;
  const checked = await checkSdkLibrary(sdk.libraryPath, machine);
  if (!checked.ok) return { fault: unusable(checked.problem) };
  const isThere = await access(hostPath, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!isThere)
    return {
      fault: unusable(
        `the SDK host ${hostPath} is not there: build it with services/ingest/sdk-host/build-host.mjs`,
      ),
    };
  options.onChecked(checked.facts);
  let relay: Relay;
  try {
    relay = await options.openRelay(mode, options.onReport);
  } catch (error) {
    return { fault: unusable(error instanceof Error ? error.message : String(error)) };
  }
  const program = {
    hostPath,
    libraryPath: sdk.libraryPath,
    memoryLimitBytes: sdk.memoryLimitBytes,
    relayPort: Number(new URL(relay.url).port),
  };
  const host = (lane: Lane): SdkHost => new SdkHost({ ...options, lane, program });
  const media = Array.from({ length: sdk.mediaProcesses }, () => host('media'));
  return { lanes: new SdkLanes({ relay, mode, pull: host('pull'), media }) };
}

/** Nothing will work until a person has acted; looked at again at every try. */
export function unusable(detail: string): SourceFault {
  return { action: 'FixConfig', reason: 'SdkUnusable', errcode: undefined, detail };
}
