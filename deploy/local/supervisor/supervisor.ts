// Stands in for a cluster on one machine: takes what the operator's renderers made and runs each Deployment's pods as processes.
import { mkdir } from 'node:fs/promises';
import type { Clock } from '@menshen/contracts/clock';
import type {
  ConfigMap,
  Deployment,
  RenderedObject,
  Service,
} from '@menshen/operator/tenants/render/manifest-types';
import { type Ignored, listIgnored } from './list-ignored.ts';
import type { LocalCluster, LocalSecret } from './local-cluster.ts';
import { type DeploymentStatus, RunningDeployment } from './run-deployment.ts';
import { listUnsupported, type UnsupportedField } from './supported-fields.ts';

export type Applied =
  | { readonly ok: true /** What this machine does not do. */; readonly ignored: readonly Ignored[] }
  | { readonly ok: false; readonly unsupported: readonly UnsupportedField[] };

export interface Supervisor {
  /**
   * Makes these objects, and only these, what runs here: what is new is started, what changed is rolled over, what is gone is stopped.
   * When any field is not understood nothing is changed and the fields are named.
   */
  apply(objects: readonly RenderedObject[], secrets: readonly LocalSecret[]): Promise<Applied>;
  status(): readonly DeploymentStatus[];
  /** `127.0.0.1:port` of a ready pod behind `port` of the Service; `undefined` while there is none. */
  serviceAddress(name: string, port: string): string | undefined;
  /** Ends every process and resolves when all have gone. */
  stop(): Promise<void>;
}

export async function createSupervisor(options: {
  readonly cluster: LocalCluster;
  readonly clock: Clock;
}): Promise<Supervisor> {
  const { cluster, clock } = options;
  for (const folder of [cluster.podsFolder, cluster.volumesFolder, cluster.logsFolder])
    await mkdir(folder, { recursive: true, mode: 0o700 });
  return new ProcessSupervisor(cluster, clock);
}

class ProcessSupervisor implements Supervisor {
  readonly #cluster: LocalCluster;
  readonly #clock: Clock;
  readonly #deployments = new Map<string, RunningDeployment>();
  #configMaps = new Map<string, ConfigMap>();
  #secrets = new Map<string, LocalSecret>();
  #services = new Map<string, Service>();

  constructor(cluster: LocalCluster, clock: Clock) {
    this.#cluster = cluster;
    this.#clock = clock;
  }

  async apply(objects: readonly RenderedObject[], secrets: readonly LocalSecret[]): Promise<Applied> {
    const unsupported = objects.flatMap(listUnsupported);
    if (unsupported.length > 0) return { ok: false, unsupported };
    this.#configMaps = byKey(objects.filter((object) => object.kind === 'ConfigMap'));
    this.#services = new Map(
      objects
        .filter((object) => object.kind === 'Service')
        .map((service) => [service.metadata.name, service]),
    );
    this.#secrets = new Map(secrets.map((secret) => [`${secret.namespace}/${secret.name}`, secret]));
    const wanted = byKey(objects.filter((object) => object.kind === 'Deployment'));
    const gone = [...this.#deployments].filter(([key]) => !wanted.has(key));
    for (const [key, deployment] of wanted) this.#run(key, deployment);
    await Promise.all(
      gone.map(async ([key, running]) => {
        await running.stop();
        this.#deployments.delete(key);
      }),
    );
    return { ok: true, ignored: listIgnored(objects) };
  }

  status(): readonly DeploymentStatus[] {
    return [...this.#deployments.values()].map((running) => running.status());
  }

  serviceAddress(name: string, port: string): string | undefined {
    const service = this.#services.get(name);
    const target = service?.spec.ports.find((candidate) => candidate.name === port)?.targetPort;
    if (service === undefined || target === undefined) return undefined;
    const behind = [...this.#deployments.values()].filter((running) =>
      running.matches(service.spec.selector),
    );
    const local = behind.map((running) => running.readyPort(target)).find((found) => found !== undefined);
    return local === undefined ? undefined : `127.0.0.1:${local}`;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#deployments.values()].map((running) => running.stop()));
    this.#deployments.clear();
  }

  #run(key: string, deployment: Deployment): void {
    const running = this.#deployments.get(key);
    if (running !== undefined) {
      running.apply(deployment);
      return;
    }
    const objects = {
      configMap: (namespace: string, name: string) => this.#configMaps.get(`${namespace}/${name}`),
      secret: (namespace: string, name: string) => this.#secrets.get(`${namespace}/${name}`),
    };
    const around = { cluster: this.#cluster, objects, clock: this.#clock };
    this.#deployments.set(key, new RunningDeployment(deployment, around));
  }
}

function byKey<T extends RenderedObject>(objects: readonly T[]): Map<string, T> {
  return new Map(objects.map((object) => [`${object.metadata.namespace}/${object.metadata.name}`, object]));
}
