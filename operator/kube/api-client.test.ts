import { describe, expect, it } from 'vitest';
import { createApiClient } from './api-client.ts';
import { ApiError } from './api-error.ts';
import { fakeClock, settle } from './clock.testkit.ts';
import { FakeApiServer, type Refusal } from './fake-api-server.testkit.ts';
import type { KubeObject } from './kube-object.ts';
import { listPath, objectPath, type Resource } from './resource.ts';
import type { HttpResponse } from './transport.ts';

const WIDGETS: Resource = {
  group: 'example.com',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  isNamespaced: true,
};
const NODES: Resource = { group: '', version: 'v1', plural: 'nodes', kind: 'Node', isNamespaced: false };
const A = { namespace: 'acme', name: 'a' };
const widget: KubeObject = { metadata: A };

const setUp = () => {
  const server = new FakeApiServer();
  const clock = fakeClock();
  const codes: string[] = [];
  const client = createApiClient({
    transport: server.transport,
    clock,
    onRequest: (method, code) => codes.push(`${method} ${code}`),
  });
  return { server, clock, client, codes };
};
const problemOf = async (call: Promise<unknown>): Promise<ApiError> => {
  const outcome = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(outcome instanceof ApiError)) throw new Error(`no ApiError but ${String(outcome)}`);
  return outcome;
};

describe('paths', () => {
  it('tell groups, namespaces and subresources apart', () => {
    expect(listPath(NODES)).toBe('/api/v1/nodes');
    expect(listPath(WIDGETS)).toBe('/apis/example.com/v1/widgets');
    expect(objectPath(WIDGETS, A, 'status')).toBe('/apis/example.com/v1/namespaces/acme/widgets/a/status');
    expect(() => objectPath(WIDGETS, { name: 'a' })).toThrow('needs a namespace');
    expect(() => objectPath(NODES, A)).toThrow('is not in any namespace');
  });
});

