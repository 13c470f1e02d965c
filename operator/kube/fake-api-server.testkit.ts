// An API server in memory, behind the same transport as the real one: versions, paged lists of one moment, watches with bookmarks,
// compaction (410), optimistic locking. And what goes wrong with real ones: refusals, cut and silent connections, restarts.
import { ByteStream } from './byte-stream.testkit.ts';
import type { KubeObject } from './kube-object.ts';
import type { HttpRequest, HttpResponse, Transport } from './transport.ts';

interface Stored extends KubeObject {
  readonly metadata: KubeObject['metadata'] & { readonly resourceVersion: string; readonly uid: string };
}

interface LogEntry {
  readonly revision: number;
  readonly collection: string;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: Stored;
}

interface OpenWatch {
  readonly target: Target;
  readonly stream: ByteStream;
  isSilent: boolean;
}

interface Target {
  /** `/apis/group/version/plural`. */
  readonly collection: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

export interface Refusal {
  readonly code: number;
  readonly reason?: string;
  readonly message?: string;
  readonly retryAfter?: string;
  readonly causes?: readonly { reason: string; message: string; field?: string }[];
}

const PATH =
  /^(?<root>\/api\/v1|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<plural>[^/]+)(?:\/(?<name>[^/]+))?(?:\/status)?$/;

export class FakeApiServer {
  readonly requests: HttpRequest[] = [];
  /** Cuts what watches send into pieces of so many bytes. */
  pieceBytes = Number.POSITIVE_INFINITY;
  /** No connection comes about. */
  isDown = false;
  /** Called before a request is answered; a test can hold it up or let something happen in between. */
  beforeAnswer: (request: HttpRequest) => Promise<void> = () => Promise.resolve();
  private revision = 100;
  private compactedTo = 0;
  private uids = 0;
  private readonly objects = new Map<string, Stored>();
  private readonly log: LogEntry[] = [];
  private readonly watches = new Set<OpenWatch>();
  private readonly snapshots = new Map<
    string,
    { readonly revision: number; readonly rest: readonly Stored[] }
  >();
  private readonly refusals: Refusal[] = [];

  readonly transport: Transport = async (request) => {
    this.requests.push(request);
    request.signal.throwIfAborted();
    await this.beforeAnswer(request);
    request.signal.throwIfAborted();
    if (this.isDown) throw new Error('connect ECONNREFUSED');
    const refusal = this.refusals.shift();
    return refusal === undefined ? this.answer(request) : refused(refusal);
  };

  refuseNext(...refusals: readonly Refusal[]): void {
    this.refusals.push(...refusals);
  }

  /** Objects of a collection now, by `namespace/name`. */
  objectsOf(collection: string): Map<string, KubeObject> {
    return new Map(
      [...this.objects]
        .filter(([key]) => key.startsWith(`${collection}|`))
        .map(([key, object]) => [key.slice(collection.length + 1), object]),
    );
  }

  /** Writes an object past all checks, as somebody else would. */
  put(collection: string, object: KubeObject): KubeObject {
    const key = `${collection}|${object.metadata.namespace ?? ''}/${object.metadata.name}`;
    const known = this.objects.get(key);
    this.uids += known === undefined ? 1 : 0;
    return this.store(key, {
      ...object,
      metadata: { ...object.metadata, uid: known?.metadata.uid ?? `uid-${this.uids}` },
    });
  }

  remove(collection: string, name: string): boolean {
    const key = `${collection}|${name}`;
    const known = this.objects.get(key);
    if (known === undefined) return false;
    this.objects.delete(key);
    this.append('DELETED', key, known);
    return true;
  }

  /** Forgets history: older versions answer 410 from now on, and so does the rest of a list begun before. */
  compact(): void {
    this.compactedTo = this.revision;
  }

  openWatches(): number {
    return this.watches.size;
  }

