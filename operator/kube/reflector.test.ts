import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createApiClient } from './api-client.ts';
import { fakeClock, noJitter, settle } from './clock.testkit.ts';
import { FakeApiServer } from './fake-api-server.testkit.ts';
import type { KubeObject } from './kube-object.ts';
import { objectSource } from './object-source.ts';
import { type Change, startReflector } from './reflector.ts';
import type { Resource } from './resource.ts';
import { createStore } from './store.ts';

const WIDGETS: Resource = {
  group: 'example.com',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  isNamespaced: true,
};
const COLLECTION = '/apis/example.com/v1/widgets';

interface Widget extends KubeObject {
  readonly spec?: { readonly n: number };
}

const widget = (name: string, n = 0): Widget => ({ metadata: { name, namespace: 'acme' }, spec: { n } });

const setUp = (server = new FakeApiServer()) => {
  const clock = fakeClock();
  const client = createApiClient({ transport: server.transport, clock });
  const store = createStore<Widget>();
  const changes: Change<Widget>[] = [];
  const failures: unknown[] = [];
  const counts = { lists: 0, relists: 0, watches: 0 };
  const stopping = new AbortController();
  const reflector = startReflector<Widget>({
    source: objectSource(client, WIDGETS),
    store,
    onChange: (change) => changes.push(change),
    clock,
    random: noJitter,
    signal: stopping.signal,
    pageSize: 2,
    observer: {
      listed: (isRelist) => {
        counts.lists += 1;
        counts.relists += isRelist ? 1 : 0;
      },
      watched: () => {
        counts.watches += 1;
      },
      eventReceived: () => undefined,
      failed: (error) => failures.push(error),
    },
  });
  const stop = async (): Promise<void> => {
    stopping.abort();
    await reflector.ended;
  };
  return { server, clock, store, changes, failures, counts, reflector, stop };
};

const heard = (changes: Change<Widget>[]): string[] =>
  changes.splice(0).map(({ type, object }) => `${type} ${object.metadata.name}`);
const stored = (store: { list(): Widget[] }): string[] =>
  store
    .list()
    .map(({ metadata, spec }) => `${metadata.name}=${spec?.n}`)
    .sort();

