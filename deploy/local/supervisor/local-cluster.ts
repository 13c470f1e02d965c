// What stands in for the cluster around a pod: which local process answers for a Service, which command an image is, where volumes lie.
import type { ConfigMap } from '@menshen/operator/tenants/render/manifest-types';

export interface LocalSecret {
  readonly name: string;
  readonly namespace: string;
  readonly data: Readonly<Record<string, Uint8Array>>;
}

export interface LocalCluster {
  /** `name.namespace.svc:port` → `127.0.0.1:port` of the process that serves it. */
  readonly services: ReadonlyMap<string, string>;
  /** Image → command and leading arguments; the container's own arguments follow. */
  readonly images: ReadonlyMap<string, readonly string[]>;
  /** Environment every process gets before its own: `PATH` at least. */
  readonly baseEnvironment: Readonly<Record<string, string>>;
  /** Private folder for what lives as long as a pod: configuration, secrets, temporary files. */
  readonly podsFolder: string;
  /** Folder of what outlives pods: one sub-folder a claim. */
  readonly volumesFolder: string;
  readonly logsFolder: string;
}

/** Looks objects up by namespace and name. */
export interface ObjectSource {
  configMap(namespace: string, name: string): ConfigMap | undefined;
  secret(namespace: string, name: string): LocalSecret | undefined;
}
