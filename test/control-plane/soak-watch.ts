// Whether the reflector and the controller behind it ever miss anything: objects are edited without pause while API servers are killed,
// history is forgotten and connections are cut; after each trouble the editing stops for a moment and everything is compared.
import { type ApiClient, createApiClient } from '@menshen/operator/kube/api-client';
import { isApiError } from '@menshen/operator/kube/api-error';
import type { Clock } from '@menshen/operator/kube/clock';
import { startController } from '@menshen/operator/kube/controller';
import { keyOf } from '@menshen/operator/kube/kube-object';
import { objectSource } from '@menshen/operator/kube/object-source';
import { startReflector } from '@menshen/operator/kube/reflector';
import type { Resource } from '@menshen/operator/kube/resource';
import { createRetryPace } from '@menshen/operator/kube/retry-pace';
import { createStore, type ReadStore } from '@menshen/operator/kube/store';
import type { Transport } from '@menshen/operator/kube/transport';
import { createWorkQueue } from '@menshen/operator/kube/work-queue';
import { cuttable, forgetHistory, killApiServer } from './make-trouble.ts';
import type { Note } from './notes.ts';
import type { ControlPlane } from './start-control-plane.ts';

export interface SoakOptions {
  readonly plane: ControlPlane;
  /** Its CRD must be there. */
  readonly resource: Resource;
  readonly namespace: string;
  readonly transport: Transport;
  readonly clock: Clock;
  /** What happens, one after the other. */
  readonly troubles: readonly Trouble[];
  readonly objects: number;
  /** Edits between two troubles. */
  readonly editsPerTrouble: number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly say?: (line: string) => void;
}

export type Trouble = 'Kill' | 'ForgetHistory' | 'Cut';

export interface SoakResult {
  readonly edits: number;
  readonly troubles: Readonly<Record<Trouble, number>>;
  readonly lists: number;
  readonly relists: number;
  readonly watches: number;
  readonly changesTold: number;
  readonly passes: number;
  /** Objects that the store or the controller had not in their last state a minute after the editing had stopped, over all checks. */
  readonly missed: number;
  /** Milliseconds until everything was as on the server, after each trouble. */
  readonly settledAfterMs: readonly number[];
}

const PATIENCE_MS = 60_000;

export async function soakWatch(options: SoakOptions): Promise<SoakResult> {
  const { plane, resource, transport, clock, troubles, say = () => undefined } = options;
  const line = cuttable(transport);
  const editor = createApiClient({ transport, clock });
  const follower = follow(options, createApiClient({ transport: line.transport, clock }));
  const settledAfterMs: number[] = [];
  const happened = { Kill: 0, ForgetHistory: 0, Cut: 0 };
  let edits = 0;
  let missed = 0;
  await follower.synced;
  for (const trouble of troubles) {
    const editing = editObjects(options, editor);
    if (trouble === 'Kill') await killApiServer(plane);
    if (trouble === 'Cut') line.cut();
    if (trouble === 'ForgetHistory') line.interrupt();
    happened[trouble] += 1;
    edits += await editing;
    // Whoever was away during all these edits finds that the version it stopped at is gone.
    if (trouble === 'ForgetHistory') await forgetHistory(plane, editor, resource);
    line.restore();
    const startedMs = clock.nowMs();
    const left = await compare(options, editor, follower);
    missed += left;
    settledAfterMs.push(Math.round(clock.nowMs() - startedMs));
    say(
      `${trouble}: ${edits} edits so far, everything as on the server after ${settledAfterMs.at(-1)} ms, missed ${left}`,
    );
  }
  const counts = await follower.stop();
  return { edits, troubles: happened, ...counts, missed, settledAfterMs };
}

interface Follower {
  readonly synced: Promise<void>;
  readonly store: ReadStore<Note>;
  /** The last state that a pass of the controller saw, by key; absent when it saw that there is none. */
  readonly seen: ReadonlyMap<string, number>;
  stop(): Promise<Pick<SoakResult, 'lists' | 'relists' | 'watches' | 'changesTold' | 'passes'>>;
}