  sendBookmarks(): void {
    for (const watch of this.watches)
      this.send(watch, 'BOOKMARK', {
        kind: 'Any',
        metadata: { name: '', resourceVersion: String(this.revision) },
      });
  }

  endWatches(how: 'Clean' | 'Broken' | 'MidLine' | 'Silent'): void {
    for (const watch of [...this.watches]) {
      if (how === 'Silent') watch.isSilent = true;
      if (how === 'MidLine') watch.stream.write('{"type":"ADDED","object":{"meta');
      if (how === 'Broken' || how === 'MidLine') watch.stream.fail(new Error('read ECONNRESET'));
      if (how === 'Clean') watch.stream.end();
      if (how !== 'Silent') this.watches.delete(watch);
    }
  }

  /** An ERROR event on every open watch, which ends it. */
  failWatches(refusal: Refusal): void {
    for (const watch of [...this.watches]) {
      this.send(watch, 'ERROR', statusOf(refusal));
      watch.stream.end();
      this.watches.delete(watch);
    }
  }

  private answer(request: HttpRequest): HttpResponse {
    const url = new URL(request.path, 'http://fake');
    const groups = PATH.exec(url.pathname)?.groups;
    if (groups === undefined) return refused({ code: 404, message: `no path ${url.pathname}` });
    const target: Target = {
      collection: `${groups['root']}/${groups['plural']}`,
      namespace: groups['namespace'],
      name: groups['name'],
    };
    if (target.name !== undefined) return this.answerObject(request, target);
    if (request.method === 'POST') return this.create(request, target);
    return url.searchParams.has('watch')
      ? this.watch(request, target, url.searchParams)
      : this.list(target, url.searchParams);
  }

  private list(target: Target, parameters: URLSearchParams): HttpResponse {
    const token = parameters.get('continue');
    const begun = token === null ? undefined : this.snapshots.get(token);
    if (token !== null && (begun === undefined || begun.revision < this.compactedTo))
      return refused({ code: 410, reason: 'Expired', message: 'The provided continue parameter is too old' });
    const rest =
      begun?.rest ?? [...this.objects].filter(([key]) => isWithin(key, target)).map(([, object]) => object);
    const revision = begun?.revision ?? this.revision;
    const limit = Number(parameters.get('limit') ?? rest.length);
    const left = rest.slice(limit);
    const next = left.length === 0 ? '' : `token-${this.snapshots.size}`;
    if (next !== '') this.snapshots.set(next, { revision, rest: left });
    return answered(200, {
      kind: 'List',
      metadata: { resourceVersion: String(revision), continue: next },
      items: rest.slice(0, limit),
    });
  }

  private watch(request: HttpRequest, target: Target, parameters: URLSearchParams): HttpResponse {
    const from = Number(parameters.get('resourceVersion'));
    const stream: ByteStream = new ByteStream(request.signal, () => this.watches.delete(watch));
    const watch: OpenWatch = { target, stream, isSilent: false };
    if (from > this.revision)
      return refused({
        code: 504,
        reason: 'Timeout',
        message: `Too large resource version: ${from}, current: ${this.revision}`,
      });
    if (from < this.compactedTo) {
      this.send(
        watch,
        'ERROR',
        statusOf({
          code: 410,
          reason: 'Expired',
          message: `too old resource version: ${from} (${this.compactedTo})`,
        }),
      );
      stream.end();
      return { status: 200, headers: {}, body: stream };
    }
    for (const entry of this.log) if (entry.revision > from) this.sendIfWithin(watch, entry);
    this.watches.add(watch);
    return { status: 200, headers: {}, body: stream };
  }

  private create(request: HttpRequest, target: Target): HttpResponse {
    const object = bodyOf(request);
    const key = `${target.collection}|${target.namespace ?? ''}/${object.metadata.name}`;
    if (this.objects.has(key))
      return refused({ code: 409, reason: 'AlreadyExists', message: `${key} already exists` });
    return answered(201, this.put(target.collection, object));
  }

