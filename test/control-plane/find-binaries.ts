// Where the programs of a control plane come from: KUBEBUILDER_ASSETS, then the tool cache, then a build with Go into that cache.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isGoThere } from '@menshen/engines/build-go-programs';
import { toolCache } from '@menshen/engines/tools.mjs';
import { buildBinaries, VERSIONS } from './build-binaries.ts';

export type Program = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kubectl';

export interface Binaries {
  /** Path of a program; `undefined` when this source does not have it (KUBEBUILDER_ASSETS has no kube-controller-manager). */
  pathOf(program: Program): string | undefined;
  /** For people. */
  readonly origin: string;
}

/** Why there is no control plane on this machine, and what to do about it. */
export interface NoBinaries {
  readonly missing: string;
}

const NEEDED: readonly Program[] = ['etcd', 'kube-apiserver'];
const ALL: readonly Program[] = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl'];

/** `env`: of the process. A build takes minutes; `say` is told how it goes. Rejects when KUBEBUILDER_ASSETS is wrong or a build fails. */
export async function findBinaries(
  env: Readonly<Record<string, string | undefined>>,
  say: (line: string) => void,
): Promise<Binaries | NoBinaries> {
  const assets = env['KUBEBUILDER_ASSETS'];
  if (assets !== undefined && assets !== '') {
    const lacking = NEEDED.filter((program) => !existsSync(join(assets, program)));
    if (lacking.length > 0) throw new Error(`KUBEBUILDER_ASSETS=${assets} has no ${lacking.join(', ')}`);
    return inFolder(assets, 'KUBEBUILDER_ASSETS');
  }
  const home = join(toolCache(), `kubernetes-${VERSIONS.kubernetes}-etcd-${VERSIONS.etcd}`);
  if (ALL.every((program) => existsSync(join(home, program)))) return inFolder(home, 'cache');
  if (!isGoThere())
    return {
      missing: `no Kubernetes API server: set KUBEBUILDER_ASSETS to a folder with etcd and kube-apiserver (setup-envtest use -p path), or install Go ≥ 1.26 to have ${VERSIONS.kubernetes} built once`,
    };
  await buildBinaries(home, say);
  return inFolder(home, 'built with Go');
}

function inFolder(folder: string, origin: string): Binaries {
  return {
    origin,
    pathOf: (program) => {
      const path = join(folder, program);
      return existsSync(path) ? path : undefined;
    },
  };
}
