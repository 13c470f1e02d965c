// Schemas of kinds that are neither Kubernetes' nor ours: the CRDs that lie in their makers' Go modules, which Go keeps or fetches.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeCrdSchemas } from './kubernetes-schemas.testkit.ts';

/** Module → the CRDs of it that are read. */
const MODULES = {
  'github.com/prometheus-operator/prometheus-operator@v0.85.0': [
    'example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml',
    'example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml',
  ],
  'github.com/fluxcd/kustomize-controller@v1.7.3': [
    'config/crd/bases/kustomize.toolkit.fluxcd.io_kustomizations.yaml',
  ],
  'github.com/fluxcd/helm-controller@v1.4.0': ['config/crd/bases/helm.toolkit.fluxcd.io_helmreleases.yaml'],
  'github.com/fluxcd/source-controller@v1.7.0': [
    'config/crd/bases/source.toolkit.fluxcd.io_gitrepositories.yaml',
  ],
} as const;

export type ForeignSchemas =
  | { readonly crds: readonly string[] }
  | { readonly crds: undefined; readonly why: string };

/** Paths of the CRDs, or why they are not there. */
export function findForeignSchemas(): ForeignSchemas {
  const crds: string[] = [];
  for (const [module, files] of Object.entries(MODULES)) {
    const found = spawnSync('go', ['mod', 'download', '-json', module], { encoding: 'utf8', cwd: tmpdir() });
    if (found.status !== 0) return { crds: undefined, why: `Go cannot fetch ${module}` };
    crds.push(...files.map((file) => join(JSON.parse(found.stdout).Dir, file)));
  }
  return { crds };
}

export function writeForeignSchemas(crds: readonly string[], folder: string): void {
  for (const path of crds) writeCrdSchemas(readFileSync(path, 'utf8'), folder);
}
