// A soak of the reflector for as long as one likes: `node --conditions=source test/control-plane/soak-main.ts --rounds 20 --edits 400 --seed 1`.
// A round is one cut, one loss of history and one kill of the API server. The last line is one JSON object; exit code 1: something was missed.
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { createApiClient } from '@menshen/operator/kube/api-client';
import { monotonicClock } from '@menshen/operator/kube/clock';
import { kubeconfigFile } from '@menshen/operator/kube/cluster-config';
import { nodeTransport } from '@menshen/operator/kube/node-transport';
import { findBinaries } from './find-binaries.ts';
import { installNotes, NOTES } from './notes.ts';
import { seededRandom } from './seeded-random.ts';
import { soakWatch, type Trouble } from './soak-watch.ts';
import { startControlPlane } from './start-control-plane.ts';

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};
const ROUND: readonly Trouble[] = ['Cut', 'ForgetHistory', 'Kill'];

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    edits: { type: 'string', default: '200' },
    objects: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
  },
});

const binaries = await findBinaries(process.env, say);
if ('missing' in binaries) throw new Error(binaries.missing);
const plane = await startControlPlane({ binaries, within: tmpdir() });
try {
  const clock = monotonicClock();
  const read = async (path: string): Promise<string> => await readFile(path, 'utf8');
  const { transport } = nodeTransport(
    await kubeconfigFile(plane.kubeconfigFile, { readFile: read, nowMs: clock.nowMs }),
  );
  await installNotes(createApiClient({ transport, clock }), 'soak');
  const startedMs = clock.nowMs();
  const result = await soakWatch({
    plane,
    resource: NOTES,
    namespace: 'soak',
    transport,
    clock,
    troubles: Array.from({ length: Number(values.rounds) }, () => ROUND).flat(),
    objects: Number(values.objects),
    editsPerTrouble: Number(values.edits),
    random: seededRandom(Number(values.seed)),
    say,
  });
  const { settledAfterMs, ...counts } = result;
  const facts = {
    ...counts,
    slowestSettledAfterMs: Math.max(...settledAfterMs),
    seconds: Math.round((clock.nowMs() - startedMs) / 1000),
  };
  process.stdout.write(`${JSON.stringify(facts)}\n`);
  process.exitCode = result.missed === 0 ? 0 : 1;
} finally {
  await plane.stop();
}
