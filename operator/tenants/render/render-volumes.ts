// Volumes of a pod: configuration and secrets as one read-only folder, a place for temporary files, and the record where it is a volume.
import type { SettledSpec } from '../settled-tenant.ts';
import type { Container, ProjectedSource, Volume } from './manifest-types.ts';
import type { Workload } from './plan-workloads.ts';
import { CONFIG_KEY } from './render-config-map.ts';
import { CONFIG_FOLDER, type MountedSecret, OBJECTS_FOLDER } from './render-role-config.ts';
import { SDK_FOLDER, sdkVolume } from './render-sdk.ts';

export const TEMPORARY_FOLDER = '/tmp';

export interface RenderedVolumes {
  readonly volumes: readonly Volume[];
  readonly mounts: Container['volumeMounts'];
}

export function renderVolumes(of: {
  readonly spec: SettledSpec;
  readonly workload: Workload;
  readonly configMapName: string;
  readonly secrets: readonly MountedSecret[];
}): RenderedVolumes {
  const claim = of.spec.storage.objects.folder?.volumeClaimName;
  const sdk = sdkVolume(of.spec, of.workload);
  const config: ProjectedSource = {
    configMap: { name: of.configMapName, items: [{ key: CONFIG_KEY, path: CONFIG_KEY }] },
  };
  return {
    volumes: [
      // 0440: readable by the group, which is the pod's fsGroup, and by nobody else.
      { name: 'config', projected: { defaultMode: 0o440, sources: [config, ...secretSources(of.secrets)] } },
      { name: 'tmp', emptyDir: {} },
      ...(claim === undefined ? [] : [{ name: 'objects', persistentVolumeClaim: { claimName: claim } }]),
      ...(sdk === undefined ? [] : [sdk]),
    ],
    mounts: [
      { name: 'config', mountPath: CONFIG_FOLDER, readOnly: true },
      { name: 'tmp', mountPath: TEMPORARY_FOLDER },
      ...(claim === undefined ? [] : [{ name: 'objects', mountPath: OBJECTS_FOLDER }]),
      ...(sdk === undefined ? [] : [{ name: sdk.name, mountPath: SDK_FOLDER, readOnly: true as const }]),
    ],
  };
}

/** One source for each Secret, in the order in which they are first named. */
function secretSources(secrets: readonly MountedSecret[]): ProjectedSource[] {
  const bySecret = Map.groupBy(secrets, (secret) => secret.ref.name);
  return [...bySecret].map(([name, mounted]) => ({
    secret: { name, items: mounted.map(({ ref, path }) => ({ key: ref.key, path })) },
  }));
}
