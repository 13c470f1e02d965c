// etcd and the programs of Kubernetes, built from their published Go modules, pinned by binaries/*/go.mod and verified by go.sum.
// `k8s.io/kubernetes` replaces its parts by folders of its own repository; a main module of ours must name their published versions instead.
import { fileURLToPath } from 'node:url';
import { buildGoPrograms, type GoProgram } from '@menshen/engines/build-go-programs';

export const VERSIONS = { kubernetes: '1.34.4', etcd: '3.6.16' } as const;

const folderOf = (module: string): string => fileURLToPath(new URL(`binaries/${module}`, import.meta.url));

/** A program of Kubernetes under `k8s.io/kubernetes/cmd`. */
export const kubernetesProgram = (name: string): GoProgram => ({
  name,
  from: { module: folderOf('kubernetes') },
  package: `k8s.io/kubernetes/cmd/${name}`,
  linkerFlags: linkerFlags(),
});

const PROGRAMS: readonly GoProgram[] = [
  {
    name: 'etcd',
    from: { module: folderOf('etcd') },
    package: 'go.etcd.io/etcd/server/v3',
    linkerFlags: '-s -w',
  },
  ...['kube-apiserver', 'kube-controller-manager', 'kubectl'].map(kubernetesProgram),
];

/** Builds everything into `home`, see {@link buildGoPrograms}. */
export async function buildBinaries(home: string, say: (line: string) => void): Promise<void> {
  const what = `Kubernetes ${VERSIONS.kubernetes} and etcd ${VERSIONS.etcd} (about 7 minutes on two free cores)`;
  await buildGoPrograms({ home, programs: PROGRAMS, what, say });
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
