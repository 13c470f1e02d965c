// Debian packages without installing them: downloaded and verified by apt, unpacked by dpkg into a folder of the tool cache. Nothing of the machine
// changes. Their dependencies must be named too.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { toolCache } from '@menshen/engines/tools.mjs';

const run = promisify(execFile);

export interface DebianPackages {
  /** First part of the folder's name. */
  readonly name: string;
  readonly packages: readonly string[];
  readonly say: (line: string) => void;
}

/**
 * The folder that holds what the packages hold, `usr/…`, and `packages.txt` with their versions. What is there is not looked for anew.
 * Rejects with apt's words.
 */
export async function fetchDebianPackages({ name, packages, say }: DebianPackages): Promise<string> {
  const hash = createHash('sha256')
    .update(JSON.stringify([process.arch, packages]))
    .digest('hex');
  const home = join(toolCache(), `${name}-${hash.slice(0, 12)}`);
  if (existsSync(home)) return home;
  await mkdir(toolCache(), { recursive: true });
  const work = await mkdtemp(join(toolCache(), `.${name}-`));
  try {
    say(`fetching Debian packages: ${packages.join(' ')} …`);
    const unpacked = join(work, 'unpacked');
    await mkdir(unpacked);
    const files = await download(join(work, 'files'), packages);
    for (const file of files) await run('dpkg-deb', ['--extract', file, unpacked]);
    const versions = files.map((file) => file.replace(/^.*\//, '').replace(/\.deb$/, ''));
    await writeFile(join(unpacked, 'packages.txt'), `${versions.sort().join('\n')}\n`);
    await rename(unpacked, home);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return home;
}

/** A machine whose lists are missing or old gets new ones, in a folder of their own. */
async function download(folder: string, packages: readonly string[]): Promise<string[]> {
  await mkdir(folder);
  const apt = async (...args: string[]): Promise<unknown> =>
    await run('apt-get', ['--option', 'APT::Sandbox::User=root', ...args], { cwd: folder });
  const state = `${folder}-state`;
  const own = [`Dir::State=${state}`, `Dir::Cache=${state}`, 'Dir::State::status=/var/lib/dpkg/status'];
  const options = own.flatMap((option) => ['--option', option]);
  try {
    await apt('download', ...packages);
  } catch {
    await mkdir(join(state, 'lists/partial'), { recursive: true });
    await mkdir(join(state, 'archives/partial'), { recursive: true });
    await apt(...options, 'update');
    await apt(...options, 'download', ...packages);
  }
  return (await readdir(folder)).map((file) => join(folder, file));
}
