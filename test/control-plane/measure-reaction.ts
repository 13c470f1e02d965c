// How soon a pass begins after an edit, and how much an operator asks of an API server when nothing happens:
// `node --conditions=source test/control-plane/measure-reaction.ts --edits 300 --idle-seconds 60`. The last line is one JSON object.
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { createApiClient } from '@menshen/operator/kube/api-client';
import { monotonicClock } from '@menshen/operator/kube/clock';
import { kubeconfigFile } from '@menshen/operator/kube/cluster-config';
import { startController } from '@menshen/operator/kube/controller';
import { contendForLease } from '@menshen/operator/kube/lease';
import { nodeTransport } from '@menshen/operator/kube/node-transport';
import { objectSource } from '@menshen/operator/kube/object-source';
import { startReflector } from '@menshen/operator/kube/reflector';
import { createRetryPace } from '@menshen/operator/kube/retry-pace';
import { createStore } from '@menshen/operator/kube/store';
import { createWorkQueue } from '@menshen/operator/kube/work-queue';
import { findBinaries } from './find-binaries.ts';
import { installNotes, NOTES, type Note } from './notes.ts';
import { startControlPlane } from './start-control-plane.ts';

const { values } = parseArgs({
  options: { edits: { type: 'string', default: '300' }, 'idle-seconds': { type: 'string', default: '60' } },
});
const NAMESPACE = 'reaction';
const OBJECTS = 200;

const binaries = await findBinaries(process.env, (line) => process.stderr.write(`${line}\n`));
if ('missing' in binaries) throw new Error(binaries.missing);
const plane = await startControlPlane({ binaries, within: tmpdir() });
const watching = new AbortController();
try {
  const clock = monotonicClock();
  const random = Math.random;
  const read = async (path: string): Promise<string> => await readFile(path, 'utf8');
  const { transport } = nodeTransport(
    await kubeconfigFile(plane.kubeconfigFile, { readFile: read, nowMs: clock.nowMs }),
  );
  const editor = createApiClient({ transport, clock });
  await installNotes(editor, NAMESPACE);
  for (let index = 0; index < OBJECTS; index += 1) await editor.create<Note>(NOTES, noteOf(index, 0));

  let requests = 0;
  const countRequest = (): void => {
    requests += 1;
  };
  const client = createApiClient({ transport, clock, onRequest: countRequest });
  const store = createStore<Note>();
  const queue = createWorkQueue({ clock, pace: createRetryPace(clock, random) });
  let onPass: (key: string) => void = () => undefined;
  const reflector = startReflector<Note>({
    source: objectSource(client, NOTES, { namespace: NAMESPACE }),
    store,
    clock,
    random,
    signal: watching.signal,
    onChange: ({ key }) => queue.add(key),
  });
  await reflector.synced;
  const lease = contendForLease({
    client,
    clock,
    wallClock: { nowMs: () => Date.now() },
    random,
    identity: 'measuring',
    name: { namespace: NAMESPACE, name: 'operator' },
  });
  await lease.acquired;
  const controller = startController({
    queue,
    clock,
    random,
    signal: watching.signal,
    resync: { everyMs: 600_000, keys: () => store.keys() },
    reconcile: (key) => {
      onPass(key);
      return Promise.resolve({});
    },
  });

  const reactionsMs: number[] = [];
  for (let edit = 1; edit <= Number(values.edits); edit += 1) {
    const note = noteOf(edit % OBJECTS, edit);
    const passed = new Promise<void>((resolve) => {
      onPass = (key) => {
        if (key === `${NAMESPACE}/${note.metadata.name}` && store.get(key)?.spec.n === edit) resolve();
      };
    });
    const startedMs = clock.nowMs();
    await editor.patch(NOTES, note.metadata, {
      type: 'Merge',
      body: { spec: note.spec },
      fieldManager: 'editor',
    });
    await passed;
    reactionsMs.push(clock.nowMs() - startedMs);
  }
  const before = requests;
  const idleSeconds = Number(values['idle-seconds']);
  await new Promise<void>((resolve) => clock.after(idleSeconds * 1000, resolve));
  const perSecond = (requests - before) / idleSeconds;
  await controller.stop();
  await lease.release();
  const sorted = reactionsMs.sort((a, b) => a - b);
  const percentile = (part: number): number =>
    Math.round((sorted[Math.floor(sorted.length * part)] ?? 0) * 10) / 10;
  process.stdout.write(
    `${JSON.stringify({
      edits: sorted.length,
      objects: OBJECTS,
      editToPassMs: { p50: percentile(0.5), p99: percentile(0.99), max: percentile(1 - 1 / sorted.length) },
      idleRequestsPerSecond: Math.round(perSecond * 100) / 100,
      rssMiB: Math.round(process.memoryUsage().rss / 2 ** 20),
    })}\n`,
  );
} finally {
  watching.abort();
  await plane.stop();
}

function noteOf(index: number, n: number): Note {
  return { metadata: { namespace: NAMESPACE, name: `note-${index}` }, spec: { n } };
}