describe('an API client', () => {
  it('creates, reads, replaces, patches and deletes', async () => {
    const { client, codes } = setUp();
    expect(await client.get(WIDGETS, A)).toBeUndefined();
    const created = await client.create(WIDGETS, widget);
    expect(created).toMatchObject({ apiVersion: 'example.com/v1', kind: 'Widget' });
    expect(await client.get(WIDGETS, A)).toEqual(created);
    const replaced = await client.replace(WIDGETS, { ...created, spec: { n: 1 } } as KubeObject);
    const patch = { type: 'Merge' as const, body: { spec: { m: 2 } }, fieldManager: 'test' };
    expect(await client.patch(WIDGETS, A, patch)).toMatchObject({ spec: { n: 1, m: 2 } });
    expect((await problemOf(client.replace(WIDGETS, replaced))).kind).toBe('Conflict');
    expect(await client.delete(WIDGETS, A)).toBe(true);
    expect(await client.delete(WIDGETS, A)).toBe(false);
    expect(codes).toEqual([
      'GET 404',
      'POST 201',
      'GET 200',
      'PUT 200',
      'PATCH 200',
      'PUT 409',
      'DELETE 200',
      'DELETE 404',
    ]);
  });

  it('says in the query what a patch and a list ask for', async () => {
    const { client, server } = setUp();
    await client.create(WIDGETS, widget, { fieldManager: 'menshen' });
    await client.patch(WIDGETS, A, {
      type: 'Apply',
      body: {},
      fieldManager: 'menshen/x',
      force: true,
      isDryRun: true,
      subresource: 'status',
    });
    await client.listPage(WIDGETS, { namespace: 'acme', labelSelector: 'a in (b, c)', limit: 5 });
    expect(server.requests.map(({ path }) => path)).toEqual([
      '/apis/example.com/v1/namespaces/acme/widgets?fieldManager=menshen',
      '/apis/example.com/v1/namespaces/acme/widgets/a/status?fieldManager=menshen%2Fx&force=true&dryRun=All',
      '/apis/example.com/v1/namespaces/acme/widgets?labelSelector=a%20in%20(b%2C%20c)&limit=5',
    ]);
    expect(server.requests[1]?.headers['content-type']).toBe('application/apply-patch+yaml');
  });

  it.each<[Refusal, ApiError['kind']]>([
    [{ code: 400 }, 'BadRequest'],
    [{ code: 401 }, 'Unauthorized'],
    [{ code: 403 }, 'Forbidden'],
    [{ code: 409, reason: 'Conflict' }, 'Conflict'],
    [{ code: 409, reason: 'AlreadyExists' }, 'AlreadyExists'],
    [{ code: 410, reason: 'Expired' }, 'Gone'],
    [{ code: 422, reason: 'Invalid' }, 'Invalid'],
    [{ code: 429 }, 'TooManyRequests'],
    [{ code: 500 }, 'Unavailable'],
    [{ code: 503 }, 'Unavailable'],
    [{ code: 504 }, 'Timeout'],
  ])('turns %o into %s', async (refusal, kind) => {
    const { client, server } = setUp();
    server.refuseNext({ message: 'because', ...refusal });
    const problem = await problemOf(client.create(WIDGETS, widget));
    expect(problem.kind).toBe(kind);
    expect(problem.message).toBe('create Widget acme/a: because');
  });

  it('hands on causes and the time the server asks for', async () => {
    const { client, server } = setUp();
    const causes = [{ reason: 'FieldManagerConflict', message: 'conflict with "kubectl"', field: '.spec.n' }];
    server.refuseNext({ code: 409, reason: 'Conflict', causes }, { code: 429, retryAfter: '3' });
    expect((await problemOf(client.create(WIDGETS, widget))).causes).toEqual(causes);
    expect((await problemOf(client.create(WIDGETS, widget))).retryAfterMs).toBe(3000);
  });

  it('tells no answer, no answer in time and an end by the caller apart', async () => {
    const { client, server, clock, codes } = setUp();
    server.isDown = true;
    expect((await problemOf(client.get(WIDGETS, A))).kind).toBe('Transport');

    server.beforeAnswer = ({ signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const late = problemOf(client.get(WIDGETS, A));
    await clock.advance(30_000);
    expect((await late).kind).toBe('Timeout');

    const ending = new AbortController();
    const ended = client.get(WIDGETS, A, ending.signal);
    ending.abort(new Error('we stop'));
    await expect(ended).rejects.toThrow('we stop');
    expect(codes).toEqual(['GET <error>', 'GET <error>', 'GET <error>']);
    expect(clock.pending()).toBe(0);
  });

  it('understands the page of a proxy by its code', async () => {
    const page: HttpResponse = {
      status: 502,
      headers: {},
      body: (async function* () {
        yield Buffer.from('<html>bad gateway</html>');
      })(),
    };
    const client = createApiClient({ transport: () => Promise.resolve(page), clock: fakeClock() });
    const problem = await problemOf(client.get(WIDGETS, A));
    expect([problem.kind, problem.message]).toEqual(['Unavailable', 'get Widget acme/a: HTTP 502']);
  });

  it('has no deadline on a watch that is open, and closes it when the watcher leaves', async () => {
    const { client, server, clock } = setUp();
    server.pieceBytes = 1;
    const seen: string[] = [];
    const watching = (async () => {
      const options = { resourceVersion: '100', timeoutSeconds: 600, signal: new AbortController().signal };
      for await (const event of client.watch(WIDGETS, options)) {
        seen.push(event.type === 'Bookmark' ? 'Bookmark' : `${event.type} ${event.object.metadata.name}`);
        if (seen.length === 2) return;
      }
    })();
    await settle();
    await clock.advance(120_000);
    server.put('/apis/example.com/v1/widgets', { metadata: { namespace: 'acme', name: '门神' } });
    server.sendBookmarks();
    await watching;
    expect(seen).toEqual(['Added 门神', 'Bookmark']);
    expect(server.openWatches()).toBe(0);
  });
});
