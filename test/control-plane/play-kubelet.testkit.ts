// Plays what makes pods of Deployments, as far as a status shows it: where it is told so, all pods of a Deployment are there at once.
import type { ApiClient } from '@menshen/operator/kube/api-client';
import { isApiError } from '@menshen/operator/kube/api-error';
import type { LiveDeployment } from '@menshen/operator/tenants/rolling-tenants';
import { DEPLOYMENTS } from './tenant-operator.testkit.ts';

export interface Kubelet {
  /** Pods of Deployments whose name this likes become ready; of others they never do. */
  likes: (deployment: LiveDeployment) => boolean;
  stop(): Promise<void>;
}

export function playKubelet(client: ApiClient): Kubelet {
  let isStopped = false;
  const kubelet = { likes: (_deployment: LiveDeployment): boolean => true };
  const working = (async () => {
    while (!isStopped) {
      for (const each of (await client.listPage<LiveDeployment>(DEPLOYMENTS)).items) await play(each);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();

  async function play(deployment: LiveDeployment): Promise<void> {
    const { metadata, spec, status } = deployment;
    const replicas = kubelet.likes(deployment) ? (spec?.replicas ?? 1) : 0;
    const isSo =
      status?.observedGeneration === metadata.generation && (status?.availableReplicas ?? 0) === replicas;
    if (isSo || metadata.deletionTimestamp !== undefined) return;
    const reason = kubelet.likes(deployment) ? 'NewReplicaSetAvailable' : 'ReplicaSetUpdated';
    const counts = {
      replicas,
      updatedReplicas: replicas,
      readyReplicas: replicas,
      availableReplicas: replicas,
    };
    const now = new Date().toISOString();
    const condition = {
      type: 'Progressing',
      status: 'True',
      reason,
      lastUpdateTime: now,
      lastTransitionTime: now,
    };
    await client
      .patch(DEPLOYMENTS, metadata, {
        type: 'Merge',
        subresource: 'status',
        fieldManager: 'kubelet',
        body: { status: { ...counts, observedGeneration: metadata.generation, conditions: [condition] } },
      })
      .catch((error: unknown) => {
        if (!isApiError(error, 'NotFound', 'Conflict')) throw error;
      });
  }

  return Object.assign(kubelet, {
    stop: async () => {
      isStopped = true;
      await working;
    },
  });
}