/** The runtime as an operator uses it: reflector → queue → controller. */
function follow({ resource, namespace, clock, random }: SoakOptions, client: ApiClient): Follower {
  const counts = { lists: 0, relists: 0, watches: 0, changesTold: 0, passes: 0 };
  const stopping = new AbortController();
  const store = createStore<Note>();
  const seen = new Map<string, number>();
  const queue = createWorkQueue({ clock, pace: createRetryPace(clock, random) });
  const reflector = startReflector<Note>({
    source: objectSource(client, resource, { namespace }),
    store,
    clock,
    random,
    signal: stopping.signal,
    pageSize: 20,
    onChange: ({ key }) => {
      counts.changesTold += 1;
      queue.add(key);
    },
    observer: {
      listed: (isRelist) => {
        counts.lists += 1;
        counts.relists += isRelist ? 1 : 0;
      },
      watched: () => {
        counts.watches += 1;
      },
      eventReceived: () => undefined,
      failed: () => undefined,
    },
  });
  const controller = startController({
    queue,
    clock,
    random,
    signal: stopping.signal,
    reconcile: (key) => {
      counts.passes += 1;
      const object = store.get(key);
      if (object === undefined) seen.delete(key);
      else seen.set(key, object.spec.n);
      return Promise.resolve({});
    },
  });
  return {
    synced: reflector.synced,
    store,
    seen,
    stop: async () => {
      stopping.abort();
      await Promise.all([reflector.ended, controller.ended]);
      return counts;
    },
  };
}

/** Creates, changes and deletes at random. Returns how many edits succeeded: all of them. */
async function editObjects(options: SoakOptions, client: ApiClient): Promise<number> {
  for (let done = 0; done < options.editsPerTrouble; done += 1)
    await persist(options.clock, () => editOne(options, client));
  return options.editsPerTrouble;
}

/** What fails because the API server is away, or just back and not quite there, is tried again. */
async function persist<T>(clock: Clock, call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!isApiError(error)) throw error;
      await new Promise<void>((resolve) => clock.after(20, resolve));
    }
  }
}

async function editOne(
  { resource, namespace, objects, random }: SoakOptions,
  client: ApiClient,
): Promise<void> {
  const name = { namespace, name: `note-${Math.floor(random() * objects)}` };
  const known = await client.get<Note>(resource, name);
  if (known === undefined) await client.create<Note>(resource, { metadata: name, spec: { n: 0 } });
  else if (random() < 0.2) await client.delete(resource, name);
  else await client.replace<Note>(resource, { ...known, spec: { n: known.spec.n + 1 } });
}

/** Objects that are not as on the server when patience has run out: 0 as soon as everything is. */
async function compare(
  { resource, namespace, clock }: SoakOptions,
  client: ApiClient,
  follower: Follower,
): Promise<number> {
  const deadlineMs = clock.nowMs() + PATIENCE_MS;
  const { items } = await persist(clock, () => client.listPage<Note>(resource, { namespace }));
  for (;;) {
    const differing = countDiffering(items, follower);
    if (differing === 0 || clock.nowMs() > deadlineMs) return differing;
    await new Promise<void>((resolve) => clock.after(10, resolve));
  }
}

function countDiffering(truth: readonly Note[], { store, seen }: Follower): number {
  const keys = new Set(truth.map(({ metadata }) => keyOf(metadata)));
  const wrong = truth.filter((note) => {
    const key = keyOf(note.metadata);
    return (
      store.get(key)?.metadata.resourceVersion !== note.metadata.resourceVersion ||
      seen.get(key) !== note.spec.n
    );
  }).length;
  const tooMany = [...new Set([...store.keys(), ...seen.keys()])].filter((key) => !keys.has(key)).length;
  return wrong + tooMany;
}
