// The programs of a node, and where each comes from; or what a machine lacks for having one.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kubernetesProgram, VERSIONS } from '@menshen/control-plane/build-binaries';
import { type Binaries, findBinaries } from '@menshen/control-plane/find-binaries';
import { buildGoPrograms, type GoProgram, isGoThere, LEAST_GO } from '@menshen/engines/build-go-programs';
import { toolCache } from '@menshen/engines/tools.mjs';
import { fetchDebianPackages } from './fetch-debian-packages.ts';

const COREDNS = '1.12.4';
const MODULE = fileURLToPath(new URL('../programs', import.meta.url));

const ownProgram = (name: string): GoProgram => ({
  name,
  from: { module: MODULE },
  package: `./${name}`,
  linkerFlags: '-s -w',
});
const PROGRAMS: readonly GoProgram[] = [
  ...['kubelet', 'kube-proxy', 'kube-scheduler'].map(kubernetesProgram),
  ...['coredns', 'pause'].map(ownProgram),
];

export interface NodePrograms {
  readonly controlPlane: Binaries;
  /** Folder of kubelet, kube-proxy, kube-scheduler, coredns and pause. */
  readonly built: string;
  /** Folder of the CNI plugins. */
  readonly cni: string;
  /** For containerd, the kubelet and kube-proxy: where they find each other, runc, iptables and their libraries. */
  readonly environment: Readonly<Record<string, string>>;
  /** For people. */
  readonly origin: string;
}

export interface Missing {
  readonly missing: string;
}

/** `say` hears what takes minutes. Rejects when something could be had and was not. */
export async function findNodePrograms(say: (line: string) => void): Promise<NodePrograms | Missing> {
  const missing = whatLacks();
  if (missing !== undefined) return { missing };
  const controlPlane = await findBinaries({ ...process.env, KUBEBUILDER_ASSETS: '' }, say);
  if ('missing' in controlPlane) return controlPlane;
  const built = join(toolCache(), `kubernetes-node-${VERSIONS.kubernetes}-coredns-${COREDNS}`);
  if (!existsSync(built)) {
    if (!isGoThere()) return { missing: `no kubelet: install Go ≥ ${LEAST_GO} to have it built once` };
    const what = `a Kubernetes node (kubelet, kube-proxy, scheduler, CoreDNS; about 3 minutes on two free cores)`;
    await buildGoPrograms({ home: built, programs: PROGRAMS, what, say });
  }
  const runtime = (await onThisMachine()) ?? (await fromDebian(say));
  return 'missing' in runtime ? runtime : { controlPlane, built, ...runtime };
}

/** Programs of any Linux with util-linux, iproute2 and openssl. */
const PREREQUISITES = ['nsenter', 'unshare', 'mount', 'ip', 'sysctl', 'tar', 'openssl'];

function whatLacks(): string | undefined {
  if (process.platform !== 'linux') return `Linux (this is ${process.platform})`;
  if (process.getuid?.() !== 0) return 'root: a node makes network and mount namespaces';
  const absent = PREREQUISITES.filter((name) => whereIs(name) === undefined);
  if (absent.length > 0) return absent.join(', ');
  if (!existsSync('/sys/fs/cgroup/memory') && !existsSync('/sys/fs/cgroup/cgroup.controllers'))
    return 'cgroups at /sys/fs/cgroup';
  if (!isWritable('/sys/fs/cgroup')) return 'cgroups that may be written';
  // Some sandboxes call their user root and refuse it everything.
  const tried = spawnSync('unshare', ['--mount', '--net', '--pid', '--fork', 'true'], { encoding: 'utf8' });
  return tried.status === 0 ? undefined : `namespaces: ${tried.stderr.trim()}`;
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function whereIs(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.find((folder) => existsSync(join(folder, name)));
}

type Runtime = Pick<NodePrograms, 'cni' | 'environment' | 'origin'>;

const CNI_FOLDERS = ['/opt/cni/bin', '/usr/lib/cni'];

async function onThisMachine(): Promise<Runtime | undefined> {
  const needed = ['containerd', 'containerd-shim-runc-v2', 'ctr', 'runc', 'iptables'];
  const cni = CNI_FOLDERS.find((folder) => existsSync(join(folder, 'bridge')));
  if (cni === undefined || !needed.every((name) => whereIs(name) !== undefined)) return undefined;
  return { cni, environment: { PATH: pathWith() }, origin: 'this machine' };
}

const pathWith = (...first: readonly string[]): string =>
  [...first, process.env['PATH'] ?? '', '/usr/sbin', '/sbin'].join(delimiter);

/** With the libraries that a small Debian lacks. */
const DEBIAN = [
  'containerd',
  'runc',
  'containernetworking-plugins',
  'iptables',
  'libseccomp2',
  'libip4tc2',
  'libip6tc2',
  'libxtables12',
  'libmnl0',
  'libnetfilter-conntrack3',
  'libnfnetlink0',
  'libnftnl11',
];

async function fromDebian(say: (line: string) => void): Promise<Runtime | Missing> {
  if (whereIs('apt-get') === undefined || whereIs('dpkg-deb') === undefined)
    return { missing: 'containerd, runc, iptables and CNI plugins, and no apt-get to fetch them' };
  const home = await fetchDebianPackages({ name: 'node-runtime', packages: DEBIAN, say });
  const libraries = ['usr/lib', 'lib'].map((folder) => join(home, folder, ARCHITECTURES[process.arch] ?? ''));
  const links = await linkIptables(home);
  return {
    cni: join(home, 'usr/lib/cni'),
    environment: {
      PATH: pathWith(links, join(home, 'usr/bin'), join(home, 'usr/sbin')),
      LD_LIBRARY_PATH: libraries.join(delimiter),
      XTABLES_LIBDIR: libraries.map((folder) => join(folder, 'xtables')).join(delimiter),
    },
    origin: 'Debian packages in the tool cache',
  };
}

const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
};

/** An installed package leaves these names to `update-alternatives`. */
async function linkIptables(home: string): Promise<string> {
  const links = join(home, 'links');
  await mkdir(links, { recursive: true });
  const names = ['iptables', 'ip6tables'].flatMap((name) => [name, `${name}-save`, `${name}-restore`]);
  for (const name of names)
    if (!existsSync(join(links, name)))
      await symlink('../usr/sbin/xtables-nft-multi', join(links, name)).catch(() => undefined);
  return links;
}
