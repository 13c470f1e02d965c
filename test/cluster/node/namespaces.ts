// The namespaces of a node: made so that everything in them ends with one process, and cleared away so that the machine is as it was before.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startEngine } from '@menshen/engines/engine-process';

const execute = promisify(execFile);
/** `ip` and `sysctl` lie in folders that not every PATH of root has. */
const run = async (program: string, args: readonly string[]): Promise<{ stdout: string }> =>
  await execute(program, [...args], {
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
  });

/** Of the network namespace, of the cgroups. One node at a time on a machine. */
export const NODE_NAMESPACE = 'menshen-node';
const VETH = 'menshen-node0';
export const ADDRESSES = { host: '10.213.0.1', node: '10.213.0.2', bits: 24 } as const;
const CGROUPS = '/sys/fs/cgroup';
const NETNS = '/run/netns';
/** Mount points: what is written there is in memory of the node. */
const FOLDERS = [NETNS, '/var/lib/cni', '/var/lib/kubelet'];
/** The kubelet sets these for the whole machine. */
const SYSCTLS = [
  'vm.overcommit_memory',
  'vm.panic_on_oom',
  'kernel.panic',
  'kernel.panic_on_oops',
  'kernel.keys.root_maxkeys',
  'kernel.keys.root_maxbytes',
];

export interface Namespaces {
  /** `command` and `args` by which a program starts in them. */
  enter(
    program: string,
    args: readonly string[],
  ): { readonly command: string; readonly args: readonly string[] };
  /** Ends every process in them and puts the machine back. */
  close(): Promise<void>;
}

/** `folder` takes the log, and goes with the namespaces. What an earlier node left behind, because its test was killed, is removed first. */
export async function openNamespaces(folder: string): Promise<Namespaces> {
  await clearAway();
  await writeDownBefore(folder);
  try {
    await makeCgroups();
    return await makeNamespaces(folder);
  } catch (error) {
    await clearAway();
    throw error;
  }
}

async function makeNamespaces(folder: string): Promise<Namespaces> {
  const { host, node, bits } = ADDRESSES;
  await run('ip', ['netns', 'add', NODE_NAMESPACE]);
  await run('ip', ['link', 'add', VETH, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', NODE_NAMESPACE]);
  await run('ip', ['address', 'add', `${host}/${bits}`, 'dev', VETH]);
  await run('ip', ['link', 'set', VETH, 'up']);
  const ready = join(folder, 'ready');
  const script = fileURLToPath(new URL('inside.sh', import.meta.url));
  const outer = await startEngine({
    name: 'the node',
    command: 'nsenter',
    args: [
      `--net=${NETNS}/${NODE_NAMESPACE}`,
      ...['unshare', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child'],
      ...['sh', script, `${node}/${bits}`, host, ready],
    ],
    url: '',
    dataDir: folder,
    logFile: join(folder, 'node.log'),
    holdStdin: false,
    answers: () => Promise.resolve(existsSync(ready)),
  });
  const first = await childOf(outer.pid() ?? 0);
  return {
    enter: (program, args) => ({
      command: 'nsenter',
      args: [`--target=${first}`, '--mount', '--net', '--pid', program, ...args],
    }),
    async close() {
      await outer.stop('SIGKILL');
      await clearAway();
    },
  };
}

interface Before {
  /** `name=value`. */
  readonly sysctls: readonly string[];
  /** Folders that a node makes and that were not there. */
  readonly absent: readonly string[];
  /** The node's data, logs and images. */
  readonly folder: string;
}

/** Kept beside the node, so that whoever clears away after a killed test knows it too. */
const BEFORE = '/run/menshen-node.json';

async function writeDownBefore(folder: string): Promise<void> {
  const sysctls = SYSCTLS.map(async (name) => {
    const { stdout } = await run('sysctl', ['-n', name]);
    return `${name}=${stdout.trim()}`;
  });
  const absent = FOLDERS.filter((folder) => !existsSync(folder));
  const before: Before = { sysctls: await Promise.all(sysctls), absent, folder };
  await writeFile(BEFORE, JSON.stringify(before));
}

async function putBack(): Promise<void> {
  const before = JSON.parse(await readFile(BEFORE, 'utf8')) as Before;
  for (const line of before.sysctls) await run('sysctl', ['-qw', line]);
  // `ip netns` makes its folder a mount of its own.
  if (before.absent.includes(NETNS)) await run('umount', [NETNS]).catch(() => undefined);
  for (const folder of before.absent) await rmdir(folder).catch(() => undefined);
  await rm(before.folder, { recursive: true, force: true });
  await rm(BEFORE);
}

/** Removes the namespace with all that runs in it, the link and the cgroups, as far as they are there, and puts back what was written down. */
async function clearAway(): Promise<void> {
  if (existsSync(`${NETNS}/${NODE_NAMESPACE}`)) {
    // Mounts of volumes live until the last process has gone.
    for (let pids = await processes(); pids.length > 0; pids = await processes()) {
      for (const pid of pids) kill(pid);
      await setTimeout(20);
    }
    await run('ip', ['netns', 'delete', NODE_NAMESPACE]);
  }
  await run('ip', ['link', 'delete', VETH]).catch(() => undefined);
  for (const parent of await cgroupParents()) await removeCgroup(join(parent, NODE_NAMESPACE));
  if (existsSync(BEFORE)) await putBack();
}

async function processes(): Promise<number[]> {
  const { stdout } = await run('ip', ['netns', 'pids', NODE_NAMESPACE]);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map(Number);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has gone by itself.
  }
}

/** The kubelet's root must exist in every hierarchy: of version 1 there is one for each controller, of version 2 one. */
async function makeCgroups(): Promise<void> {
  for (const parent of await cgroupParents()) {
    if (parent.endsWith('/unified')) continue;
    const own = join(parent, NODE_NAMESPACE);
    await mkdir(own, { recursive: true });
    if (parent === CGROUPS) await delegate(parent);
    // An empty set of processors would take no process.
    for (const file of ['cpuset.cpus', 'cpuset.mems'])
      if (parent !== CGROUPS && existsSync(join(parent, file)))
        await writeFile(join(own, file), await readFile(join(parent, file)));
  }
}

async function delegate(parent: string): Promise<void> {
  const controllers = (await readFile(join(parent, 'cgroup.controllers'), 'utf8')).trim().split(' ');
  const all = controllers.map((name) => `+${name}`).join(' ');
  for (const folder of [parent, join(parent, NODE_NAMESPACE)])
    await writeFile(join(folder, 'cgroup.subtree_control'), all);
}

async function cgroupParents(): Promise<string[]> {
  if (existsSync(join(CGROUPS, 'cgroup.controllers'))) return [CGROUPS];
  const entries = await readdir(CGROUPS, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(CGROUPS, entry.name));
}

/** Deepest first; files in a cgroup are no files. */
async function removeCgroup(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  for (const entry of await readdir(folder, { withFileTypes: true }))
    if (entry.isDirectory()) await removeCgroup(join(folder, entry.name));
  for (let tries = 0; ; tries++)
    try {
      return await rmdir(folder);
    } catch (error) {
      // The kernel takes a moment to forget the processes that were in it.
      if (tries === 100) throw error;
      await setTimeout(50);
    }
}

async function childOf(pid: number): Promise<number> {
  for (const entry of await readdir('/proc')) {
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
    // pid (name) state ppid …; a name may hold spaces.
    if (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid) return Number(entry);
  }
  throw new Error(`process ${pid} has no child`);
}
