// What a node could leave behind on a machine, so that before and after can be held against each other.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { NODE_NAMESPACE } from './node/namespaces.ts';

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');
const run = (program: string, ...args: string[]): string[] =>
  lines(execFileSync(program, args, { encoding: 'utf8' }));

/** Every mount, link, network namespace, cgroup, setting of the kernel, firewall rule and folder that a node touches. */
export function tracesOnMachine(): Record<string, readonly string[]> {
  return {
    mounts: lines(readFileSync('/proc/self/mounts', 'utf8')),
    // The name of the other end stands behind an `@`, and counters may be on the line.
    links: run('ip', '-brief', 'link').map((line) => line.split(' ')[0] ?? ''),
    addresses: run('ip', '-brief', 'address').map((line) => line.replaceAll(/\s+/g, ' ')),
    routes: run('ip', 'route'),
    networkNamespaces: run('ip', 'netns', 'list'),
    cgroups: run('find', '/sys/fs/cgroup', '-maxdepth', '3', '-type', 'd').filter((path) =>
      path.includes(NODE_NAMESPACE),
    ),
    kernel: run(
      'sysctl',
      '-a',
      '--pattern',
      '^(kernel\\.(panic|keys|pid_max)|vm\\.(overcommit|panic)|net\\.(ipv4\\.(ip_forward|conf\\.(all|default)\\.)|netfilter|bridge))',
    )
      // Counted by the kernel, not set by anybody.
      .filter((line) => !/nf_conntrack_count|random/.test(line)),
    folders: ['/var/lib', '/var/log', '/run', '/opt', tmpdir()].flatMap((folder) =>
      readdirSync(folder)
        .filter((name) =>
          /kube|cni|containerd|netns|menshen-node|menshen-cluster|^pods$|^containers$/.test(name),
        )
        .map((name) => `${folder}/${name}`),
    ),
  };
}

/** What is there now and was not before; a Docker engine that other tests use beside it is not ours. */
export function newTraces(
  before: Readonly<Record<string, readonly string[]>>,
): Record<string, readonly string[]> {
  const added = Object.entries(tracesOnMachine()).map(
    ([what, lines]) =>
      [
        what,
        lines.filter(
          (line) => before[what]?.includes(line) !== true && !/docker|\bbr-[0-9a-f]{12}\b/.test(line),
        ),
      ] as const,
  );
  return Object.fromEntries(added.filter(([, lines]) => lines.length > 0));
}

/** Command lines of processes of a node. */
export function processesOfNode(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      } catch {
        return '';
      }
    })
    .filter((line) =>
      /menshen-node|containerd-shim|kubelet|kube-(apiserver|proxy|scheduler|controller)\b.*10\.213/.test(
        line,
      ),
    );
}
