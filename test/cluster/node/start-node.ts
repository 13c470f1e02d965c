// One real Kubernetes node with its control plane, in namespaces of its own: etcd, kube-apiserver, kube-controller-manager, kube-scheduler,
// containerd, kubelet, kube-proxy.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import {
  type CertificateWish,
  issueCertificate,
  issueCertificates,
} from '@menshen/control-plane/issue-certificates';
import { type EngineProcess, startEngine } from '@menshen/engines/engine-process';
import { CONTAINERD_SOCKET, NETWORK, NODE_NAME, nodeFiles } from './configure.ts';
import type { NodePrograms } from './find-node-programs.ts';
import { ADDRESSES, type Namespaces, NODE_NAMESPACE, openNamespaces } from './namespaces.ts';

const run = promisify(execFile);

export interface ClusterNode {
  /** Of the administrator; the server is reached from this machine too. */
  readonly kubeconfigFile: string;
  readonly kubectl: string;
  /** Data, logs and certificates. */
  readonly folder: string;
  /** Milliseconds from nothing to a Node that is Ready. */
  readonly readyAfterMs: number;
  /** Runs a program in the node's namespaces; resolves with what it printed. */
  runInside(program: string, args: readonly string[]): Promise<string>;
  /** Runs a program of an image that the node knows, as process 1 of a container of its own; resolves with what it printed. */
  runImage(image: string, command: readonly string[]): Promise<string>;
  /** Makes the images of an OCI archive known to the node. */
  importImages(archive: string): Promise<void>;
  /** Ends everything and puts the machine back as it was. */
  stop(): Promise<void>;
}

export interface NodeOptions {
  readonly programs: NodePrograms;
  /** A folder is made inside. Not a tmpfs: images are unpacked there. */
  readonly within: string;
}

/** Rejects with the last words of what did not start; everything is then stopped again. */
export async function startNode({ programs, within }: NodeOptions): Promise<ClusterNode> {
  const started = performance.now();
  const folder = await mkdtemp(join(within, 'menshen-node-'));
  const namespaces = await openNamespaces(folder);
  const stop = async (): Promise<void> => await namespaces.close();
  const plan: Plan = { folder, programs, namespaces };
  try {
    await Promise.all([writeFiles(plan), writeCredentials(plan)]);
    await Promise.all([startContainerd(plan), startEtcd(plan).then(() => startApiServer(plan))]);
    await Promise.all([startControllers(plan), startKubelet(plan)]);
    await untilNodeIsReady(plan);
  } catch (error) {
    const told = await withLastWords(folder, error);
    await stop();
    throw told;
  }
  const readyAfterMs = performance.now() - started;
  const inside = (program: string, args: readonly string[]): Promise<string> =>
    runInside(plan, program, args);
  return {
    kubeconfigFile: join(folder, 'kubeconfig-admin'),
    kubectl: kubectlOf(plan),
    folder,
    readyAfterMs,
    runInside: inside,
    runImage: async (image, command) =>
      await inside('ctr', [
        ...CTR,
        ...['run', '--rm', `--cgroup=/${NODE_NAMESPACE}/run`, image, 'run', ...command],
      ]),
    async importImages(archive) {
      await inside('ctr', [...CTR, 'images', 'import', archive]);
    },
    stop,
  };
}

const CTR = ['--address', CONTAINERD_SOCKET, '--namespace', 'k8s.io'];

interface Plan {
  readonly folder: string;
  readonly programs: NodePrograms;
  readonly namespaces: Namespaces;
}

const SERVER = `https://${ADDRESSES.node}:6443`;
const SERVICE = 'kubernetes.default.svc';

async function writeFiles({ folder, programs }: Plan): Promise<void> {
  for (const [name, text] of Object.entries(nodeFiles(folder, programs.cni))) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  for (const name of ['etcd', 'kubelet', 'kubelet-pki', 'volume-plugins', 'containerd-opt'])
    await mkdir(join(folder, name), { recursive: true });
}

/** Whom the API server knows by certificate; each has a kubeconfig of its own. Their rights are built into Kubernetes. */
const CLIENTS: readonly CertificateWish[] = [
  { name: 'kube-controller-manager', subject: '/CN=system:kube-controller-manager' },
  { name: 'kube-scheduler', subject: '/CN=system:kube-scheduler' },
  { name: 'kube-proxy', subject: '/CN=system:kube-proxy' },
  { name: 'kubelet', subject: `/O=system:nodes/CN=system:node:${NODE_NAME}` },
];

