// The control plane of a test file and a way to speak to it, or the reason why there is none.
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { type ApiClient, createApiClient } from '@menshen/operator/kube/api-client';
import { type Clock, monotonicClock } from '@menshen/operator/kube/clock';
import { kubeconfigFile } from '@menshen/operator/kube/cluster-config';
import { nodeTransport } from '@menshen/operator/kube/node-transport';
import type { Transport } from '@menshen/operator/kube/transport';
import { findBinaries } from './find-binaries.ts';
import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from './start-control-plane.ts';

/** `undefined` when this machine has none, with the reason on stderr; under CI=true that is an error: there it must be. */
export async function openControlPlane(
  options: Omit<ControlPlaneOptions, 'binaries' | 'within'> = {},
): Promise<ControlPlane | undefined> {
  const binaries = await findBinaries(process.env, (line) => process.stderr.write(`${line}\n`));
  if (!('missing' in binaries)) return await startControlPlane({ binaries, within: tmpdir(), ...options });
  if (process.env['CI'] === 'true') throw new Error(binaries.missing);
  process.stderr.write(`skipped: ${binaries.missing}\n`);
  return undefined;
}

export interface Speaker {
  readonly client: ApiClient;
  readonly transport: Transport;
  readonly clock: Clock;
}

/** Speaks as the user of a kubeconfig. */
export async function speakAs(kubeconfig: string): Promise<Speaker> {
  const clock = monotonicClock();
  const read = async (path: string): Promise<string> => await readFile(path, 'utf8');
  const { transport } = nodeTransport(
    await kubeconfigFile(kubeconfig, { readFile: read, nowMs: clock.nowMs }),
  );
  return { client: createApiClient({ transport, clock }), transport, clock };
}
