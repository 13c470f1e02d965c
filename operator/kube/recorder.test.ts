import { describe, expect, it } from 'vitest';
import { createApiClient } from './api-client.ts';
import { fakeClock } from './clock.testkit.ts';
import { FakeApiServer } from './fake-api-server.testkit.ts';
import { createRecorder, type Happening } from './recorder.ts';
import type { Resource } from './resource.ts';

const WIDGETS: Resource = {
  group: 'example.com',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  isNamespaced: true,
};
const COLLECTION = '/apis/events.k8s.io/v1/events';

const setUp = () => {
  const server = new FakeApiServer();
  const clock = fakeClock();
  const client = createApiClient({ transport: server.transport, clock });
  const failures: unknown[] = [];
  let seed = 0;
  const recorder = createRecorder({
    client,
    clock,
    wallClock: { nowMs: () => Date.UTC(2026, 0, 2, 3, 4, 5, 6) },
    random: () => {
      seed += 1;
      return seed / 1000;
    },
    controller: 'menshen.dev/operator',
    instance: 'pod-1',
    onFailure: (error) => failures.push(error),
  });
  const events = () =>
    [...server.objectsOf(COLLECTION).values()] as { note?: string; series?: { count: number } }[];
  return { server, clock, recorder, events, failures };
};
const happening = (note: string, more: Partial<Happening> = {}): Happening => ({
  resource: WIDGETS,
  object: { metadata: { name: 'a', namespace: 'acme', uid: 'uid-a', resourceVersion: '7' } },
  type: 'Warning',
  reason: 'PolicyRejected',
  action: 'Reconcile',
  note,
  ...more,
});

describe('a recorder', () => {
  it('writes what happened, to what, and who says so', async () => {
    const { recorder, events } = setUp();
    recorder.record(happening('rule 3 has no terms'));
    await recorder.flush();
    expect(events()).toMatchObject([
      {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { namespace: 'acme', name: expect.stringMatching(/^a\.[0-9a-f]{16}$/) },
        eventTime: '2026-01-02T03:04:05.006000Z',
        reportingController: 'menshen.dev/operator',
        reportingInstance: 'pod-1',
        action: 'Reconcile',
        reason: 'PolicyRejected',
        type: 'Warning',
        note: 'rule 3 has no terms',
        regarding: {
          apiVersion: 'example.com/v1',
          kind: 'Widget',
          name: 'a',
          namespace: 'acme',
          uid: 'uid-a',
        },
      },
    ]);
  });

  it('counts the same thing on the first event, at most once a minute', async () => {
    const { recorder, events, clock, server } = setUp();
    for (let second = 0; second < 150; second += 1) {
      recorder.record(happening('the same'));
      await clock.advance(1000);
    }
    await recorder.flush();
    expect(events()).toMatchObject([
      { series: { count: 150, lastObservedTime: '2026-01-02T03:04:05.006000Z' } },
    ]);
    expect(server.requests.length).toBeLessThanOrEqual(4);
  });

  it('makes a new event of the same thing after six minutes of silence', async () => {
    const { recorder, events, clock } = setUp();
    recorder.record(happening('again'));
    await clock.advance(6 * 60_000);
    recorder.record(happening('again'));
    await recorder.flush();
    expect(events()).toHaveLength(2);
  });

  it('lets one object say 25 different things at once, then one in five minutes; others are not affected', async () => {
    const { recorder, events, clock } = setUp();
    for (let index = 0; index < 100; index += 1) recorder.record(happening(`note ${index}`));
    recorder.record(
      happening('of b', { object: { metadata: { name: 'b', namespace: 'acme', uid: 'uid-b' } } }),
    );
    await recorder.flush();
    expect(events()).toHaveLength(26);
    await clock.advance(5 * 60_000);
    for (let index = 100; index < 110; index += 1) recorder.record(happening(`note ${index}`));
    await recorder.flush();
    expect(events()).toHaveLength(27);
  });

  it('never fails what it is about, and says it again when the event was not written or is gone', async () => {
    const { recorder, events, clock, failures, server } = setUp();
    server.isDown = true;
    recorder.record(happening('unheard'));
    await recorder.flush();
    expect(failures).toHaveLength(1);
    server.isDown = false;
    recorder.record(happening('unheard'));
    await recorder.flush();
    expect(events()).toHaveLength(1);

    for (const key of server.objectsOf(COLLECTION).keys()) server.remove(COLLECTION, key);
    recorder.record(happening('unheard'));
    await clock.advance(60_000);
    recorder.record(happening('unheard'));
    await recorder.flush();
    expect(events()).toHaveLength(1);
    expect(failures).toHaveLength(1);
  });

  it('cuts a note that is too long', async () => {
    const { recorder, events } = setUp();
    recorder.record(happening(`x${'门'.repeat(1000)}`));
    recorder.record(happening('门'.repeat(341)));
    await recorder.flush();
    expect(events().map(({ note }) => note)).toEqual([`x${'门'.repeat(340)}…`, '门'.repeat(341)]);
  });
});
