// Everything that the operators under soak live in: etcd, kube-apiserver and the garbage collector, nats-server, ClickHouse, the chart's rights,
// an audit log, and a way to the API server that can be cut.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineProcess } from '@menshen/engines/engine-process';
import { startClickHouse } from '@menshen/engines/start-clickhouse';
import { startNats } from '@menshen/engines/start-nats';
import { type ApiClient, createApiClient } from '@menshen/operator/kube/api-client';
import { type Clock, monotonicClock } from '@menshen/operator/kube/clock';
import { kubeconfigFile } from '@menshen/operator/kube/cluster-config';
import { nodeTransport } from '@menshen/operator/kube/node-transport';
import type { Binaries } from '../find-binaries.ts';
import { grantAsChart } from '../grant-as-chart.ts';
import { installCrds } from '../install-crds.ts';
import { NAMESPACES } from '../resources.ts';
import { type ControlPlane, startControlPlane } from '../start-control-plane.ts';
import { type CuttableWay, openCuttableWay } from './cut-connections.ts';
import { AUDIT_POLICY, AUDITED_USER } from './read-audit.ts';

/** Where the Lease is. */
export const OPERATOR_NAMESPACE = 'menshen-system';

/** Streams reserve what they may hold, and hold next to nothing. */
const MOST_STREAM_BYTES = 2 ** 40;

export interface Surroundings {
  readonly folder: string;
  readonly plane: ControlPlane;
  readonly nats: EngineProcess;
  readonly clickhouse: EngineProcess;
  /** Of the operators only. */
  readonly way: CuttableWay;
  readonly operatorKubeconfig: string;
  readonly auditFile: string;
  /** The administrator, by a way of its own. */
  readonly client: ApiClient;
  readonly clock: Clock;
  stop(): Promise<void>;
}

export async function openSurroundings(binaries: Binaries): Promise<Surroundings> {
  const folder = await mkdtemp(join(tmpdir(), 'menshen-soak-'));
  const undo: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const each of undo.reverse()) await each();
  };
  try {
    return { ...(await openWithin(folder, binaries, undo)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function openWithin(
  folder: string,
  binaries: Binaries,
  undo: (() => Promise<unknown>)[],
): Promise<Omit<Surroundings, 'stop'>> {
  const auditFile = join(folder, 'audit.log');
  await writeFile(auditFile, '');
  await writeFile(join(folder, 'audit-policy.yaml'), AUDIT_POLICY);
  const plane = await startControlPlane({
    binaries,
    within: folder,
    users: [AUDITED_USER],
    withControllerManager: true,
    // What a deleted tenant is made of is collected; nothing else of it may act: Deployments are the soak's own business.
    controllerManagerArguments: ['--controllers=garbage-collector-controller'],
    apiServerArguments: [
      `--audit-policy-file=${join(folder, 'audit-policy.yaml')}`,
      `--audit-log-path=${auditFile}`,
      // 200 tenants have more Services than there are addresses by default. Of a flag given twice the last counts.
      '--service-cluster-ip-range=10.0.0.0/16',
      // One file: it is read while it is written.
      '--audit-log-maxsize=10000',
    ],
  });
  undo.push(() => plane.stop());
  const nats = await startNats({ dataDir: join(folder, 'nats'), maxFileStoreBytes: MOST_STREAM_BYTES });
  undo.push(() => nats.stop('SIGKILL'));
  const clickhouse = await startClickHouse({ dataDir: join(folder, 'clickhouse') });
  undo.push(() => clickhouse.stop('SIGKILL'));
  const { client, clock } = await speakAsAdministrator(plane);
  await installCrds(client);
  await client.create(NAMESPACES, { metadata: { name: OPERATOR_NAMESPACE } });
  await grantAsChart(client, AUDITED_USER, OPERATOR_NAMESPACE);
  const way = await openCuttableWay(Number(new URL(plane.server).port));
  undo.push(way.close);
  return {
    folder,
    plane,
    nats,
    clickhouse,
    way,
    auditFile,
    client,
    clock,
    operatorKubeconfig: await writeDetour(plane, way, folder),
  };
}

async function speakAsAdministrator(plane: ControlPlane): Promise<{ client: ApiClient; clock: Clock }> {
  const clock = monotonicClock();
  const read = async (path: string): Promise<string> => await readFile(path, 'utf8');
  const config = await kubeconfigFile(plane.kubeconfigFile, { readFile: read, nowMs: clock.nowMs });
  return { client: createApiClient({ transport: nodeTransport(config).transport, clock }), clock };
}

/** The operator's kubeconfig, by the way that can be cut. */
async function writeDetour(plane: ControlPlane, way: CuttableWay, folder: string): Promise<string> {
  const text = await readFile(await plane.userKubeconfig(AUDITED_USER), 'utf8');
  const file = join(folder, 'kubeconfig-operator');
  await writeFile(file, text.replace(plane.server, `https://127.0.0.1:${way.port}`));
  return file;
}
