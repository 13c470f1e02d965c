// An OCI image layout in one tar archive, as `ctr images import` reads it (https://github.com/opencontainers/image-spec, image-layout.md).
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { ImageConfig } from './read-dockerfile.ts';

const run = promisify(execFile);

export interface Image {
  /** In full, such as `docker.io/library/nats:2.15.1`. */
  readonly name: string;
  /** Tar archives, the lowest first. */
  readonly layers: readonly Layer[];
  readonly config: ImageConfig;
}

export interface Layer {
  readonly file: string;
  /** `sha256:…` of the file. */
  readonly digest: string;
  readonly bytes: number;
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
const MEDIA = 'application/vnd.oci.image';

/** Writes all images into `archive`; a layer that several share is in it once. Layers must lie on the disk of `archive`. */
export async function writeImages(archive: string, images: readonly Image[]): Promise<void> {
  const work = await mkdtemp(`${archive}-`);
  const blobs = join(work, 'blobs/sha256');
  await mkdir(blobs, { recursive: true });
  try {
    const manifests = [];
    for (const image of images) manifests.push(await writeImage(blobs, image));
    await writeFile(join(work, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
    await writeFile(join(work, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
    await run('tar', [
      '--create',
      '--file',
      archive,
      '--directory',
      work,
      'oci-layout',
      'index.json',
      'blobs',
    ]);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function writeImage(blobs: string, { name, layers, config }: Image): Promise<object> {
  const architecture = ARCHITECTURES[process.arch];
  // One that is there already is the same.
  for (const { file, digest } of layers) await link(file, join(blobs, hexOf(digest))).catch(() => undefined);
  const described = await writeJson(blobs, `${MEDIA}.config.v1+json`, {
    architecture,
    os: 'linux',
    config,
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
  });
  const manifest = await writeJson(blobs, `${MEDIA}.manifest.v1+json`, {
    schemaVersion: 2,
    mediaType: `${MEDIA}.manifest.v1+json`,
    config: described,
    layers: layers.map(({ digest, bytes }) => ({ mediaType: `${MEDIA}.layer.v1.tar`, digest, size: bytes })),
  });
  const annotations = { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': name };
  return { ...manifest, annotations, platform: { architecture, os: 'linux' } };
}

async function writeJson(blobs: string, mediaType: string, content: object): Promise<object> {
  const bytes = Buffer.from(JSON.stringify(content));
  const hex = createHash('sha256').update(bytes).digest('hex');
  await writeFile(join(blobs, hex), bytes);
  return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
}

const hexOf = (digest: string): string => digest.slice('sha256:'.length);

export interface LayerContent {
  /** Where the archive is written. */
  readonly file: string;
  readonly folder: string;
  /** Paths below the folder; default all. */
  readonly paths?: readonly string[];
  /** Folder in the image, such as `app`; default its root. */
  readonly below?: string;
}

/** Everything belongs to root and has the time 0, so that the same content is the same layer. */
export async function packLayer({ file, folder, paths = ['.'], below }: LayerContent): Promise<Layer> {
  await mkdir(dirname(file), { recursive: true });
  // Not `./`: symbolic links, whose targets must stay as they are, are told apart by the flags.
  const moved = below === undefined ? [] : [`--transform=flags=rh;s,^\\(\\./\\)\\?,${below}/,`];
  const plain = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
  await run('tar', ['--create', '--file', file, ...plain, ...moved, '--directory', folder, ...paths]);
  return await layerOf(file);
}

export async function layerOf(file: string): Promise<Layer> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20 })) hash.update(chunk as Buffer);
  return { file, digest: `sha256:${hash.digest('hex')}`, bytes: (await stat(file)).size };
}
