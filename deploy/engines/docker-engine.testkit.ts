// A Docker engine for tests: the one that answers, else one of Debian's packages, unpacked into the tool cache and run with folders and a socket
// of its own, without bridge and firewall rules. It needs root, as every Docker engine does.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { toolCache } from './tools.mjs';

export interface DockerEngine {
  /** For `DOCKER_HOST` and `PATH`; empty where the machine's own answers. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** The packages a Docker engine needs, as Debian names them. */
const PACKAGES = ['docker.io', 'containerd', 'runc', 'tini'];
const START_LIMIT_MS = 30_000;

/** What this machine lacks for a Docker engine; `undefined` when one answers or can be started. */
export function whyNoDocker(): string | undefined {
  if (answers({})) return undefined;
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'no Docker engine answers, and only root on Linux can start one';
  if (existsSync(cacheFolder())) return undefined;
  const known = spawnSync('apt-cache', ['policy', ...PACKAGES], { encoding: 'utf8' });
  return known.status === 0
    ? undefined
    : 'no Docker engine answers, and there are no Debian packages to start one from';
}

/** Rejects when Debian's packages cannot be fetched or the engine does not answer. */
export async function startDocker(): Promise<DockerEngine> {
  if (answers({})) return { environment: {}, stop: async () => undefined };
  const programs = await unpackPackages();
  const folder = await mkdtemp(join(tmpdir(), 'menshen-docker-'));
  const socket = join(folder, 'docker.sock');
  const environment = {
    PATH: `${join(programs, 'usr/sbin')}:${join(programs, 'usr/bin')}:${process.env['PATH'] ?? ''}`,
    DOCKER_HOST: `unix://${socket}`,
    // testcontainers would ask the bridge, which this engine does without.
    TESTCONTAINERS_HOST_OVERRIDE: '127.0.0.1',
  };
  const args = [
    '--iptables=false',
    '--ip6tables=false',
    '--bridge=none',
    '--data-root',
    join(folder, 'data'),
  ];
  const places = [
    '--exec-root',
    join(folder, 'exec'),
    '--pidfile',
    join(folder, 'pid'),
    '--host',
    `unix://${socket}`,
  ];
  const daemon = spawn(join(programs, 'usr/sbin/dockerd'), [...args, ...places], {
    env: { ...process.env, ...environment },
    stdio: 'ignore',
  });
  await untilItAnswers(daemon, environment);
  return {
    environment,
    stop: async () => {
      daemon.kill('SIGTERM');
      if (daemon.exitCode === null) await new Promise((resolve) => daemon.once('exit', resolve));
      await unmountWithin(folder);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The engine leaves the mount of its network namespace behind. */
async function unmountWithin(folder: string): Promise<void> {
  const mounts = await readFile('/proc/self/mounts', 'utf8');
  const paths = mounts.split('\n').map((line) => line.split(' ')[1] ?? '');
  for (const path of paths.reverse()) if (path.startsWith(`${folder}/`)) spawnSync('umount', [path]);
}

async function untilItAnswers(daemon: ChildProcess, environment: DockerEngine['environment']): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS;
  while (!answers(environment)) {
    if (daemon.exitCode !== null) throw new Error(`dockerd ended with ${daemon.exitCode}`);
    if (Date.now() > deadline) throw new Error(`dockerd did not answer within ${START_LIMIT_MS / 1000} s`);
    await sleep(100);
  }
}

function answers(environment: Readonly<Record<string, string>>): boolean {
  const env = { ...process.env, ...environment };
  return spawnSync('docker', ['version', '--format', '{{.Server.Version}}'], { env }).status === 0;
}

/** `debian-docker`, because the version is whatever this machine's Debian has. */
const cacheFolder = (): string => join(toolCache(), 'debian-docker');

async function unpackPackages(): Promise<string> {
  const target = cacheFolder();
  if (existsSync(target)) return target;
  await mkdir(toolCache(), { recursive: true });
  const work = await mkdtemp(join(toolCache(), '.debian-docker-'));
  try {
    if (!hasLists()) command('apt-get', ['update', '-qq'], work);
    command('apt-get', ['download', '-qq', ...PACKAGES], work);
    const unpacked = join(work, 'unpacked');
    for (const file of await readdir(work))
      if (file.endsWith('.deb')) command('dpkg', ['-x', join(work, file), unpacked], work);
    await rename(unpacked, target).catch((error: NodeJS.ErrnoException) => {
      // Another test was quicker: what it unpacked is as good as ours.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
    return target;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Whether apt knows where the packages are; a fresh machine has no lists yet. */
function hasLists(): boolean {
  const policy = spawnSync('apt-cache', ['policy', 'docker.io'], { encoding: 'utf8' });
  return /Candidate: (?!\(none\))/.test(policy.stdout);
}

function command(name: string, args: readonly string[], cwd: string): void {
  const done = spawnSync(name, [...args], { cwd, encoding: 'utf8' });
  if (done.status !== 0)
    throw new Error(
      `${name} ${args.slice(0, 2).join(' ')} … ended with ${done.status}:\n${done.stderr?.trim()}`,
    );
}
