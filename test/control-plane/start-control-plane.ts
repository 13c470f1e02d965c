// A real control plane on loopback, as controller-runtime's envtest starts it: etcd and kube-apiserver, and kube-controller-manager where
// garbage collection or the deletion of namespaces matters. Each can be killed and started again on the same data and port.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { type EngineProcess, freePort, startEngine } from '@menshen/engines/engine-process';
import type { Binaries, Program } from './find-binaries.ts';
import { type CertificateFiles, issueCertificates } from './issue-certificates.ts';

export interface ControlPlane {
  /** `https://127.0.0.1:<port>`. */
  readonly server: string;
  /** For kubectl, helm and our own configuration: the administrator, namespace `default`. */
  readonly kubeconfigFile: string;
  readonly etcdUrl: string;
  readonly etcd: EngineProcess;
  readonly apiServer: EngineProcess;
  readonly controllerManager: EngineProcess | undefined;
  /** A kubeconfig of a user without any rights but those that RBAC gives to `name`. One of `users`. */
  userKubeconfig(name: string): Promise<string>;
  readonly kubectl: string | undefined;
  /** Ends everything and removes its data. */
  stop(): Promise<void>;
}

export interface ControlPlaneOptions {
  readonly binaries: Binaries;
  /** A folder for data, logs and certificates is made inside. */
  readonly within: string;
  readonly withControllerManager?: boolean;
  /** Users known by token. */
  readonly users?: readonly string[];
  readonly apiServerArguments?: readonly string[];
  readonly controllerManagerArguments?: readonly string[];
}

/** Resolves once `/readyz` says yes. Rejects with the last words of what did not start; everything is then stopped again. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const folder = await mkdtemp(join(options.within, 'menshen-control-plane-'));
  const started: EngineProcess[] = [];
  const stop = async (): Promise<void> => {
    // Nobody needs the data any more, and a polite end of an API server with open watches takes a minute.
    for (const process of started.reverse()) await process.stop('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  };
  const launch = async (starting: Promise<EngineProcess>): Promise<EngineProcess> => {
    const process = await starting;
    started.push(process);
    return process;
  };
  try {
    const plan = await makePlan(folder, options);
    const etcd = await launch(startEtcd(plan));
    const apiServer = await launch(startApiServer(plan, options.apiServerArguments ?? []));
    const kubeconfigFile = await writeKubeconfig(plan, 'admin', {
      'client-certificate': plan.certificates.adminCertificate,
      'client-key': plan.certificates.adminKey,
    });
    const controllerManager =
      options.withControllerManager === true
        ? await launch(startControllerManager(plan, kubeconfigFile, options.controllerManagerArguments ?? []))
        : undefined;
    return {
      server: plan.server,
      kubeconfigFile,
      etcdUrl: plan.etcdUrl,
      etcd,
      apiServer,
      controllerManager,
      userKubeconfig: async (name) => await writeKubeconfig(plan, name, { token: tokenOf(name) }),
      kubectl: options.binaries.pathOf('kubectl'),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Plan {
  readonly folder: string;
  readonly server: string;
  readonly port: number;
  readonly etcdUrl: string;
  readonly etcdPeerUrl: string;
  readonly certificates: CertificateFiles;
  readonly tokensFile: string;
  readonly ca: string;
  readonly programOf: (program: Program) => string;
}

async function makePlan(folder: string, { binaries, users = [] }: ControlPlaneOptions): Promise<Plan> {
  const certificates = await issueCertificates(folder);
  const tokensFile = join(folder, 'tokens.csv');
  await writeFile(tokensFile, users.map((user) => `${tokenOf(user)},${user},${user}\n`).join(''));
  const port = await freePort();
  return {
    folder,
    server: `https://127.0.0.1:${port}`,
    port,
    etcdUrl: `http://127.0.0.1:${await freePort()}`,
    etcdPeerUrl: `http://127.0.0.1:${await freePort()}`,
    certificates,
    tokensFile,
    ca: await readFile(certificates.ca, 'utf8'),
    programOf: (program) => {
      const path = binaries.pathOf(program);
      if (path === undefined) throw new Error(`${program} is not among the binaries (${binaries.origin})`);
      return path;
    },
  };
}

/** The tokens are worth nothing: they open a server on loopback that lives as long as a test. */
function tokenOf(user: string): string {
  return `token-of-${user}`;
}