describe('a reflector', () => {
  it('lists page by page, says that it has synced, and follows the watch', async () => {
    const { server, store, changes, reflector, stop } = setUp();
    for (const name of ['a', 'b', 'c', 'd', 'e']) server.put(COLLECTION, widget(name));
    expect(reflector.hasSynced()).toBe(false);
    await reflector.synced;
    expect(heard(changes)).toEqual(['Added a', 'Added b', 'Added c', 'Added d', 'Added e']);
    await settle();
    server.put(COLLECTION, widget('a', 1));
    server.put(COLLECTION, widget('f'));
    server.remove(COLLECTION, 'acme/b');
    await settle();
    expect(heard(changes)).toEqual(['Updated a', 'Added f', 'Deleted b']);
    expect(stored(store)).toEqual(['a=1', 'c=0', 'd=0', 'e=0', 'f=0']);
    await stop();
    expect(server.openWatches()).toBe(0);
  });

  it('takes the end of a watch by the server as normal and goes on where it was', async () => {
    const { server, clock, changes, counts, reflector, failures, stop } = setUp();
    await reflector.synced;
    await clock.advance(5000);
    server.endWatches('Clean');
    server.put(COLLECTION, widget('while-away'));
    await settle();
    expect(heard(changes)).toEqual(['Added while-away']);
    expect(counts).toEqual({ lists: 1, relists: 0, watches: 2 });
    expect(failures).toEqual([]);
    await stop();
  });

  it.each(['Broken', 'MidLine'] as const)('resumes without a list after a %s connection', async (how) => {
    const { server, clock, changes, counts, reflector, stop } = setUp();
    await reflector.synced;
    await settle();
    server.put(COLLECTION, widget('seen-before'));
    await settle();
    heard(changes);
    server.endWatches(how);
    server.put(COLLECTION, widget('a'));
    server.remove(COLLECTION, 'acme/a');
    await clock.advance(2000);
    expect(heard(changes)).toEqual(['Added a', 'Deleted a']);
    expect(counts.relists).toBe(0);
    await stop();
  });

  it('lists again when the version has been compacted away, and tells deletions it did not see', async () => {
    const { server, clock, changes, counts, store, reflector, stop } = setUp();
    for (const name of ['kept', 'changed', 'deleted', 'replaced']) server.put(COLLECTION, widget(name));
    await reflector.synced;
    await settle();
    heard(changes);
    server.endWatches('Broken');
    server.put(COLLECTION, widget('changed', 7));
    server.remove(COLLECTION, 'acme/deleted');
    server.remove(COLLECTION, 'acme/replaced');
    server.put(COLLECTION, widget('replaced', 8));
    server.compact();
    await clock.advance(2000);
    expect(changes.filter(({ type }) => type === 'Deleted')).toMatchObject([
      { key: 'acme/deleted', isFinalStateUnknown: true },
      { key: 'acme/replaced', isFinalStateUnknown: true },
    ]);
    expect(heard(changes).sort()).toEqual([
      'Added replaced',
      'Deleted deleted',
      'Deleted replaced',
      'Updated changed',
    ]);
    expect(stored(store)).toEqual(['changed=7', 'kept=0', 'replaced=8']);
    expect(counts.relists).toBe(1);
    await stop();
  });

  it('keeps its version fresh by bookmarks, so that a compaction costs no list', async () => {
    const { server, clock, counts, changes, reflector, stop } = setUp();
    await reflector.synced;
    await settle();
    server.put('/apis/example.com/v1/others', widget('noise'));
    server.sendBookmarks();
    await settle();
    server.compact();
    server.endWatches('Broken');
    server.put(COLLECTION, widget('a'));
    await clock.advance(2000);
    expect(heard(changes)).toEqual(['Added a']);
    expect(counts.relists).toBe(0);
    await stop();
  });

  it('asks for everything at once when a compaction overtakes its pages', async () => {
    const server = new FakeApiServer();
    for (const name of ['a', 'b', 'c']) server.put(COLLECTION, widget(name));
    server.beforeAnswer = (request) => {
      if (request.path.includes('continue=')) {
        server.put(COLLECTION, widget('d'));
        server.compact();
      }
      return Promise.resolve();
    };
    const { store, reflector, stop } = setUp(server);
    await reflector.synced;
    expect(stored(store)).toEqual(['a=0', 'b=0', 'c=0', 'd=0']);
    await stop();
  });

  it('notices a connection that died without a word', async () => {
    const { server, clock, changes, counts, reflector, stop } = setUp();
    await reflector.synced;
    await settle();
    server.endWatches('Silent');
    server.put(COLLECTION, widget('unheard'));
    await clock.advance(179_000);
    expect(heard(changes)).toEqual([]);
    await clock.advance(1000);
    expect(heard(changes)).toEqual(['Added unheard']);
    expect(counts.relists).toBe(0);
    await stop();
  });

  it('waits longer and longer for a server that is down, 10 s at most before jitter', async () => {
    const { server, clock, reflector, stop } = setUp();
    server.isDown = true;
    await clock.advance(10 * 60_000);
    const tries = server.requests.length;
    expect(tries).toBeGreaterThan(50);
    expect(tries).toBeLessThan(75);
    server.isDown = false;
    await clock.advance(10_000);
    expect(reflector.hasSynced()).toBe(true);
    await stop();
  });

  it('leaves a server alone for as long as it asks to', async () => {
    const server = new FakeApiServer();
    server.refuseNext({ code: 429, reason: 'TooManyRequests', retryAfter: '17' });
    const { clock, reflector, stop } = setUp(server);
    await clock.advance(16_900);
    expect(server.requests).toHaveLength(1);
    await clock.advance(200);
    expect(reflector.hasSynced()).toBe(true);
    await stop();
  });

  it('makes no hot loop of a server that ends every watch at once', async () => {
    const { server, clock, reflector, stop } = setUp();
    await reflector.synced;
    await settle();
    server.beforeAnswer = async (request) => {
      if (request.path.includes('watch=')) setImmediate(() => server.endWatches('Clean'));
      await Promise.resolve();
    };
    server.endWatches('Clean');
    const before = server.requests.length;
    await clock.advance(60_000);
    expect(server.requests.length - before).toBeLessThan(12);
    await stop();
  });

  it('makes no hot loop of a server that calls every version too old', async () => {
    const server = new FakeApiServer();
    server.beforeAnswer = (request) => {
      if (request.path.includes('watch=')) server.refuseNext({ code: 410, reason: 'Expired' });
      return Promise.resolve();
    };
    const { clock, counts, stop } = setUp(server);
    await clock.advance(60_000);
    expect(counts.lists).toBeGreaterThan(3);
    expect(counts.lists).toBeLessThan(16);
    await stop();
  });

  it('tries soon again after a watch that was quiet for long and then broke', async () => {
    const { server, clock, counts, reflector, stop } = setUp();
    await reflector.synced;
    for (let cut = 0; cut < 10; cut += 1) {
      await clock.advance(2000);
      server.endWatches('Broken');
      await clock.advance(150);
      expect(counts.watches).toBe(cut + 2);
    }
    await stop();
  });

  it.each([
    [
      'a version from the future, as after a restore of etcd',
      { code: 504, reason: 'Timeout', message: 'Too large resource version: 9, current: 1' },
      1,
    ],
    ['refusals that do not end', { code: 400, reason: 'BadRequest' }, 3],
  ])('lists again on %s', async (_what, refusal, times) => {
    const { server, clock, counts, changes, reflector, stop } = setUp();
    await reflector.synced;
    await settle();
    server.refuseNext(...Array.from({ length: times - 1 }, () => refusal));
    server.failWatches(refusal);
    await clock.advance(60_000);
    server.put(COLLECTION, widget('a'));
    await settle();
    expect(counts.relists).toBe(1);
    expect(heard(changes)).toEqual(['Added a']);
    await stop();
  });

  it('survives a listener that throws', async () => {
    const server = new FakeApiServer();
    const clock = fakeClock();
    const store = createStore<Widget>();
    const stopping = new AbortController();
    const failures: unknown[] = [];
    const reflector = startReflector<Widget>({
      source: objectSource(createApiClient({ transport: server.transport, clock }), WIDGETS),
      store,
      onChange: () => {
        throw new Error('boom');
      },
      clock,
      random: noJitter,
      signal: stopping.signal,
      observer: {
        listed: () => undefined,
        watched: () => undefined,
        eventReceived: () => undefined,
        failed: (error) => failures.push(error),
      },
    });
    await reflector.synced;
    await settle();
    server.put(COLLECTION, widget('a', 1));
    server.put(COLLECTION, widget('a', 2));
    await settle();
    expect(stored(store)).toEqual(['a=2']);
    expect(failures).toHaveLength(2);
    stopping.abort();
    await reflector.ended;
  });
});

