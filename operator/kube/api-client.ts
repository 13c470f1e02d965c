// Calls to the API server: get, list by pages, watch, create, replace, patch, delete. One try each and a deadline on every one;
// whether to try again is the caller's business, who knows whether somebody waits.
import { ApiError, errorFromStatus, type Status } from './api-error.ts';
import type { Clock } from './clock.ts';
import { type KubeObject, keyOf, type ObjectName } from './kube-object.ts';
import { apiVersionOf, listPath, objectPath, type Resource } from './resource.ts';
import type { HttpRequest, HttpResponse, Transport } from './transport.ts';
import { readWatchEvents, type WatchEvent } from './watch-events.ts';

export interface Selection {
  /** Absent: everywhere. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface ListOptions extends Selection {
  /** Objects a page; absent: all at once. */
  readonly limit?: number;
  readonly continueToken?: string;
  readonly signal?: AbortSignal;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Where a watch goes on from. */
  readonly resourceVersion: string;
  /** There is more. */
  readonly continueToken?: string;
}

export interface WatchOptions extends Selection {
  readonly resourceVersion: string;
  /** After this the server ends the watch by itself. */
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

export interface Patch {
  /** Apply: server-side apply of the fields in `body`. Merge: RFC 7386. */
  readonly type: 'Apply' | 'Merge';
  readonly body: unknown;
  readonly subresource?: 'status';
  /** Who owns the fields afterwards. */
  readonly fieldManager: string;
  /** Apply only: take fields over that somebody else owns. */
  readonly force?: boolean;
  /** Ask what would come of it, change nothing. */
  readonly isDryRun?: boolean;
  readonly signal?: AbortSignal;
}

export interface DeleteOptions {
  /** Delete only what is still this one: otherwise Conflict. */
  readonly uid?: string;
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan';
  readonly signal?: AbortSignal;
}

export interface WriteOptions {
  readonly fieldManager?: string;
  readonly signal?: AbortSignal;
}

/** Every method rejects with ApiError; with the signal's reason when the caller ended it. */
export interface ApiClient {
  /** `undefined` when there is no such object. */
  get<T extends KubeObject>(
    resource: Resource,
    name: ObjectName,
    signal?: AbortSignal,
  ): Promise<T | undefined>;
  listPage<T extends KubeObject>(resource: Resource, options?: ListOptions): Promise<Page<T>>;
  /** Ends when the server ends it. Throws ApiError: Gone when the version is too old. */
  watch<T extends KubeObject>(resource: Resource, options: WatchOptions): AsyncIterable<WatchEvent<T>>;
  create<T extends KubeObject>(resource: Resource, object: T, options?: WriteOptions): Promise<T>;
  /** Conflict when the object's resourceVersion is no longer the newest. */
  replace<T extends KubeObject>(resource: Resource, object: T, options?: WriteOptions): Promise<T>;
  patch<T extends KubeObject>(resource: Resource, name: ObjectName, patch: Patch): Promise<T>;
  /** False when there was no such object. */
  delete(resource: Resource, name: ObjectName, options?: DeleteOptions): Promise<boolean>;
}

export interface ApiClientOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  /** Deadline of a call; of a watch: until its answer begins. Default 30 s. */
  readonly callTimeoutMs?: number;
  readonly userAgent?: string;
  /** For metrics: the method and the HTTP code, or `<error>` when there was no answer, as client-go says it. */
  readonly onRequest?: (method: string, code: string) => void;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const CONTENT_TYPES = {
  // JSON is YAML: the API server takes it, and nobody needs a YAML writer.
  Apply: 'application/apply-patch+yaml',
  Merge: 'application/merge-patch+json',
} as const;

export function createApiClient(options: ApiClientOptions): ApiClient {
  const json = async <T>(call: Call): Promise<T> => (await send(options, call, readJson)) as T;
  return {
    get: async <T extends KubeObject>(resource: Resource, name: ObjectName, signal?: AbortSignal) =>
      await orAbsent(
        json<T>({
          what: `get ${resource.kind} ${keyOf(name)}`,
          method: 'GET',
          path: objectPath(resource, name),
          signal,
        }),
      ),
    listPage: async <T extends KubeObject>(resource: Resource, list: ListOptions = {}) => {
      const path =
        listPath(resource, list.namespace) +
        query({ ...selection(list), limit: list.limit, continue: list.continueToken });
      const found = await json<ObjectList<T>>({
        what: `list ${resource.plural}`,
        method: 'GET',
        path,
        signal: list.signal,
      });
      return toPage(found, resource);
    },
    watch: (resource, watch) => watchObjects(options, resource, watch),
    create: async (resource, object, write = {}) =>
      await json({
        what: `create ${resource.kind} ${keyOf(object.metadata)}`,
        method: 'POST',
        path: listPath(resource, object.metadata.namespace) + query({ fieldManager: write.fieldManager }),
        body: { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object },
        signal: write.signal,
      }),
    replace: async (resource, object, write = {}) =>
      await json({
        what: `replace ${resource.kind} ${keyOf(object.metadata)}`,
        method: 'PUT',
        path: objectPath(resource, object.metadata) + query({ fieldManager: write.fieldManager }),
        body: { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object },
        signal: write.signal,
      }),
    patch: async (resource, name, patch) => await json(patchCall(resource, name, patch)),
    delete: async (resource, name, remove = {}) => {
      const body = {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        propagationPolicy: remove.propagation ?? 'Background',
        ...(remove.uid === undefined ? {} : { preconditions: { uid: remove.uid } }),
      };
      const path = objectPath(resource, name);
      return (
        (await orAbsent(
          json({
            what: `delete ${resource.kind} ${keyOf(name)}`,
            method: 'DELETE',
            path,
            body,
            signal: remove.signal,
          }),
        )) !== undefined
      );
    },
  };
}

interface Call {
  /** For people: `get Deployment acme/web`. */
  readonly what: string;
  readonly method: HttpRequest['method'];
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly signal?: AbortSignal | undefined;
}

interface ObjectList<T> {
  readonly items?: readonly T[] | null;
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
}

function patchCall(resource: Resource, name: ObjectName, patch: Patch): Call {
  return {
    what: `${patch.type === 'Apply' ? 'apply' : 'patch'} ${resource.kind} ${keyOf(name)}`,
    method: 'PATCH',
    path:
      objectPath(resource, name, patch.subresource) +
      query({
        fieldManager: patch.fieldManager,
        force: patch.type === 'Apply' ? patch.force : undefined,
        dryRun: patch.isDryRun === true ? 'All' : undefined,
      }),
    body: patch.body,
    contentType: CONTENT_TYPES[patch.type],
    signal: patch.signal,
  };
}

/** Items of a list do not say what they are; everything behind this line may rely on it. */
function toPage<T extends KubeObject>(list: ObjectList<T>, resource: Resource): Page<T> {
  const next = list.metadata?.continue;
  const kind = { apiVersion: apiVersionOf(resource), kind: resource.kind };
  return {
    items: (list.items ?? []).map((item) => ({ ...kind, ...item })),
    resourceVersion: list.metadata?.resourceVersion ?? '',
    ...(next === undefined || next === '' ? {} : { continueToken: next }),
  };
}

async function* watchObjects<T extends KubeObject>(
  options: ApiClientOptions,
  resource: Resource,
  watch: WatchOptions,
): AsyncGenerator<WatchEvent<T>> {
  const what = `watch ${resource.plural}`;
  const path =
    listPath(resource, watch.namespace) +
    query({
      ...selection(watch),
      watch: true,
      allowWatchBookmarks: true,
      resourceVersion: watch.resourceVersion,
      timeoutSeconds: watch.timeoutSeconds,
    });
  // The stream outlives `send`, whose deadline is for the head only: what ends the stream is the watcher's signal.
  const response = await send(options, { what, method: 'GET', path, signal: watch.signal }, (answer) =>
    Promise.resolve(answer),
  );
  try {
    yield* readWatchEvents<T>(response.body, what);
  } catch (error) {
    throw watch.signal.aborted ? watch.signal.reason : asApiError(error, what);
  }
}

/** Sends one request and reads the answer within the deadline. Any answer that is not 2xx becomes the error it stands for. */
async function send<R>(
  {
    transport,
    clock,
    callTimeoutMs = DEFAULT_TIMEOUT_MS,
    userAgent = 'menshen',
    onRequest,
  }: ApiClientOptions,
  call: Call,
  read: (response: HttpResponse) => Promise<R>,
): Promise<R> {
  const deadline = new AbortController();
  const cancelDeadline = clock.after(callTimeoutMs, () =>
    deadline.abort(new ApiError('Timeout', `${call.what}: no answer within ${callTimeoutMs} ms`)),
  );
  const signal =
    call.signal === undefined ? deadline.signal : AbortSignal.any([call.signal, deadline.signal]);
  let code = '<error>';
  try {
    const response = await transport({
      method: call.method,
      path: call.path,
      headers: {
        accept: 'application/json',
        'user-agent': userAgent,
        ...(call.body === undefined ? {} : { 'content-type': call.contentType ?? 'application/json' }),
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      signal,
    });
    code = String(response.status);
    if (response.status >= 200 && response.status < 300) return await read(response);
    throw await refusal(response, call.what);
  } catch (error) {
    if (call.signal?.aborted === true) throw call.signal.reason;
    throw deadline.signal.aborted ? deadline.signal.reason : asApiError(error, call.what);
  } finally {
    cancelDeadline();
    onRequest?.(call.method, code);
  }
}

async function readJson(response: HttpResponse): Promise<unknown> {
  return JSON.parse(await readText(response));
}

async function readText({ body }: HttpResponse): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** A proxy between us and the API server answers with a page of its own instead of a Status: its code still says most of it. */
async function refusal(response: HttpResponse, what: string): Promise<ApiError> {
  const text = await readText(response);
  return errorFromStatus(parseStatus(text), {
    what,
    httpStatus: response.status,
    retryAfter: response.headers['retry-after'],
  });
}

function parseStatus(text: string): Status {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && 'kind' in parsed && parsed.kind === 'Status')
      return parsed as Status;
  } catch {
    // Not JSON: not the API server's own answer.
  }
  return { kind: 'Status' };
}

function asApiError(error: unknown, what: string): ApiError {
  if (error instanceof ApiError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new ApiError('Transport', `${what}: ${reason}`, { cause: error });
}

async function orAbsent<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ApiError && error.kind === 'NotFound') return undefined;
    throw error;
  }
}

function selection({ labelSelector, fieldSelector }: Selection): Record<string, string | undefined> {
  return { labelSelector, fieldSelector };
}

function query(parameters: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const given = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return given.length === 0 ? '' : `?${given.join('&')}`;
}
