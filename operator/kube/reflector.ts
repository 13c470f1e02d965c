// Keeps a store equal to what the API server has: list once, then watch from there for ever, through cut connections, compactions and
// restarts. The semantics are client-go's reflector; README.md says where this one decides otherwise.
import { isApiError, isFromTheFuture } from './api-error.ts';
import { type Backoff, createBackoff } from './backoff.ts';
import { type Clock, type Random, sleep } from './clock.ts';
import { type KubeObject, keyOf } from './kube-object.ts';
import { listEverything, type ObjectSource } from './list-everything.ts';
import type { Store } from './store.ts';
import { SilentWatch, watchUntilSilent } from './watch-until-silent.ts';

/** What became of one object. A deletion and a new object under the same name are two changes, also when nobody watched meanwhile. */
export type Change<T> =
  | { readonly type: 'Added'; readonly key: string; readonly object: T }
  | { readonly type: 'Updated'; readonly key: string; readonly object: T; readonly previous: T }
  | {
      readonly type: 'Deleted';
      readonly key: string;
      /** The last state known. */
      readonly object: T;
      /** The deletion was noticed afterwards, in a list: what happened between the last known state and it was never seen. */
      readonly isFinalStateUnknown: boolean;
    };

/** Told what happens, for metrics and logs. */
export interface ReflectorObserver {
  /** `isRelist`: not the first. */
  listed(isRelist: boolean): void;
  watched(): void;
  eventReceived(): void;
  /** Something failed and will be tried again. */
  failed(error: unknown): void;
}

export interface ReflectorOptions<T extends KubeObject> {
  readonly source: ObjectSource<T>;
  readonly store: Store<T>;
  /** Called after the store has changed. What it throws goes to the observer, never into the watch. */
  readonly onChange: (change: Change<T>) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly observer?: ReflectorObserver;
  /** Objects a page. Default 500. */
  readonly pageSize?: number;
  /** Watches end between this and twice this, so that they spread over the API servers. Default 300 s. */
  readonly watchSeconds?: number;
  /** A watch that says nothing for so long is taken for dead. The API server sends a bookmark about once a minute. Default 180 s. */
  readonly silenceMs?: number;
}

export interface Reflector {
  hasSynced(): boolean;
  /** Resolves after the first complete list; never when the signal ends it before. */
  readonly synced: Promise<void>;
  /** Resolves once the signal has ended it. */
  readonly ended: Promise<void>;
}

/** Client-go's are 800 ms and 30 s. With a few watches a process they may be shorter, and an operator that is blind for a minute is not. */
const BACKOFF = { firstMs: 100, longestMs: 10_000 };
/** A watch that ends sooner than this and brought nothing counts as a failure: else a broken proxy makes a hot loop of it. */
const SHORT_WATCH_MS = 1000;
/** After so many refusals by the server in a row the version itself is suspected. */
const REFUSALS_BEFORE_RELIST = 3;

export function startReflector<T extends KubeObject>(options: ReflectorOptions<T>): Reflector {
  const { promise, resolve } = Promise.withResolvers<void>();
  let isSynced = false;
  const onSynced = (): void => {
    isSynced = true;
    resolve();
  };
  return {
    hasSynced: () => isSynced,
    synced: promise,
    ended: new Reflection(options, onSynced).run(),
  };
}

type WatchEnd = 'GoOn' | 'Relist';

class Reflection<T extends KubeObject> {
  private readonly options: ReflectorOptions<T>;
  private readonly onSynced: () => void;
  private readonly backoff: Backoff;
  private lists = 0;
  private resourceVersion = '';
  private refusals = 0;
  /** Nothing has come of the last list yet. */
  private isFreshlyListed = false;

  constructor(options: ReflectorOptions<T>, onSynced: () => void) {
    this.options = options;
    this.onSynced = onSynced;
    this.backoff = createBackoff(options.random, BACKOFF);
  }

  async run(): Promise<void> {
    while (!this.isOver()) if (await this.list()) await this.watchOn();
  }

  private isOver(): boolean {
    return this.options.signal.aborted;
  }

  /** True when the store is now what the server had at one moment. */
  private async list(): Promise<boolean> {
    const { source, signal, pageSize = 500, observer } = this.options;
    try {
      const { items, resourceVersion } = await listEverything(source, { pageSize, signal });
      if (this.isOver()) return false;
      this.replaceAll(items);
      this.resourceVersion = resourceVersion;
      this.refusals = 0;
      this.isFreshlyListed = true;
      observer?.listed(this.lists > 0);
      this.lists += 1;
      this.onSynced();
      return true;
    } catch (error) {
      await this.waitAfter(error);
      return false;
    }
  }

