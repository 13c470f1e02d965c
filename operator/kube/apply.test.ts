import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createApiClient } from './api-client.ts';
import { createApplier } from './apply.ts';
import { fakeClock } from './clock.testkit.ts';
import { settleConditions } from './conditions.ts';
import { FakeApiServer } from './fake-api-server.testkit.ts';
import type { KubeObject } from './kube-object.ts';
import { differingFields } from './owned-fields.ts';
import { mergePatchBetween, patchStatus } from './patch-status.ts';
import type { Resource } from './resource.ts';

const SERVICES: Resource = {
  group: '',
  version: 'v1',
  plural: 'services',
  kind: 'Service',
  isNamespaced: true,
};
const NAME = { name: 'web', namespace: 'acme' };

const desired = (spec: object, labels?: Record<string, string>): KubeObject =>
  ({ metadata: { ...NAME, ...(labels === undefined ? {} : { labels }) }, spec }) as KubeObject;
const live = (spec: object, fieldsV1: Record<string, unknown>, more: object = {}): KubeObject =>
  ({
    metadata: {
      ...NAME,
      resourceVersion: '7',
      ...more,
      managedFields: [{ manager: 'menshen', operation: 'Apply', apiVersion: 'v1', fieldsV1 }],
    },
    spec,
  }) as KubeObject;
const differing = (wanted: KubeObject, there: KubeObject): string[] =>
  differingFields(wanted, there, { resource: SERVICES, fieldManager: 'menshen' });

const PORTS = {
  'f:spec': {
    'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {}, 'f:targetPort': {} } },
  },
};
const livePorts = (targetPort: number): KubeObject =>
  live({ ports: [{ port: 80, protocol: 'TCP', targetPort }], clusterIP: '10.0.0.1' }, PORTS);

describe('fields that would change', () => {
  it.each<[string, KubeObject, KubeObject, string[]]>([
    [
      'nothing, whatever others set',
      desired({ a: 1 }),
      live({ a: 1, b: 2 }, { 'f:spec': { 'f:a': {} } }),
      [],
    ],
    ['a value', desired({ a: 1 }), live({ a: 9 }, { 'f:spec': { 'f:a': {} } }), ['.spec.a']],
    [
      'a field that we do not own yet',
      desired({ a: 1, b: 2 }),
      live({ a: 1, b: 2 }, { 'f:spec': { 'f:a': {} } }),
      ['.spec.b'],
    ],
    [
      'a field that we own and no longer want',
      desired({ a: 1 }),
      live({ a: 1, b: 2 }, { 'f:spec': { 'f:a': {}, 'f:b': {} } }),
      ['.spec.b'],
    ],
    ['a field that somebody removed', desired({ a: 1 }), live({}, { 'f:spec': { 'f:a': {} } }), ['.spec.a']],
    ['an atomic list', desired({ a: [1, 2] }), live({ a: [1, 3] }, { 'f:spec': { 'f:a': {} } }), ['.spec.a']],
    [
      'a key that has a default and is left out',
      desired({ ports: [{ port: 80, targetPort: 8080 }] }),
      livePorts(8080),
      [],
    ],
    [
      'a value in a keyed list',
      desired({ ports: [{ port: 80, targetPort: 1 }] }),
      livePorts(8080),
      ['.spec.ports[{"port":80,"protocol":"TCP"}].targetPort'],
    ],
    [
      'an item too many',
      desired({ ports: [{ port: 80, targetPort: 8080 }, { port: 81 }] }),
      livePorts(8080),
      ['.spec.ports'],
    ],
    [
      'nothing in an item that is owned as a whole',
      desired({ owners: [{ uid: 'u', name: 'n' }] }),
      live({ owners: [{ name: 'n', uid: 'u' }] }, { 'f:spec': { 'f:owners': { 'k:{"uid":"u"}': {} } } }),
      [],
    ],
    [
      'a value in an item that is owned as a whole',
      desired({ owners: [{ uid: 'u', name: 'n' }] }),
      live({ owners: [{ name: 'm', uid: 'u' }] }, { 'f:spec': { 'f:owners': { 'k:{"uid":"u"}': {} } } }),
      ['.spec.owners[{"uid":"u"}]'],
    ],
    [
      'a set of which others have more',
      desired({ s: ['x'] }),
      live({ s: ['y', 'x'] }, { 'f:spec': { 'f:s': { 'v:"x"': {} } } }),
      [],
    ],
    [
      'a value of a set',
      desired({ s: ['x', 'z'] }),
      live({ s: ['x'] }, { 'f:spec': { 'f:s': { 'v:"x"': {} } } }),
      ['.spec.s'],
    ],
    [
      'an empty map that was defaulted',
      desired({ dir: {} }),
      live({ dir: { mode: 1 } }, { 'f:spec': { 'f:dir': {} } }),
      [],
    ],
    [
      'labels',
      desired({}, { app: 'a' }),
      live({}, { 'f:metadata': { 'f:labels': { 'f:app': {} } }, 'f:spec': {} }, { labels: { app: 'b' } }),
      ['.metadata.labels.app'],
    ],
  ])('%s', (_what, wanted, there, fields) => {
    expect(differing(wanted, there)).toEqual(fields);
  });

  it('are all of them when nothing there is ours', () => {
    const there = live({ a: 1 }, {});
    const other = {
      ...there,
      metadata: {
        ...there.metadata,
        managedFields: [
          { manager: 'kubectl', operation: 'Apply', apiVersion: 'v1', fieldsV1: { 'f:spec': { 'f:a': {} } } },
        ],
      },
    };
    expect(differing(desired({ a: 1 }), other)).toEqual(['.']);
  });
});

