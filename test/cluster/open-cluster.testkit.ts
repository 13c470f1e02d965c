// A cluster for a test file: a node with names, volumes and images, or the reason why this machine has none.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { engineArchive, menshenArchive, namesInChart } from './images/load-images.ts';
import { findNodePrograms, type Missing } from './node/find-node-programs.ts';
import { installAddOns } from './node/install-add-ons.ts';
import { type ClusterNode, startNode } from './node/start-node.ts';

const run = promisify(execFile);

export interface Cluster {
  readonly node: ClusterNode;
  /** Name of Menshen's image. */
  readonly image: string;
  /** Bytes of its layers. */
  readonly imageBytes: number;
  /** Milliseconds from nothing until everything is there, the node's own start among them. */
  readonly readyAfterMs: number;
  /** What kubectl prints. Rejects with its words when it refuses. Never waits for it in a way that would stop a server of the test. */
  kubectl(args: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Or what this machine lacks for one, which is also said on stderr. Rejects when something could be had and was not. */
export async function openCluster(): Promise<Cluster | Missing> {
  const programs = await findNodePrograms(say);
  if ('missing' in programs) {
    say(`skipped: a Kubernetes node needs what this machine has not: ${programs.missing}`);
    return programs;
  }
  const started = performance.now();
  const work = await mkdtemp(join(tmpdir(), 'menshen-cluster-'));
  const of = { names: await namesInChart(), built: programs.built, work, say };
  const making = Promise.all([engineArchive(of), menshenArchive(of)]);
  // It is awaited below, when the node has started.
  making.catch(() => undefined);
  const node = await startNode({ programs, within: tmpdir() });
  const stop = async (): Promise<void> => {
    await node.stop();
    await rm(work, { recursive: true, force: true });
  };
  let imageBytes = 0;
  try {
    const [engines, own] = await making;
    await node.importImages(engines);
    // A pod whose image is not there yet would be looked at again only after ten seconds.
    await Promise.all([node.importImages(own.archive), installAddOns(node)]);
    imageBytes = own.bytes;
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    node,
    image: of.names.menshen,
    imageBytes,
    readyAfterMs: performance.now() - started,
    async kubectl(args) {
      const all = ['--kubeconfig', node.kubeconfigFile, ...args];
      return (await run(node.kubectl, all, { maxBuffer: 2 ** 26 })).stdout;
    },
    stop,
  };
}
