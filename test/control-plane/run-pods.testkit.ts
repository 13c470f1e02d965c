// The nodes of a cluster on one machine: what the operator wrote to the API server is run by local mode's supervisor, and how the pods do is
// written back as a kubelet and the Deployment controller would.
import type { Clock } from '@menshen/contracts/clock';
import type { LocalSecret } from '@menshen/local/supervisor/local-cluster';
import { createSupervisor, type Supervisor } from '@menshen/local/supervisor/supervisor';
import type { ApiClient } from '@menshen/operator/kube/api-client';
import { isApiError } from '@menshen/operator/kube/api-error';
import type { KubeObject } from '@menshen/operator/kube/kube-object';
import { CHILD_RESOURCES, CHILD_SELECTOR, SECRETS } from '@menshen/operator/tenants/child-resources';
import type { RenderedObject } from '@menshen/operator/tenants/render/manifest-types';
import type { LiveDeployment } from '@menshen/operator/tenants/rolling-tenants';
import { readOwned } from './read-owned.testkit.ts';

export interface PodRunner {
  readonly supervisor: Supervisor;
  stop(): Promise<void>;
}

const MANAGER = 'menshen-operator';

export async function runPods(of: {
  readonly client: ApiClient;
  readonly namespace: string;
  readonly dataFolder: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly clock: Clock;
}): Promise<PodRunner> {
  const { client, namespace, dataFolder } = of;
  const supervisor = await createSupervisor({
    clock: of.clock,
    cluster: {
      services: new Map(),
      images: new Map([[of.image, of.command]]),
      baseEnvironment: { PATH: process.env['PATH'] ?? '' },
      podsFolder: `${dataFolder}/pods`,
      volumesFolder: `${dataFolder}/volumes`,
      logsFolder: `${dataFolder}/logs`,
    },
  });
  let isStopped = false;
  let before = '';
  const working = (async () => {
    while (!isStopped) {
      const objects = await readObjects(client, namespace);
      const secrets = await readSecrets(client, namespace);
      const now = JSON.stringify([objects, secrets]);
      if (now !== before) {
        const applied = await supervisor.apply(objects, secrets);
        if (!applied.ok) throw new Error(JSON.stringify(applied.unsupported));
        before = now;
      }
      await writeStatus(client, namespace, supervisor);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  // Seen by whoever stops it; until then a test that waits in vain says what it waits for.
  working.catch(() => undefined);
  return {
    supervisor,
    stop: async () => {
      isStopped = true;
      await supervisor.stop();
      await working;
    },
  };
}

async function readObjects(client: ApiClient, namespace: string): Promise<RenderedObject[]> {
  const objects: RenderedObject[] = [];
  for (const resource of Object.values(CHILD_RESOURCES)) {
    const page = await client.listPage<KubeObject>(resource, { namespace, labelSelector: CHILD_SELECTOR });
    for (const item of page.items) {
      if (item.metadata.deletionTimestamp !== undefined) continue;
      const { group, version, kind } = resource;
      const apiVersion = group === '' ? version : `${group}/${version}`;
      objects.push(readOwned({ ...item, apiVersion, kind }, MANAGER) as unknown as RenderedObject);
    }
  }
  return objects;
}

type Secret = KubeObject & { readonly data?: Readonly<Record<string, string>> };

async function readSecrets(client: ApiClient, namespace: string): Promise<LocalSecret[]> {
  const { items } = await client.listPage<Secret>(SECRETS, { namespace });
  return items.map(({ metadata, data = {} }) => ({
    namespace,
    name: metadata.name,
    data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'base64')])),
  }));
}

/** As soon as a pod is ready; a Deployment whose pods have all ended and that is being deleted is let go. */
async function writeStatus(client: ApiClient, namespace: string, supervisor: Supervisor): Promise<void> {
  const running = new Map(supervisor.status().map((each) => [each.name, each]));
  const { items } = await client.listPage<LiveDeployment>(CHILD_RESOURCES.Deployment, { namespace });
  for (const { metadata, status } of items) {
    const pods = running.get(metadata.name)?.pods ?? [];
    if (metadata.deletionTimestamp !== undefined) {
      if (pods.length === 0) await patch(client, metadata, { metadata: { finalizers: null } });
      continue;
    }
    const ready = pods.filter(({ phase }) => phase === 'Ready').length;
    if (status?.observedGeneration === metadata.generation && (status?.availableReplicas ?? 0) === ready)
      continue;
    const now = new Date().toISOString();
    const reason = ready > 0 ? 'NewReplicaSetAvailable' : 'ReplicaSetUpdated';
    const condition = {
      type: 'Progressing',
      status: 'True',
      reason,
      lastUpdateTime: now,
      lastTransitionTime: now,
    };
    const counts = {
      replicas: ready,
      updatedReplicas: ready,
      readyReplicas: ready,
      availableReplicas: ready,
    };
    const body = { status: { ...counts, observedGeneration: metadata.generation, conditions: [condition] } };
    await patch(client, metadata, body, 'status');
  }
}

async function patch(
  client: ApiClient,
  metadata: KubeObject['metadata'],
  body: object,
  subresource?: 'status',
): Promise<void> {
  const way = subresource === undefined ? {} : { subresource };
  await client
    .patch(CHILD_RESOURCES.Deployment, metadata, { type: 'Merge', fieldManager: 'kubelet', body, ...way })
    .catch((error: unknown) => {
      if (!isApiError(error, 'NotFound', 'Conflict')) throw error;
    });
}