async function writeCredentials({ folder }: Plan): Promise<void> {
  const dns = ['localhost', 'kubernetes', 'kubernetes.default', SERVICE, `${SERVICE}.cluster.local`];
  const ips = ['127.0.0.1', ADDRESSES.node, NETWORK.api];
  const names = [...ips.map((ip) => `IP:${ip}`), ...dns.map((name) => `DNS:${name}`)].join(',');
  await issueCertificates(folder, names);
  await issueCertificate(folder, { name: 'api-to-kubelet', subject: '/O=system:masters/CN=kube-apiserver' });
  const node = { name: 'kubelet-server', subject: `/CN=${NODE_NAME}`, serverNames: `IP:${ADDRESSES.node}` };
  await issueCertificate(folder, node);
  for (const wish of CLIENTS) await issueCertificate(folder, wish);
  for (const name of ['admin', ...CLIENTS.map((wish) => wish.name)]) await writeKubeconfig(folder, name);
}

/** JSON is YAML. */
async function writeKubeconfig(folder: string, user: string): Promise<void> {
  const base64 = async (name: string): Promise<string> => await readFile(join(folder, name), 'base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'node',
    contexts: [{ name: 'node', context: { cluster: 'node', user, namespace: 'default' } }],
    clusters: [
      { name: 'node', cluster: { server: SERVER, 'certificate-authority-data': await base64('ca.crt') } },
    ],
    users: [
      {
        name: user,
        user: {
          'client-certificate-data': await base64(`${user}.crt`),
          'client-key-data': await base64(`${user}.key`),
        },
      },
    ],
  };
  await writeFile(join(folder, `kubeconfig-${user}`), JSON.stringify(config));
}

interface Component {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly answers?: () => Promise<boolean>;
}

/** A program in the node's namespaces. It ends with them. */
async function launch(plan: Plan, { name, program, args, answers }: Component): Promise<EngineProcess> {
  const settings = Object.entries(plan.programs.environment).map(([key, value]) => `${key}=${value}`);
  return await startEngine({
    name,
    ...plan.namespaces.enter('env', [...settings, program, ...args]),
    url: '',
    dataDir: plan.folder,
    logFile: join(plan.folder, `${name}.log`),
    holdStdin: false,
    answers: answers ?? (() => Promise.resolve(true)),
  });
}

async function runInside(plan: Plan, program: string, args: readonly string[]): Promise<string> {
  const settings = Object.entries(plan.programs.environment).map(([key, value]) => `${key}=${value}`);
  const entered = plan.namespaces.enter('env', [...settings, program, ...args]);
  const { stdout } = await run(entered.command, [...entered.args], { maxBuffer: 2 ** 24 });
  return stdout;
}

const succeeds = async (asking: Promise<unknown>): Promise<boolean> =>
  await asking.then(
    () => true,
    () => false,
  );

async function startContainerd(plan: Plan): Promise<void> {
  await launch(plan, {
    name: 'containerd',
    program: 'containerd',
    args: ['--config', join(plan.folder, 'containerd.toml')],
    answers: () => succeeds(runInside(plan, 'ctr', ['--address', CONTAINERD_SOCKET, 'version'])),
  });
}

const ETCD = 'http://127.0.0.1:2379';

async function startEtcd(plan: Plan): Promise<void> {
  await launch(plan, {
    name: 'etcd',
    program: controlPlaneProgram(plan, 'etcd'),
    // The API server tries until it answers.
    args: [
      `--data-dir=${join(plan.folder, 'etcd')}`,
      '--unsafe-no-fsync',
      `--listen-client-urls=${ETCD}`,
      `--advertise-client-urls=${ETCD}`,
    ],
  });
}

