// One Deployment on this machine: as many pods as wanted, of the template wanted, replaced by its strategy.
import { createHash } from 'node:crypto';
import type { Clock } from '@menshen/contracts/clock';
import type { Deployment } from '@menshen/operator/tenants/render/manifest-types';
import type { LocalCluster, ObjectSource } from './local-cluster.ts';
import { type PodSummary, planRollout } from './plan-rollout.ts';
import type { PodStatus } from './pod.ts';
import { type StartedPod, startPod } from './start-pod.ts';

export interface DeploymentStatus {
  readonly name: string;
  readonly replicas: number;
  readonly pods: readonly PodStatus[];
  /** Why no pod can be made, such as a missing Secret. */
  readonly problem: string | undefined;
}

interface OwnPod extends StartedPod {
  readonly template: string;
}

const RETRY_MS = 2000;

export class RunningDeployment {
  readonly #cluster: LocalCluster;
  readonly #objects: ObjectSource;
  readonly #clock: Clock;
  #wanted: Deployment;
  #pods: OwnPod[] = [];
  #busy = false;
  #working: Promise<void> = Promise.resolve();
  #wake: () => void = () => {};
  #problem: string | undefined;

  constructor(
    wanted: Deployment,
    around: { readonly cluster: LocalCluster; readonly objects: ObjectSource; readonly clock: Clock },
  ) {
    this.#wanted = wanted;
    this.#cluster = around.cluster;
    this.#objects = around.objects;
    this.#clock = around.clock;
    this.apply(wanted);
  }

  /** Sets what is wanted from now on; the pods follow. */
  apply(wanted: Deployment): void {
    this.#wanted = wanted;
    this.#wake();
    if (this.#busy) return;
    this.#busy = true;
    this.#working = this.#converge();
  }

  status(): DeploymentStatus {
    return {
      name: this.#wanted.metadata.name,
      replicas: replicasOf(this.#wanted),
      pods: this.#pods.map(({ pod }) => pod.status()),
      problem: this.#problem,
    };
  }

  /** Local port of the first ready pod behind the container port of that name. */
  readyPort(name: string): number | undefined {
    return this.#pods.find(({ pod }) => pod.status().phase === 'Ready')?.ports.get(name);
  }

  matches(selector: Readonly<Record<string, string>>): boolean {
    const { labels } = this.#wanted.spec.template.metadata;
    return Object.entries(selector).every(([key, value]) => labels[key] === value);
  }

  /** Ends every pod, all at once, and resolves when they have gone. */
  async stop(): Promise<void> {
    this.apply({ ...this.#wanted, spec: { ...this.#wanted.spec, replicas: 0 } });
    await Promise.all(this.#pods.map((own) => own.pod.stop()));
    await this.#working;
  }

  async #converge(): Promise<void> {
    for (;;) {
      const { strategy, template } = this.#wanted.spec;
      const replicas = replicasOf(this.#wanted);
      const step = planRollout(this.#summaries(), { template: hashOf(template), replicas, strategy });
      switch (step.kind) {
        case 'Start':
          await this.#startOne();
          break;
        case 'Stop':
          await this.#stopOne(step.pod);
          break;
        case 'Wait':
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
          break;
        case 'Done':
          // Set here and not when the promise settles: in between, `apply` would believe somebody is still at work.
          this.#busy = false;
          return;
      }
    }
  }

  #summaries(): PodSummary[] {
    return this.#pods.map(({ pod, template }) => {
      const { name, phase } = pod.status();
      return { name, template, ready: phase === 'Ready' };
    });
  }

  async #startOne(): Promise<void> {
    const deployment = this.#wanted;
    try {
      const started = await startPod({
        deployment,
        cluster: this.#cluster,
        objects: this.#objects,
        clock: this.#clock,
        onChange: () => this.#wake(),
      });
      this.#pods.push({ ...started, template: hashOf(deployment.spec.template) });
      this.#problem = undefined;
    } catch (error) {
      // As the kubelet with a missing Secret: say why, and try again, because it may come.
      this.#problem = error instanceof Error ? error.message : String(error);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, RETRY_MS);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async #stopOne(name: string): Promise<void> {
    const own = this.#pods.find(({ pod }) => pod.status().name === name);
    if (own === undefined) return;
    await own.pod.stop();
    await own.discard();
    this.#pods = this.#pods.filter((other) => other !== own);
  }
}

/** One, where nobody says, as the API server has it. */
const replicasOf = ({ spec }: Deployment): number => spec.replicas ?? 1;

const hashOf = (template: Deployment['spec']['template']): string =>
  createHash('sha256').update(JSON.stringify(template)).digest('hex').slice(0, 10);
