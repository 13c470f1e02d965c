// What makes a node a cluster that charts can be installed on: names, and volumes that pods may write as any user.
import { spawn } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { NODE_NAME } from './configure.ts';
import type { ClusterNode } from './start-node.ts';

/** Volumes are used once: what is released is not given out again. */
const VOLUMES = 6;

/** Resolves when they are accepted; CoreDNS starts in its own time. */
export async function installAddOns(node: ClusterNode): Promise<void> {
  const text = await readFile(new URL('../manifests/add-ons.yaml', import.meta.url), 'utf8');
  const volumes = await Promise.all(
    Array.from({ length: VOLUMES }, async (_, index) => {
      const path = join(node.folder, 'volumes', String(index));
      await mkdir(path, { recursive: true });
      return localVolume(`local-${index}`, path);
    }),
  );
  await applyManifests(node, [text, ...volumes.map((volume) => stringify(volume))].join('\n---\n'));
}

function localVolume(name: string, path: string): object {
  const expression = { key: 'kubernetes.io/hostname', operator: 'In', values: [NODE_NAME] };
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      capacity: { storage: '100Gi' },
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'local',
      persistentVolumeReclaimPolicy: 'Retain',
      local: { path },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [expression] }] } },
    },
  };
}

/** `kubectl apply` of a text of YAML. Rejects with what kubectl says. */
export function applyManifests(node: ClusterNode, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const args = ['--kubeconfig', node.kubeconfigFile, 'apply', '--server-side', '--filename', '-'];
    const child = spawn(node.kubectl, args, { stdio: ['pipe', 'ignore', 'pipe'] });
    let words = '';
    child.stderr.on('data', (chunk: Buffer) => {
      words += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(words.trim()))));
    child.stdin.end(text);
  });
}
