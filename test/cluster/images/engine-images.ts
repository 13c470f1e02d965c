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

/** `built`: folder of coredns and pause. `work`: an empty folder. */
export async function engineImages(of: {
  readonly names: EngineImageNames;
  readonly built: string;
  readonly work: string;
  readonly say: (line: string) => void;
}): Promise<Image[]> {
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

async function clickHouse({ names, work, say }: Parameters<typeof engineImages>[0]): Promise<Image> {
  const library = await ensureTool('clickhouse', say);
  if (library.kind !== 'library')
    throw new Error(`ClickHouse as a library is needed, not ${library.path}: unset MENSHEN_CLICKHOUSE`);
  const source = fileURLToPath(new URL('native/clickhouse-server.c', import.meta.url));
  const program = await compileC({
    name: 'clickhouse-server',
    sources: [source],
    flags: ['-ldl', '-lpthread'],
    say,
  });
  return {
    name: names.clickhouse,
    layers: [
      await debianLayer(say),
      await keptLayer(`${library.path}.layer.tar`, async (root) => {
        await mkdir(join(root, 'usr/local/lib'), { recursive: true });
        await copyFile(library.path, join(root, 'usr/local/lib/libchdb.so'));
      }),
      await programLayer(work, 'clickhouse-server', program),
    ],
    config: {
      Env: [...BASE_CONFIG.Env, 'LD_LIBRARY_PATH=/usr/local/lib'],
      Entrypoint: ['/usr/local/bin/clickhouse-server'],
    },
  };
}