  /** Watches again and again, from where the last watch came to, until only a list helps. */
  private async watchOn(): Promise<void> {
    let end: WatchEnd = 'GoOn';
    while (end === 'GoOn' && !this.isOver()) end = await this.watchOnce();
  }

  private async watchOnce(): Promise<WatchEnd> {
    const startedMs = this.options.clock.nowMs();
    let events = 0;
    try {
      this.options.observer?.watched();
      for await (const event of this.events()) {
        events += 1;
        this.hasProgressed();
        if (event.type === 'Bookmark') this.resourceVersion = event.resourceVersion;
        else this.accept(event.type, event.object);
      }
    } catch (error) {
      if (this.options.clock.nowMs() - startedMs >= SHORT_WATCH_MS) this.hasProgressed();
      return await this.afterFailedWatch(error);
    }
    const isTooShort = events === 0 && this.options.clock.nowMs() - startedMs < SHORT_WATCH_MS;
    if (isTooShort) await this.waitAfter(new Error('the server ended a watch at once'));
    else this.hasProgressed();
    return 'GoOn';
  }

  private events(): ReturnType<typeof watchUntilSilent<T>> {
    const { source, clock, random, signal, watchSeconds = 300, silenceMs = 180_000 } = this.options;
    const timeoutSeconds = Math.floor(watchSeconds * (1 + random()));
    return watchUntilSilent(source, {
      clock,
      signal,
      silenceMs,
      timeoutSeconds,
      resourceVersion: this.resourceVersion,
    });
  }

  private hasProgressed(): void {
    this.isFreshlyListed = false;
    this.refusals = 0;
    this.backoff.reset();
  }

  private async afterFailedWatch(error: unknown): Promise<WatchEnd> {
    if (this.isOver()) return 'GoOn';
    // The version is gone, or has not been yet (etcd was restored from a backup): going on from it cannot work.
    if (isApiError(error, 'Gone') || isFromTheFuture(error)) {
      // A list that did not even get a watch going: the next one waits, or a server that only says no is asked without end.
      if (this.isFreshlyListed) await this.waitAfter(error);
      else this.options.observer?.failed(error);
      return 'Relist';
    }
    // Silence says nothing against the server: a new connection is tried at once.
    if (error instanceof SilentWatch) {
      this.options.observer?.failed(error);
      return 'GoOn';
    }
    const isRefusal =
      isApiError(error) && !isApiError(error, 'Transport', 'TooManyRequests', 'Timeout', 'Unavailable');
    this.refusals = isRefusal ? this.refusals + 1 : this.refusals;
    await this.waitAfter(error);
    return this.refusals >= REFUSALS_BEFORE_RELIST ? 'Relist' : 'GoOn';
  }

  private async waitAfter(error: unknown): Promise<void> {
    if (this.isOver()) return;
    this.options.observer?.failed(error);
    const askedMs = isApiError(error) ? error.retryAfterMs : undefined;
    await sleep(this.options.clock, this.backoff.nextMs(askedMs), this.options.signal);
  }

  private accept(type: 'Added' | 'Modified' | 'Deleted', object: T): void {
    this.options.observer?.eventReceived();
    // The version first: whatever a listener does, this event has been received.
    this.resourceVersion = object.metadata.resourceVersion ?? this.resourceVersion;
    if (type === 'Deleted') this.remove(keyOf(object.metadata), object);
    else this.put(object);
  }

  private put(object: T): void {
    const key = keyOf(object.metadata);
    const previous = this.options.store.get(key);
    if (previous !== undefined && previous.metadata.uid !== object.metadata.uid) this.remove(key);
    const known = this.options.store.set(object);
    this.tell(
      known === undefined
        ? { type: 'Added', key, object }
        : { type: 'Updated', key, object, previous: known },
    );
  }

  /** `object`: its final state; absent when the deletion was not seen. */
  private remove(key: string, object?: T): void {
    const known = this.options.store.remove(key);
    const last = object ?? known;
    if (known === undefined || last === undefined) return;
    this.tell({ type: 'Deleted', key, object: last, isFinalStateUnknown: object === undefined });
  }

  /** Brings the store to a listed state. What is in the same version as before is no news. */
  private replaceAll(items: readonly T[]): void {
    const listed = new Set(items.map((item) => keyOf(item.metadata)));
    for (const key of this.options.store.keys()) if (!listed.has(key)) this.remove(key);
    for (const item of items) {
      const known = this.options.store.get(keyOf(item.metadata));
      if (known === undefined || known.metadata.resourceVersion !== item.metadata.resourceVersion)
        this.put(item);
    }
  }

  private tell(change: Change<T>): void {
    try {
      this.options.onChange(change);
    } catch (error) {
      this.options.observer?.failed(error);
    }
  }
}
