// Secrets of an API server in memory: what get and server-side apply do with them, and how often they were asked.
import type { ApiClient, Patch } from '../../kube/api-client.ts';
import { type KubeObject, keyOf, type ObjectName } from '../../kube/kube-object.ts';
import type { Resource } from '../../kube/resource.ts';

export interface SecretStore {
  readonly client: Pick<ApiClient, 'get' | 'patch'>;
  readonly secrets: Map<string, KubeObject & { data?: Record<string, string> }>;
  /** Kinds of requests since the last call. */
  requests(): string[];
  /** The bytes under a key of a Secret; throws when it is not there. */
  bytes(key: string, entry: string): Uint8Array;
}

export function createSecretStore(): SecretStore {
  const secrets: SecretStore['secrets'] = new Map();
  const requests: string[] = [];
  const client = {
    get: async (_: Resource, name: ObjectName) => {
      requests.push('get');
      return structuredClone(secrets.get(keyOf(name)));
    },
    patch: async (_: Resource, name: ObjectName, patch: Patch) => {
      requests.push('apply');
      secrets.set(keyOf(name), structuredClone(patch.body) as KubeObject);
      return patch.body;
    },
  };
  return {
    client: client as SecretStore['client'],
    secrets,
    requests: () => requests.splice(0),
    bytes: (key, entry) => {
      const text = secrets.get(key)?.data?.[entry];
      if (text === undefined) throw new Error(`there is no ${entry} in ${key}`);
      return Buffer.from(text, 'base64');
    },
  };
}