async function startEtcd(plan: Plan): Promise<EngineProcess> {
  const dataDir = join(plan.folder, 'etcd');
  await mkdir(dataDir, { recursive: true });
  return await startEngine({
    name: 'etcd',
    command: plan.programOf('etcd'),
    args: [
      '--name=t',
      `--data-dir=${dataDir}`,
      `--listen-client-urls=${plan.etcdUrl}`,
      `--advertise-client-urls=${plan.etcdUrl}`,
      `--listen-peer-urls=${plan.etcdPeerUrl}`,
      `--initial-advertise-peer-urls=${plan.etcdPeerUrl}`,
      `--initial-cluster=t=${plan.etcdPeerUrl}`,
      '--unsafe-no-fsync',
    ],
    url: plan.etcdUrl,
    dataDir,
    logFile: join(plan.folder, 'etcd.log'),
    holdStdin: false,
    answers: async () => {
      try {
        return (await fetch(`${plan.etcdUrl}/health`, { signal: AbortSignal.timeout(1000) })).ok;
      } catch {
        return false;
      }
    },
  });
}

function startApiServer(plan: Plan, more: readonly string[]): Promise<EngineProcess> {
  const { certificates, folder, port, server } = plan;
  return startEngine({
    name: 'kube-apiserver',
    command: plan.programOf('kube-apiserver'),
    args: [
      `--etcd-servers=${plan.etcdUrl}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${port}`,
      `--cert-dir=${folder}`,
      `--tls-cert-file=${certificates.serverCertificate}`,
      `--tls-private-key-file=${certificates.serverKey}`,
      `--client-ca-file=${certificates.ca}`,
      `--token-auth-file=${plan.tokensFile}`,
      `--service-account-issuer=${server}/`,
      `--service-account-key-file=${certificates.serviceAccountPublicKey}`,
      `--service-account-signing-key-file=${certificates.serviceAccountKey}`,
      '--service-cluster-ip-range=10.0.0.0/24',
      '--authorization-mode=RBAC',
      '--allow-privileged=true',
      '--disable-admission-plugins=ServiceAccount',
      // A polite end with open watches would wait for --request-timeout, a minute.
      '--shutdown-watch-termination-grace-period=1s',
      ...more,
    ],
    url: server,
    dataDir: folder,
    logFile: join(folder, 'kube-apiserver.log'),
    holdStdin: false,
    // The port opens before custom resources can be served: only /readyz counts.
    answers: async () => await isReady(plan),
  });
}

function startControllerManager(
  plan: Plan,
  kubeconfigFile: string,
  more: readonly string[],
): Promise<EngineProcess> {
  const { certificates, folder } = plan;
  return startEngine({
    name: 'kube-controller-manager',
    command: plan.programOf('kube-controller-manager'),
    args: [
      `--kubeconfig=${kubeconfigFile}`,
      `--service-account-private-key-file=${certificates.serviceAccountKey}`,
      `--root-ca-file=${certificates.ca}`,
      '--use-service-account-credentials=false',
      '--leader-elect=false',
      '--bind-address=127.0.0.1',
      '--secure-port=0',
      ...more,
    ],
    url: plan.server,
    dataDir: folder,
    logFile: join(folder, 'kube-controller-manager.log'),
    holdStdin: false,
    // It serves nothing; that it works shows in the objects, which is what its users wait for.
    answers: () => Promise.resolve(true),
  });
}

function isReady({ port, ca, certificates }: Plan): Promise<boolean> {
  return Promise.all([readFile(certificates.adminCertificate), readFile(certificates.adminKey)]).then(
    ([cert, key]) =>
      new Promise((resolve) => {
        const asking = request(
          { host: '127.0.0.1', port, path: '/readyz', ca, cert, key, agent: false, timeout: 2000 },
          (answer) => {
            answer.resume();
            resolve(answer.statusCode === 200);
          },
        );
        asking.on('timeout', () => asking.destroy());
        asking.on('error', () => resolve(false));
        asking.end();
      }),
  );
}

/** JSON is YAML. */
async function writeKubeconfig(
  plan: Plan,
  user: string,
  credentials: Readonly<Record<string, string>>,
): Promise<string> {
  const file = join(plan.folder, `kubeconfig-${user}`);
  await writeFile(
    file,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      contexts: [{ name: 'test', context: { cluster: 'test', user, namespace: 'default' } }],
      clusters: [
        { name: 'test', cluster: { server: plan.server, 'certificate-authority': plan.certificates.ca } },
      ],
      users: [{ name: user, user: credentials }],
    }),
  );
  return file;
}
