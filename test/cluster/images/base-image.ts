// What our images stand on here instead of the Dockerfile's base: glibc and a shell from Debian packages, and the Node that the tree pins.
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toolCache } from '@menshen/engines/tools.mjs';
import { fetchDebianPackages } from '../node/fetch-debian-packages.ts';
import type { ImageConfig } from './read-dockerfile.ts';
import { type Layer, layerOf, packLayer } from './write-image.ts';

const DEBIAN = [
  'base-files',
  'libc6',
  'libgcc-s1',
  'libstdc++6',
  'libssl3',
  'ca-certificates',
  'tzdata',
  'dash',
  'coreutils',
  'libacl1',
  'libattr1',
  'libselinux1',
  'libpcre2-8-0',
  'libgmp10',
];

/** As the base of the Dockerfile has it. */
export const BASE_CONFIG: ImageConfig = {
  Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
};

/** Made once and kept in the tool cache. */
export async function debianLayer(say: (line: string) => void): Promise<Layer> {
  const packages = await fetchDebianPackages({ name: 'image-base', packages: DEBIAN, say });
  return await keptLayer(`${packages}.tar`, async (root) => {
    await cp(packages, root, { recursive: true, verbatimSymlinks: true });
    await mkdir(join(root, 'tmp'), { recursive: true, mode: 0o1777 });
    await mkdir(join(root, 'etc'), { recursive: true });
    await writeFile(
      join(root, 'etc/passwd'),
      'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n',
    );
    await writeFile(join(root, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\n');
  });
}

/** `node`: the program, `version`: its own. */
export async function nodeLayer(node: string, version: string): Promise<Layer> {
  return await keptLayer(join(toolCache(), `image-node-${version}.tar`), async (root) => {
    await mkdir(join(root, 'usr/local/bin'), { recursive: true });
    await cp(node, join(root, 'usr/local/bin/node'), { dereference: true });
  });
}

/** The layer in this file, or made now of what `fill` puts into a folder. */
export async function keptLayer(file: string, fill: (root: string) => Promise<void>): Promise<Layer> {
  if (existsSync(file)) return await layerOf(file);
  const root = await mkdtemp(join(toolCache(), '.layer-'));
  try {
    await fill(root);
    const made = await packLayer({ file: `${file}.${process.pid}`, folder: root });
    await rename(made.file, file);
    return { ...made, file };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