async function startApiServer(plan: Plan): Promise<void> {
  const at = (name: string): string => join(plan.folder, name);
  await launch(plan, {
    name: 'kube-apiserver',
    program: controlPlaneProgram(plan, 'kube-apiserver'),
    args: [
      `--etcd-servers=${ETCD}`,
      '--bind-address=0.0.0.0',
      '--secure-port=6443',
      `--advertise-address=${ADDRESSES.node}`,
      `--cert-dir=${plan.folder}`,
      `--tls-cert-file=${at('apiserver.crt')}`,
      `--tls-private-key-file=${at('apiserver.key')}`,
      `--client-ca-file=${at('ca.crt')}`,
      `--service-account-issuer=https://${SERVICE}.cluster.local`,
      `--service-account-key-file=${at('sa.pub')}`,
      `--service-account-signing-key-file=${at('sa.key')}`,
      `--service-cluster-ip-range=${NETWORK.services}`,
      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction',
      '--allow-privileged=true',
      `--kubelet-client-certificate=${at('api-to-kubelet.crt')}`,
      `--kubelet-client-key=${at('api-to-kubelet.key')}`,
      `--kubelet-certificate-authority=${at('ca.crt')}`,
      '--kubelet-preferred-address-types=InternalIP',
    ],
    answers: () => succeeds(kubectl(plan, 'get', '--raw', '/readyz')),
  });
}

async function startControllers(plan: Plan): Promise<void> {
  const at = (name: string): string => join(plan.folder, name);
  await launch(plan, {
    name: 'kube-controller-manager',
    program: controlPlaneProgram(plan, 'kube-controller-manager'),
    args: [
      `--kubeconfig=${at('kubeconfig-kube-controller-manager')}`,
      `--service-account-private-key-file=${at('sa.key')}`,
      `--root-ca-file=${at('ca.crt')}`,
      '--use-service-account-credentials=true',
      '--leader-elect=false',
      '--bind-address=127.0.0.1',
    ],
  });
  await launch(plan, {
    name: 'kube-scheduler',
    program: join(plan.programs.built, 'kube-scheduler'),
    args: [
      `--kubeconfig=${at('kubeconfig-kube-scheduler')}`,
      '--leader-elect=false',
      '--bind-address=127.0.0.1',
    ],
  });
}

async function startKubelet(plan: Plan): Promise<void> {
  const at = (name: string): string => join(plan.folder, name);
  await launch(plan, {
    name: 'kubelet',
    program: join(plan.programs.built, 'kubelet'),
    args: [
      `--config=${at('kubelet.yaml')}`,
      `--kubeconfig=${at('kubeconfig-kubelet')}`,
      `--hostname-override=${NODE_NAME}`,
      `--node-ip=${ADDRESSES.node}`,
      `--root-dir=${at('kubelet')}`,
      `--cert-dir=${at('kubelet-pki')}`,
    ],
  });
  await launch(plan, {
    name: 'kube-proxy',
    program: join(plan.programs.built, 'kube-proxy'),
    args: [`--config=${at('kube-proxy.yaml')}`],
  });
}

const NODE_LIMIT_SECONDS = 60;

async function untilNodeIsReady(plan: Plan): Promise<void> {
  const deadline = performance.now() + NODE_LIMIT_SECONDS * 1000;
  const asked = [
    'get',
    'node',
    NODE_NAME,
    '--output=jsonpath={.status.conditions[?(@.type=="Ready")].status}',
  ];
  while ((await kubectl(plan, ...asked).catch(() => '')) !== 'True') {
    if (performance.now() > deadline)
      throw new Error(`the node was not Ready within ${NODE_LIMIT_SECONDS} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The folder goes when the start fails, so the error carries the end of each log. */
async function withLastWords(folder: string, error: unknown): Promise<Error> {
  const logs = (await readdir(folder)).filter((name) => name.endsWith('.log'));
  const ends = logs.map(
    async (name) => `--- ${name}\n${(await readFile(join(folder, name), 'utf8')).slice(-1500)}`,
  );
  const what = error instanceof Error ? error.message : String(error);
  return new Error([what, ...(await Promise.all(ends))].join('\n'), { cause: error });
}

async function kubectl(plan: Plan, ...args: string[]): Promise<string> {
  const { stdout } = await run(kubectlOf(plan), [
    '--kubeconfig',
    join(plan.folder, 'kubeconfig-admin'),
    ...args,
  ]);
  return stdout;
}

const kubectlOf = (plan: Plan): string => controlPlaneProgram(plan, 'kubectl');

function controlPlaneProgram(
  { programs }: Plan,
  name: 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kubectl',
): string {
  const path = programs.controlPlane.pathOf(name);
  if (path === undefined)
    throw new Error(`${name} is not among the binaries (${programs.controlPlane.origin})`);
  return path;
}
