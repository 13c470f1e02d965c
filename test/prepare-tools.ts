// What tests need beside the engines, made ready before they start: programs that are built with Go once, and kept in the tool cache. While tests
// run, a compiler beside them would take the time that they give to each other. `npm test` runs this; a machine without Go has nothing to prepare,
// and each test that then lacks something says so by name.

import { findGoTool, type GoToolName } from '@menshen/engines/find-go-tool';
import { ensureVersitygw } from '@menshen/objects/versitygw.testkit';
import { engineArchive, namesInChart } from './cluster/images/load-images.ts';
import { findNodePrograms } from './cluster/node/find-node-programs.ts';
import { findBinaries } from './control-plane/find-binaries.ts';

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const GO_TOOLS: readonly GoToolName[] = ['helm', 'kubeconform', 'promtool'];

/** Each by itself: what cannot be had costs only the tests that need it. */
const steps: readonly (readonly [name: string, prepare: () => Promise<string>])[] = [
  [
    'versitygw',
    async () => {
      const found = await ensureVersitygw();
      return found.ok ? found.path : found.reason;
    },
  ],
  ...GO_TOOLS.map(
    (name) =>
      [
        name,
        async () => {
          const found = await findGoTool(name);
          return found.path ?? found.why;
        },
      ] as const,
  ),
  [
    'kube-apiserver',
    async () => {
      const found = await findBinaries(process.env, say);
      return 'missing' in found ? found.missing : found.origin;
    },
  ],
  [
    'a Kubernetes node',
    async () => {
      const found = await findNodePrograms(say);
      if ('missing' in found) return found.missing;
      return await engineArchive({ names: await namesInChart(), built: found.built, say });
    },
  ],
];

for (const [name, prepare] of steps) {
  const slow = setTimeout(() => say(`preparing ${name} for the tests, once (minutes) …`), 2_000);
  try {
    await prepare();
  } catch (error) {
    say(`${name} is not ready: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    clearTimeout(slow);
  }
}