type Event =
  | { readonly do: 'put'; readonly name: string; readonly n: number }
  | { readonly do: 'remove'; readonly name: string }
  | { readonly do: 'end'; readonly how: 'Clean' | 'Broken' | 'MidLine' | 'Silent' }
  | { readonly do: 'compact' | 'bookmark' | 'down' | 'up' | 'settle' | 'expire' }
  | { readonly do: 'refuse'; readonly code: number }
  | { readonly do: 'pass'; readonly ms: number };

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('put' as const),
      name: fc.constantFrom('a', 'b', 'c', '门'),
      n: fc.nat(9),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('remove' as const), name: fc.constantFrom('a', 'b', 'c', '门') }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      how: fc.constantFrom('Clean' as const, 'Broken' as const, 'MidLine' as const, 'Silent' as const),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'compact' as const,
        'bookmark' as const,
        'down' as const,
        'up' as const,
        'settle' as const,
        'expire' as const,
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('refuse' as const),
      code: fc.constantFrom(429, 500, 503, 403, 410),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 200_000 }) }),
  },
);

describe('a reflector under any interleaving', () => {
  it('ends with the store equal to the server and with every final state told', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 40 }),
        fc.constantFrom(3, 17, Number.POSITIVE_INFINITY),
        async (events, pieceBytes) => {
          const run = setUp();
          run.server.pieceBytes = pieceBytes;
          for (const each of events) await happen(run, each);
          run.server.isDown = false;
          await run.clock.advance(400_000);
          const told = replay(run.changes);
          const truth = new Map(
            [...run.server.objectsOf(COLLECTION)].map(([key, { metadata }]) => [
              key,
              metadata.resourceVersion,
            ]),
          );
          const versions = (objects: Iterable<[string, Widget]>) =>
            new Map([...objects].map(([key, { metadata }]) => [key, metadata.resourceVersion]));
          expect(
            versions(run.store.list().map((object) => [`acme/${object.metadata.name}`, object])),
          ).toEqual(truth);
          expect(versions(told)).toEqual(truth);
          await run.stop();
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** What a listener that believes every change thinks is there. */
function replay(changes: readonly Change<Widget>[]): Map<string, Widget> {
  const told = new Map<string, Widget>();
  for (const change of changes) {
    if (change.type === 'Added') expect(told.has(change.key), 'added twice').toBe(false);
    else expect(told.has(change.key), `${change.type} without being there`).toBe(true);
    if (change.type === 'Updated')
      expect(change.object.metadata.resourceVersion, 'told twice').not.toBe(
        change.previous.metadata.resourceVersion,
      );
    if (change.type === 'Deleted') told.delete(change.key);
    else told.set(change.key, change.object);
  }
  return told;
}

async function happen({ server, clock }: ReturnType<typeof setUp>, each: Event): Promise<void> {
  switch (each.do) {
    case 'put':
      server.put(COLLECTION, widget(each.name, each.n));
      return;
    case 'remove':
      server.remove(COLLECTION, `acme/${each.name}`);
      return;
    case 'end':
      return server.endWatches(each.how);
    case 'compact':
      return server.compact();
    case 'expire':
      return server.failWatches({ code: 410, reason: 'Expired' });
    case 'bookmark':
      return server.sendBookmarks();
    case 'down':
      server.isDown = true;
      return server.endWatches('Broken');
    case 'up':
      server.isDown = false;
      return;
    case 'refuse':
      return server.refuseNext({ code: each.code });
    case 'settle':
      return await settle();
    case 'pass':
      return await clock.advance(each.ms);
  }
}