describe('an applier', () => {
  const setUp = () => {
    const server = new FakeApiServer();
    const client = createApiClient({ transport: server.transport, clock: fakeClock() });
    server.put('/api/v1/services', { metadata: NAME });
    const read = async (): Promise<KubeObject | undefined> => await client.get(SERVICES, NAME);
    return { server, applier: createApplier(client, 'menshen'), read };
  };
  const patches = (server: FakeApiServer): string[] =>
    server.requests.filter(({ method }) => method === 'PATCH').map(({ path }) => path.replace(/.*\?/, ''));

  it('asks once, and not again while nobody touches the object', async () => {
    const { server, applier, read } = setUp();
    expect(await applier.apply(SERVICES, desired({ a: 1 }), await read())).toMatchObject({
      outcome: 'Changed',
      isDrift: false,
    });
    for (let pass = 0; pass < 3; pass += 1)
      expect(await applier.apply(SERVICES, desired({ a: 1 }), await read())).toMatchObject({
        outcome: 'Unchanged',
      });
    expect(patches(server)).toEqual(['fieldManager=menshen&force=false']);
    expect(await applier.apply(SERVICES, desired({ a: 2 }), await read())).toMatchObject({
      outcome: 'Changed',
      isDrift: false,
    });
  });

  it('calls it drift when somebody changes what was applied', async () => {
    const { server, applier, read } = setUp();
    await applier.apply(SERVICES, desired({ a: 1 }), await read());
    server.put('/api/v1/services', desired({ a: 5 }));
    expect(await applier.apply(SERVICES, desired({ a: 1 }), await read())).toMatchObject({
      outcome: 'Changed',
      isDrift: true,
    });
    expect(await read()).toMatchObject({ spec: { a: 1 } });
  });

  it('reports whom it overrules', async () => {
    const { server, applier } = setUp();
    const cause = {
      reason: 'FieldManagerConflict',
      message: 'conflict with "kubectl-edit"',
      field: '.spec.a',
    };
    server.refuseNext({ code: 409, reason: 'Conflict', causes: [cause] });
    expect((await applier.apply(SERVICES, desired({ a: 1 }), undefined)).conflicts).toEqual([
      { field: '.spec.a', message: 'conflict with "kubectl-edit"' },
    ]);
    expect(patches(server)).toEqual(['fieldManager=menshen&force=false', 'fieldManager=menshen&force=true']);
  });

  it('does not force its way past a conflict of versions', async () => {
    const { server, applier } = setUp();
    server.refuseNext({ code: 409, reason: 'Conflict' });
    await expect(applier.apply(SERVICES, desired({ a: 1 }), undefined)).rejects.toMatchObject({
      kind: 'Conflict',
    });
    expect(patches(server)).toHaveLength(1);
  });
});

describe('a status', () => {
  const set = async (status: object, wanted: object) => {
    const server = new FakeApiServer();
    const client = createApiClient({ transport: server.transport, clock: fakeClock() });
    const object = server.put('/api/v1/services', { metadata: { ...NAME, generation: 3 }, ...{ status } });
    const isWritten = await patchStatus(client, {
      resource: SERVICES,
      object,
      status: wanted,
      fieldManager: 'menshen',
    });
    return { isWritten, requests: server.requests, stored: await client.get(SERVICES, NAME) };
  };

  it('is written with the generation it is about', async () => {
    const { isWritten, stored, requests } = await set({ a: 1, gone: true }, { a: 2 });
    expect(isWritten).toBe(true);
    expect(stored).toMatchObject({ status: { a: 2, observedGeneration: 3 } });
    expect(stored).not.toHaveProperty('status.gone');
    expect(requests[0]?.path).toBe('/api/v1/namespaces/acme/services/web/status?fieldManager=menshen');
  });

  it('is not written when it is there already', async () => {
    expect((await set({ observedGeneration: 3, a: { x: [1] } }, { a: { x: [1] } })).isWritten).toBe(false);
  });

  it('makes a patch that does what it should, for any two statuses', () => {
    const value = fc.oneof(
      fc.nat(3),
      fc.array(fc.nat(2), { maxLength: 2 }),
      fc.dictionary(fc.constantFrom('x', 'y'), fc.nat(2)),
    );
    const status = fc.dictionary(fc.constantFrom('a', 'b', 'c'), value);
    fc.assert(
      fc.asyncProperty(status, status, async (from, to) => {
        const client = new FakeApiServer();
        const object = client.put('/api/v1/services', { metadata: { ...NAME }, ...{ status: from } });
        const api = createApiClient({ transport: client.transport, clock: fakeClock() });
        await patchStatus(api, { resource: SERVICES, object, status: to, fieldManager: 'menshen' });
        expect(await api.get(SERVICES, NAME)).toMatchObject({ status: { ...to, observedGeneration: 0 } });
        expect(mergePatchBetween(to, to)).toBeUndefined();
      }),
    );
  });
});

describe('conditions', () => {
  it('keep their moment while their status stays', () => {
    const ready = {
      type: 'Ready',
      status: 'True',
      reason: 'Ok',
      message: 'fine',
      observedGeneration: 1,
    } as const;
    const first = settleConditions([], [ready], Date.UTC(2026, 0, 1));
    expect(first[0]?.lastTransitionTime).toBe('2026-01-01T00:00:00Z');
    const same = settleConditions(
      first,
      [{ ...ready, reason: 'StillOk', observedGeneration: 2 }],
      Date.UTC(2026, 0, 2),
    );
    expect(same[0]).toMatchObject({ reason: 'StillOk', lastTransitionTime: '2026-01-01T00:00:00Z' });
    const other = settleConditions(same, [{ ...ready, status: 'False' }], Date.UTC(2026, 0, 3));
    expect(other[0]?.lastTransitionTime).toBe('2026-01-03T00:00:00Z');
  });
});
