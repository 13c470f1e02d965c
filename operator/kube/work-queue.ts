// Which key is worked on next. The semantics are client-go's work queue: a key is queued once however often it is added, never handled by
// two workers at once, and handled once more afterwards when it was added meanwhile. Edits by people go before resyncs.
import type { Clock } from './clock.ts';
import type { RetryPace } from './retry-pace.ts';

/** `Edit`: something changed and somebody may wait. `Resync`: it comes back by itself, after a while or a failure. */
export type Priority = 'Edit' | 'Resync';

export interface WorkQueue {
  /** Queues the key now. Ignored after shutDown. */
  add(key: string, priority?: Priority): void;
  /** Queues the key after a delay, keeping the earlier of two waiting delays. Zero or less: now. */
  addAfter(key: string, delayMs: number, priority?: Priority): void;
  /** Queues a failed key as its retry pace says, but not before `atLeastMs`. */
  addAfterFailure(key: string, priority?: Priority, atLeastMs?: number): void;
  /** The key did well: its backoff starts again from the beginning. */
  forget(key: string): void;
  /** The next key, which is this worker's alone until `done`; `undefined` when the queue is shut down and empty. */
  take(): Promise<string | undefined>;
  /** Must be called once for every key taken. */
  done(key: string): void;
  /** Keys that could be taken now. Waiting delays and keys in work are not counted. */
  depth(): number;
  /** How long each key in work has been worked on so far, milliseconds. */
  inWorkMs(): number[];
  /** Accepts nothing new and forgets waiting delays; what is queued, or was added to a key in work, is still handed out. */
  shutDown(): void;
  /** Resolves once the queue is shut down, empty, and nobody works on a key. */
  drained(): Promise<void>;
}

/** Told what happens, for metrics. Times in milliseconds. */
export interface QueueObserver {
  added(): void;
  retried(): void;
  taken(waitedMs: number): void;
  done(workedMs: number): void;
}

export interface WorkQueueOptions {
  readonly clock: Clock;
  readonly pace: RetryPace;
  readonly observer?: QueueObserver;
}

export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  return new Queue(options);
}

interface Waiting {
  readonly readyAtMs: number;
  readonly priority: Priority;
  readonly cancel: () => void;
}

class Queue implements WorkQueue {
  private readonly clock: Clock;
  private readonly pace: RetryPace;
  private readonly observer: QueueObserver | undefined;
  /** Keys that can be taken, oldest first, each in one of the two, with the time it was queued. */
  private readonly ready: Record<Priority, Map<string, number>> = { Edit: new Map(), Resync: new Map() };
  /** Keys in work, since when. */
  private readonly working = new Map<string, number>();
  /** Keys added while in work. */
  private readonly again = new Map<string, Priority>();
  private readonly waiting = new Map<string, Waiting>();
  private readonly takers: ((key: string | undefined) => void)[] = [];
  private readonly drainers: (() => void)[] = [];
  private isShutDown = false;

  constructor({ clock, pace, observer }: WorkQueueOptions) {
    this.clock = clock;
    this.pace = pace;
    this.observer = observer;
  }

  add(key: string, priority: Priority = 'Edit'): void {
    if (this.isShutDown) return;
    if (this.working.has(key)) {
      const known = this.again.get(key);
      if (known === undefined) this.observer?.added();
      if (known !== 'Edit') this.again.set(key, priority);
      return;
    }
    if (this.ready.Edit.has(key) || (priority === 'Resync' && this.ready.Resync.has(key))) return;
    // An edit overtakes its own resync; it has not become a second piece of work by that.
    const queuedAtMs = this.ready.Resync.get(key);
    this.ready.Resync.delete(key);
    if (queuedAtMs === undefined) this.observer?.added();
    this.makeReady(key, priority, queuedAtMs ?? this.clock.nowMs());
  }

  addAfter(key: string, delayMs: number, priority: Priority = 'Edit'): void {
    if (this.isShutDown) return;
    if (delayMs <= 0) {
      this.add(key, priority);
      return;
    }
    const readyAtMs = this.clock.nowMs() + delayMs;
    const earlier = this.waiting.get(key);
    const merged = earlier?.priority === 'Edit' ? 'Edit' : priority;
    if (earlier !== undefined && earlier.readyAtMs <= readyAtMs) {
      this.waiting.set(key, { ...earlier, priority: merged });
      return;
    }
    earlier?.cancel();
    const cancel = this.clock.after(delayMs, () => this.delayIsOver(key));
    this.waiting.set(key, { readyAtMs, priority: merged, cancel });
  }

  addAfterFailure(key: string, priority: Priority = 'Edit', atLeastMs = 0): void {
    if (this.isShutDown) return;
    this.observer?.retried();
    this.addAfter(key, Math.max(atLeastMs, this.pace.nextDelayMs(key)), priority);
  }

  forget(key: string): void {
    this.pace.forget(key);
  }

  take(): Promise<string | undefined> {
    const key = this.next();
    if (key !== undefined || this.isShutDown) return Promise.resolve(key);
    return new Promise((resolve) => this.takers.push(resolve));
  }

  done(key: string): void {
    const sinceMs = this.working.get(key);
    if (sinceMs === undefined) throw new Error(`done(${key}) without take`);
    this.working.delete(key);
    this.observer?.done(this.clock.nowMs() - sinceMs);
    const again = this.again.get(key);
    this.again.delete(key);
    if (again !== undefined) this.makeReady(key, again, this.clock.nowMs());
    this.settleIfDrained();
  }

  depth(): number {
    return this.ready.Edit.size + this.ready.Resync.size;
  }

  inWorkMs(): number[] {
    const nowMs = this.clock.nowMs();
    return [...this.working.values()].map((sinceMs) => nowMs - sinceMs);
  }

  shutDown(): void {
    this.isShutDown = true;
    for (const { cancel } of this.waiting.values()) cancel();
    this.waiting.clear();
    for (const taker of this.takers.splice(0)) taker(undefined);
    this.settleIfDrained();
  }

  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.drainers.push(resolve);
      this.settleIfDrained();
    });
  }

  private delayIsOver(key: string): void {
    const waiting = this.waiting.get(key);
    this.waiting.delete(key);
    if (waiting !== undefined) this.add(key, waiting.priority);
  }

  private makeReady(key: string, priority: Priority, queuedAtMs: number): void {
    this.ready[priority].set(key, queuedAtMs);
    const taker = this.takers.shift();
    if (taker !== undefined) taker(this.next());
  }

  private next(): string | undefined {
    for (const queue of [this.ready.Edit, this.ready.Resync]) {
      const [first] = queue;
      if (first === undefined) continue;
      const [key, queuedAtMs] = first;
      const nowMs = this.clock.nowMs();
      queue.delete(key);
      this.working.set(key, nowMs);
      this.observer?.taken(nowMs - queuedAtMs);
      return key;
    }
    return undefined;
  }

  private settleIfDrained(): void {
    if (!this.isShutDown || this.depth() > 0 || this.working.size > 0) return;
    for (const drainer of this.drainers.splice(0)) drainer();
  }
}
