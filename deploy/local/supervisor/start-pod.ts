// Pod template → running process: ports are chosen, volumes made, arguments and environment moved to this machine.
import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@menshen/contracts/clock';
import { freePort } from '@menshen/engines/engine-process';
import { parseQuantityBytes } from '@menshen/operator/tenants/parse-quantity';
import type { Container, Deployment } from '@menshen/operator/tenants/render/manifest-types';
import type { LocalCluster, ObjectSource } from './local-cluster.ts';
import { localiseArgument, localisePath } from './localise-text.ts';
import { materialiseVolumes } from './materialise-volumes.ts';
import { Pod } from './pod.ts';

export interface StartedPod {
  readonly pod: Pod;
  /** Local port by the name the container gives it. */
  readonly ports: ReadonlyMap<string, number>;
  /** Removes what lived as long as the pod: configuration, secrets, temporary files. */
  discard(): Promise<void>;
}

export interface PodStart {
  readonly deployment: Deployment;
  readonly cluster: LocalCluster;
  readonly objects: ObjectSource;
  readonly clock: Clock;
  readonly onChange: () => void;
}

/** Starts one pod of the Deployment. Rejects when its volumes cannot be made or its image is not known here. */
export async function startPod(start: PodStart): Promise<StartedPod> {
  const { deployment, cluster } = start;
  const { namespace } = deployment.metadata;
  const spec = deployment.spec.template.spec;
  const container = onlyContainer(deployment);
  const command = cluster.images.get(container.image);
  if (command === undefined) throw new Error(`the image ${container.image} is not known on this machine`);

  const name = `${deployment.metadata.name}-${randomBytes(3).toString('hex')}`;
  const folder = join(cluster.podsFolder, name);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const discard = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const byContainerPort = await choosePorts(container);
  try {
    const to = await materialiseVolumes(spec, {
      namespace,
      folder,
      cluster,
      objects: start.objects,
      ports: byContainerPort,
    });
    const environment = container.env.map(({ name: key, value }) => [key, localisePath(value, to)] as const);
    const ports = new Map(
      container.ports.map((port) => [
        port.name,
        byContainerPort.get(port.containerPort) ?? port.containerPort,
      ]),
    );
    const pod = new Pod({
      name,
      command: [...command, ...container.args.map((argument) => localiseArgument(argument, to))],
      // In a cluster the host name is the pod's name; here all pods share the machine's.
      environment: { ...cluster.baseEnvironment, POD_NAME: name, ...Object.fromEntries(environment) },
      probes: container,
      ports,
      graceMs: spec.terminationGracePeriodSeconds * 1000,
      memoryLimitBytes: parseQuantityBytes(container.resources.limits.memory),
      logFile: join(cluster.logsFolder, `${name}.log`),
      clock: start.clock,
      onChange: start.onChange,
    });
    return { pod, ports, discard };
  } catch (error) {
    await discard();
    throw error;
  }
}

function onlyContainer(deployment: Deployment): Container {
  const [container, ...others] = deployment.spec.template.spec.containers;
  if (container === undefined || others.length > 0)
    throw new Error(
      `Deployment ${deployment.metadata.name} must have one container, which becomes one process`,
    );
  return container;
}

/** In a cluster every pod has its own address; here they share one, so every port of every pod is another. */
async function choosePorts(container: Container): Promise<Map<number, number>> {
  const ports = new Map<number, number>();
  for (const { containerPort } of container.ports) ports.set(containerPort, await freePort());
  return ports;
}
