// Builds etcd and the programs of Kubernetes from their published Go modules, pinned by binaries/*/go.mod and verified by go.sum.
// `k8s.io/kubernetes` replaces its parts by folders of its own repository; a main module of ours must name their published versions instead.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const VERSIONS = { kubernetes: '1.34.4', etcd: '3.6.16' } as const;

const MODULES = fileURLToPath(new URL('binaries', import.meta.url));

const PROGRAMS = [
  { name: 'etcd', module: 'etcd', package: 'go.etcd.io/etcd/server/v3' },
  ...['kube-apiserver', 'kube-controller-manager', 'kubectl'].map((name) => ({
    name,
    module: 'kubernetes',
    package: `k8s.io/kubernetes/cmd/${name}`,
  })),
] as const;

/** Whether `go` is on PATH and new enough for these modules (1.26). */
export function isGoThere(): boolean {
  const found = spawnSync('go', ['env', 'GOVERSION'], {
    encoding: 'utf8',
    env: { ...process.env, GOTOOLCHAIN: 'local' },
  });
  const version = /go(\d+)\.(\d+)/.exec(found.stdout ?? '');
  return version !== null && Number(version[1]) * 1000 + Number(version[2]) >= 1026;
}

/**
 * Builds everything into `home`, which appears only when all of it is there. One process builds; others that ask meanwhile wait for it,
 * because two builds at once take more than twice as long.
 */
export async function buildBinaries(home: string, say: (line: string) => void): Promise<void> {
  await mkdir(dirname(home), { recursive: true });
  const lock = `${home}.lock`;
  while (!(await takeLock(lock))) {
    say('another process is building Kubernetes; waiting for it …');
    await setTimeout(5000);
  }
  try {
    if (!existsSync(home)) await buildAll(home, say);
  } finally {
    await rm(lock, { force: true });
  }
}

/** The lock names the process that holds it: the lock of one that has died is worth nothing. */
async function takeLock(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    if (isAlive(Number(await readFile(lock, 'utf8').catch(() => '')))) return false;
    await rm(lock, { force: true });
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function buildAll(home: string, say: (line: string) => void): Promise<void> {
  const work = await mkdtemp(join(dirname(home), '.kubernetes-'));
  try {
    say(
      `building Kubernetes ${VERSIONS.kubernetes} and etcd ${VERSIONS.etcd} with Go, once (about 7 minutes on two free cores) …`,
    );
    for (const program of PROGRAMS) {
      const started = performance.now();
      await goBuild(program, join(work, program.name), say);
      say(`  ${program.name} after ${Math.round((performance.now() - started) / 1000)} s`);
    }
    await moveIntoPlace(work, home);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Another process may have been quicker: its result is as good as ours. */
async function moveIntoPlace(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
}

function goBuild(
  program: (typeof PROGRAMS)[number],
  output: string,
  say: (line: string) => void,
): Promise<void> {
  const args = [
    'build',
    '-trimpath',
    '-buildvcs=false',
    '-mod=readonly',
    '-ldflags',
    linkerFlags(),
    '-o',
    output,
    program.package,
  ];
  const env = { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOWORK: 'off', GOFLAGS: '' };
  return new Promise((resolve, reject) => {
    const child = spawn('go', args, {
      cwd: join(MODULES, program.module),
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let tail = '';
    child.stderr.on('data', (chunk: Buffer) => {
      tail = (tail + chunk.toString()).slice(-2000);
    });
    const started = performance.now();
    const tick = setInterval(
      () => say(`  … still building ${program.name}, ${Math.round((performance.now() - started) / 1000)} s`),
      30_000,
    );
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(tick);
      if (code === 0) resolve();
      else reject(new Error(`cannot build ${program.name}:\n${tail.trim()}`));
    });
  });
}

/** Without a version the server reports one that clients and charts (`kubeVersion`) cannot read. */
function linkerFlags(): string {
  const [major, minor] = VERSIONS.kubernetes.split('.');
  const values = {
    gitVersion: `v${VERSIONS.kubernetes}`,
    gitMajor: major,
    gitMinor: minor,
    gitTreeState: 'clean',
    gitCommit: 'go-modules',
  };
  const places = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'];
  const settings = places.flatMap((place) =>
    Object.entries(values).map(([name, value]) => `-X ${place}.${name}=${value}`),
  );
  return ['-s', '-w', ...settings].join(' ');
}