  private answerObject(request: HttpRequest, target: Target): HttpResponse {
    const key = `${target.collection}|${target.namespace ?? ''}/${target.name}`;
    const known = this.objects.get(key);
    // What is applied and not there is made.
    const isApply = request.headers['content-type'] === 'application/apply-patch+yaml';
    if (known === undefined && isApply) return answered(201, this.put(target.collection, bodyOf(request)));
    if (known === undefined) return refused({ code: 404, reason: 'NotFound', message: `${key} not found` });
    switch (request.method) {
      case 'GET':
        return answered(200, known);
      case 'PUT':
      case 'PATCH':
        return this.change(request, key, known);
      case 'DELETE':
        this.remove(target.collection, key.slice(target.collection.length + 1));
        return answered(200, { kind: 'Status', status: 'Success' });
      case 'POST':
        return refused({ code: 405, message: 'POST on an object' });
    }
  }

  private change(request: HttpRequest, key: string, known: Stored): HttpResponse {
    const body = bodyOf(request);
    const expected = body.metadata?.resourceVersion;
    if (expected !== undefined && expected !== known.metadata.resourceVersion)
      return refused({ code: 409, reason: 'Conflict', message: 'the object has been modified' });
    const wanted = request.method === 'PUT' ? body : (mergePatch(known, body) as KubeObject);
    const { resourceVersion: _stamped, ...metadata } = wanted.metadata;
    return answered(200, this.store(key, { ...wanted, metadata: { ...metadata, uid: known.metadata.uid } }));
  }

  private store(key: string, object: KubeObject & { metadata: { uid: string } }): Stored {
    const type = this.objects.has(key) ? 'MODIFIED' : 'ADDED';
    const stored = this.append(type, key, object as Stored);
    this.objects.set(key, stored);
    return stored;
  }

  /** The new version, which is also on the object of a deletion, as in the real one. */
  private append(type: LogEntry['type'], key: string, object: Stored): Stored {
    this.revision += 1;
    const stamped = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.revision) } };
    const entry = {
      revision: this.revision,
      collection: key.slice(0, key.indexOf('|')),
      type,
      object: stamped,
    };
    this.log.push(entry);
    for (const watch of this.watches) this.sendIfWithin(watch, entry);
    return stamped;
  }

  private sendIfWithin(watch: OpenWatch, { collection, type, object }: LogEntry): void {
    const { target } = watch;
    if (target.collection !== collection) return;
    if (target.namespace !== undefined && target.namespace !== object.metadata.namespace) return;
    this.send(watch, type, object);
  }

  private send(watch: OpenWatch, type: string, object: unknown): void {
    if (!watch.isSilent) watch.stream.write(`${JSON.stringify({ type, object })}\n`, this.pieceBytes);
  }
}

function isWithin(key: string, { collection, namespace }: Target): boolean {
  return key.startsWith(`${collection}|${namespace === undefined ? '' : `${namespace}/`}`);
}

function bodyOf(request: HttpRequest): KubeObject {
  return JSON.parse(request.body ?? '{}') as KubeObject;
}

/** RFC 7386. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const base: Record<string, unknown> = typeof target === 'object' && target !== null ? { ...target } : {};
  for (const [name, value] of Object.entries(patch))
    if (value === null) delete base[name];
    else base[name] = mergePatch(base[name], value);
  return base;
}

function statusOf({ code, reason, message, causes }: Refusal): unknown {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, details: { causes } };
}

function refused(refusal: Refusal): HttpResponse {
  return {
    ...answered(refusal.code, statusOf(refusal)),
    headers: refusal.retryAfter === undefined ? {} : { 'retry-after': refusal.retryAfter },
  };
}

function answered(status: number, body: unknown): HttpResponse {
  return {
    status,
    headers: {},
    body: (async function* () {
      yield Buffer.from(JSON.stringify(body), 'utf8');
    })(),
  };
}
