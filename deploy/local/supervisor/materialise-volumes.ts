// The volumes of a pod as folders on this machine. Configuration and secrets are files only their owner can read.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import type { PodSpec, ProjectedSource, Volume } from '@menshen/operator/tenants/render/manifest-types';
import type { LocalCluster, ObjectSource } from './local-cluster.ts';
import { type Localisation, localiseJson } from './localise-text.ts';

export interface PodPlace {
  readonly namespace: string;
  /** Folder of this pod alone. */
  readonly folder: string;
  readonly cluster: LocalCluster;
  readonly objects: ObjectSource;
  readonly ports: ReadonlyMap<number, number>;
}

/** Makes every volume of the pod and says where things went. Rejects, naming it, when a ConfigMap, Secret or key is missing. */
export async function materialiseVolumes(pod: PodSpec, place: PodPlace): Promise<Localisation> {
  const folders = new Map(pod.volumes.map((volume) => [volume.name, volumeFolder(volume, place)]));
  const mounts = pod.containers.flatMap((container) => container.volumeMounts);
  const localisation: Localisation = {
    paths: new Map(
      mounts.map((mount) => [mount.mountPath, folders.get(mount.name) ?? unknownVolume(mount.name)]),
    ),
    services: place.cluster.services,
    ports: place.ports,
  };
  for (const volume of pod.volumes) await fillVolume(volume, { place, localisation, folders });
  return localisation;
}

function volumeFolder(volume: Volume, place: PodPlace): string {
  // A claim outlives the pod; everything else goes with it.
  if ('persistentVolumeClaim' in volume)
    return join(place.cluster.volumesFolder, place.namespace, volume.persistentVolumeClaim.claimName);
  return join(place.folder, volume.name);
}

interface Filling {
  readonly place: PodPlace;
  readonly localisation: Localisation;
  readonly folders: ReadonlyMap<string, string>;
}

async function fillVolume(volume: Volume, filling: Filling): Promise<void> {
  const folder = filling.folders.get(volume.name) ?? unknownVolume(volume.name);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (!('projected' in volume)) return;
  for (const source of volume.projected.sources)
    for (const file of filesOf(source, filling)) await writePrivately(folder, file);
}

interface ProjectedFile {
  readonly path: string;
  readonly content: string | Uint8Array;
}

function filesOf(source: ProjectedSource, { place, localisation }: Filling): ProjectedFile[] {
  if ('configMap' in source) {
    const { name, items } = source.configMap;
    const found = place.objects.configMap(place.namespace, name);
    return items.map(({ key, path }) => {
      const text =
        found?.data[key] ?? missing(`ConfigMap ${place.namespace}/${name}`, key, found !== undefined);
      return { path, content: localiseJson(text, localisation) };
    });
  }
  const { name, items } = source.secret;
  const found = place.objects.secret(place.namespace, name);
  return items.map(({ key, path }) => ({
    path,
    content: found?.data[key] ?? missing(`Secret ${place.namespace}/${name}`, key, found !== undefined),
  }));
}

async function writePrivately(folder: string, file: ProjectedFile): Promise<void> {
  if (isAbsolute(file.path) || normalize(file.path).startsWith('..'))
    throw new Error(`the path ${file.path} leaves its volume`);
  const target = join(folder, file.path);
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  await writeFile(target, file.content, { mode: 0o600 });
}

function missing(object: string, key: string, exists: boolean): never {
  throw new Error(
    exists
      ? `${object} has no key ${key}: add it under data or stringData`
      : `${object} does not exist: add it to the folder`,
  );
}

function unknownVolume(name: string): never {
  throw new Error(`a container mounts the volume ${name}, which the pod does not have`);
}
