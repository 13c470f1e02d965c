// Images of the programs beside Menshen, under the names by which the chart and the node ask for them: nats-server from its Python package,
// ClickHouse as chDB behind a program of the server's name, CoreDNS and pause as built here.
import { existsSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileC } from '@menshen/engines/compile-c.mjs';
import { ensureTool } from '@menshen/engines/tools.mjs';
import { PAUSE_IMAGE } from '../node/configure.ts';
import { BASE_CONFIG, debianLayer, keptLayer } from './base-image.ts';
import { type Image, packLayer } from './write-image.ts';

export const COREDNS_IMAGE = 'docker.io/menshen-test/coredns:1';

export interface EngineImageNames {
  readonly nats: string;
  readonly clickhouse: string;
}

export interface EngineImageWork {
  readonly names: EngineImageNames;
  /** Folder of coredns and pause. */
  readonly built: string;
  /** An empty folder. */
  readonly work: string;
  readonly say: (line: string) => void;
}

/** Names, with versions or hashes in them, of all that goes into the images. */
export async function whatEnginesAre({ built, say }: Omit<EngineImageWork, 'work'>): Promise<string[]> {
  const found = await Promise.all([ensureTool('nats-server', say), ensureTool('clickhouse', say)]);
  return [built, await clickHouseProgram(say), ...found.map(({ path }) => path)];
}

export async function engineImages(of: EngineImageWork): Promise<Image[]> {
  const { names, built, work, say } = of;
  const nats = await ensureTool('nats-server', say);
  const single = async (name: string, program: string, path: string): Promise<Image> => ({
    name,
    layers: [await programLayer(work, program, path)],
    config: { ...BASE_CONFIG, Entrypoint: [`/usr/local/bin/${program}`] },
  });
  return [
    await single(PAUSE_IMAGE, 'pause', join(built, 'pause')),
    await single(COREDNS_IMAGE, 'coredns', join(built, 'coredns')),
    await single(names.nats, 'nats-server', whereOnPath(nats.path)),
    await clickHouse(of),
  ];
}

/** A program without libraries, alone in a layer. */
async function programLayer(work: string, program: string, path: string) {
  const root = join(work, `root-${program}`);
  await mkdir(join(root, 'usr/local/bin'), { recursive: true });
  await copyFile(path, join(root, 'usr/local/bin', program));
  return await packLayer({ file: join(work, `${program}.tar`), folder: root });
}

/** An engine found on PATH is named by its name. */
function whereOnPath(path: string): string {
  if (path.includes('/')) return path;
  const folders = (process.env['PATH'] ?? '').split(':');

  return folders.map((folder) => join(folder, path)).find((file) => existsSync(file)) ?? path;
}

async function clickHouse({ names, work, say }: EngineImageWork): Promise<Image> {
  const library = await ensureTool('clickhouse', say);
  if (library.kind !== 'library')
    throw new Error(`ClickHouse as a library is needed, not ${library.path}: unset MENSHEN_CLICKHOUSE`);
  return {
    name: names.clickhouse,
    layers: [
      await debianLayer(say),
      await keptLayer(`${library.path}.layer.tar`, async (root) => {
        await mkdir(join(root, 'usr/local/lib'), { recursive: true });
        await copyFile(library.path, join(root, 'usr/local/lib/libchdb.so'));
      }),
      await programLayer(work, 'clickhouse-server', await clickHouseProgram(say)),
    ],
    config: {
      Env: [...BASE_CONFIG.Env, 'LD_LIBRARY_PATH=/usr/local/lib'],
      Entrypoint: ['/usr/local/bin/clickhouse-server'],
    },
  };
}

/** A compiler's result, kept by the hash of its source. */
async function clickHouseProgram(say: (line: string) => void): Promise<string> {
  const source = fileURLToPath(new URL('native/clickhouse-server.c', import.meta.url));
  return await compileC({
    name: 'clickhouse-server',
    sources: [source],
    flags: ['-ldl', '-lpthread'],
    say,
  });
}
