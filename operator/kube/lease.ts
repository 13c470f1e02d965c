// At most one of several processes acts: whoever holds the Lease. Decided by this process's own monotonic clock alone; timestamps in the
// Lease are for people, because the clocks of two machines need not agree. The protocol is client-go's, with one promise made stricter:
// a holder counts from the moment it sent its last good renewal, not from the answer.
import type { ApiClient } from './api-client.ts';
import { isApiError } from './api-error.ts';
import { type Clock, type Random, sleep, type WallClock } from './clock.ts';
import type { KubeObject, ObjectName } from './kube-object.ts';
import type { Resource } from './resource.ts';

export const LEASES: Resource = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  isNamespaced: true,
};

export interface LeaseOptions {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly wallClock: WallClock;
  readonly random: Random;
  readonly name: Required<ObjectName>;
  /** Unique per process and start, not only per machine: a restarted process is somebody else. */
  readonly identity: string;
  /**
   * Others take over when the Lease has not changed for so long. Default 15 s. Two holders never act at once as long as no clock runs
   * faster than another by more than leaseMs / renewDeadlineMs: half as fast again with the defaults.
   */
  readonly leaseMs?: number;
  /** The holder stops acting when its last good renewal was sent this long ago. Default 10 s. */
  readonly renewDeadlineMs?: number;
  /** Between two tries. Default 2 s. */
  readonly retryMs?: number;
  /** A try that failed and will be made again, for logs. */
  readonly onFailure?: (error: unknown) => void;
}

export interface Leadership {
  /** True once this process holds the Lease; false when it was stopped before. */
  readonly acquired: Promise<boolean>;
  /** Whether this process may act now. Ask before every write that must not be made by two: it is exact also after a pause. */
  isHeld(): boolean;
  /** Aborted when the Lease is lost or given back: everything done in its name must end. It does not come back. */
  readonly over: AbortSignal;
  /** Gives the Lease back, so that another need not wait for it to run out. To be called after all work has ended. */
  release(): Promise<void>;
}

export class LeaseLost extends Error {
  constructor(name: string) {
    super(`lost the Lease ${name}: it could not be renewed in time, or somebody else holds it`);
    this.name = 'LeaseLost';
  }
}

interface Lease extends KubeObject {
  readonly spec?: LeaseSpec;
}

interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

/** Begins to try for the Lease, and keeps it once it has it. */
export function contendForLease(options: LeaseOptions): Leadership {
  return new Contender(options);
}

class Contender implements Leadership {
  readonly acquired: Promise<boolean>;
  readonly over: AbortSignal;
  private readonly options: Required<Omit<LeaseOptions, 'onFailure'>> & Pick<LeaseOptions, 'onFailure'>;
  private readonly ending = new AbortController();
  private readonly stopping = new AbortController();
  /** The Lease as last seen and since when it has looked like that, by our clock. */
  private observed: { readonly spec: LeaseSpec; readonly json: string; readonly sinceMs: number } | undefined;
  private writes = 0;
  /** The Lease as our last good write left it. */
  private written: Lease | undefined;
  private heldUntilMs = Number.NEGATIVE_INFINITY;
  private cancelExpiry: () => void = () => undefined;
  private readonly running: Promise<void>;

  constructor(options: LeaseOptions) {
    this.options = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2000, ...options };
    const { leaseMs, renewDeadlineMs, retryMs } = this.options;
    if (!(leaseMs > renewDeadlineMs && renewDeadlineMs > retryMs))
      throw new Error('a Lease needs leaseMs > renewDeadlineMs > retryMs');
    this.over = this.ending.signal;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.acquired = promise;
    this.running = this.run(resolve).finally(() => resolve(false));
  }

  isHeld(): boolean {
    return !this.over.aborted && this.options.clock.nowMs() < this.heldUntilMs;
  }

  async release(): Promise<void> {
    const wasHeld = this.isHeld();
    this.end(new Error('the Lease was given back'));
    await this.running;
    if (!wasHeld) return;
    try {
      await this.handBack();
    } catch (error) {
      // It then runs out by itself.
      this.options.onFailure?.(error);
    }
  }

  private async run(onAcquired: (isHeld: boolean) => void): Promise<void> {
    const { clock, random, retryMs } = this.options;
    while (!this.stopping.signal.aborted) {
      await this.tryOnce();
      if (this.isHeld()) onAcquired(true);
      // Candidates spread (client-go: jitter 1.2); the holder keeps its beat.
      const jitter = this.isHeld() ? 1 : 1 + 1.2 * random();
      await sleep(clock, retryMs * jitter, this.stopping.signal);
    }
  }

  private async tryOnce(): Promise<void> {
    const { clock, renewDeadlineMs, onFailure } = this.options;
    const limit = new AbortController();
    const cancel = clock.after(renewDeadlineMs / 2, () => limit.abort(new Error('no answer in time')));
    const signal = AbortSignal.any([limit.signal, this.stopping.signal]);
    try {
      await this.acquireOrRenew(signal);
    } catch (error) {
      // Somebody else was quicker: that is how it is meant to work.
      if (!isApiError(error, 'Conflict', 'AlreadyExists') && !this.stopping.signal.aborted)
        onFailure?.(error);
    } finally {
      cancel();
    }
  }

  private async acquireOrRenew(signal: AbortSignal): Promise<void> {
    const { client, name, identity } = this.options;
    if (this.written !== undefined && (await this.renewUnread(this.written, signal))) return;
    const lease = await client.get<Lease>(LEASES, name, signal);
    this.observe(lease);
    const holder = this.observed?.spec.holderIdentity ?? '';
    if (lease !== undefined && holder !== identity && this.heldUntilMs > Number.NEGATIVE_INFINITY)
      return this.lose();
    if (holder !== '' && holder !== identity && !this.hasRunOut()) return;
    await this.writeAndHold(lease, signal);
  }

  /** Renews what we wrote last without reading it: one request instead of two. False when it is not as we left it. */
  private async renewUnread(lease: Lease, signal: AbortSignal): Promise<boolean> {
    try {
      await this.writeAndHold(lease, signal);
      return true;
    } catch (error) {
      this.written = undefined;
      if (isApiError(error, 'Conflict', 'NotFound')) return false;
      throw error;
    }
  }

  private async writeAndHold(lease: Lease | undefined, signal: AbortSignal): Promise<void> {
    const sentAtMs = this.options.clock.nowMs();
    this.written = await this.write(lease, signal);
    this.observe(this.written);
    this.prolong(sentAtMs);
  }

  /** A Lease that somebody deleted counts as unchanged: its holder does not know yet. */
  private observe(lease: Lease | undefined): void {
    if (lease === undefined) return;
    const spec = lease.spec ?? {};
    const json = JSON.stringify(spec);
    if (json !== this.observed?.json) this.observed = { spec, json, sinceMs: this.options.clock.nowMs() };
  }

  /** The longer of the holder's term and ours counts: two versions of us may be set differently. */
  private hasRunOut(): boolean {
    const { clock, leaseMs } = this.options;
    if (this.observed === undefined) return true;
    const { spec, sinceMs } = this.observed;
    return clock.nowMs() >= sinceMs + Math.max(leaseMs, (spec.leaseDurationSeconds ?? 0) * 1000);
  }

  private async write(lease: Lease | undefined, signal: AbortSignal): Promise<Lease> {
    const { client, wallClock, name, identity, leaseMs } = this.options;
    const before = lease?.spec;
    const isRenewal = before?.holderIdentity === identity;
    // Others see a renewal by the Lease having changed, and the API server drops a write that changes nothing: a wall clock that stands
    // still, or jumps back, must not make two renewals look the same.
    this.writes += 1;
    const now = microTime(wallClock.nowMs(), this.writes % 1000);
    const spec: LeaseSpec = {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(leaseMs / 1000),
      acquireTime: isRenewal ? (before.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: (before?.leaseTransitions ?? 0) + (isRenewal || before === undefined ? 0 : 1),
    };
    if (lease === undefined) return await client.create<Lease>(LEASES, { metadata: name, spec }, { signal });
    // With the version read: whoever wrote in between makes this a Conflict.
    return await client.replace<Lease>(LEASES, { ...lease, spec }, { signal });
  }

  private prolong(sentAtMs: number): void {
    const { clock, renewDeadlineMs } = this.options;
    if (this.over.aborted) return;
    this.heldUntilMs = sentAtMs + renewDeadlineMs;
    this.cancelExpiry();
    this.cancelExpiry = clock.after(Math.max(0, this.heldUntilMs - clock.nowMs()), () => this.lose());
  }

  private lose(): void {
    this.end(new LeaseLost(this.options.name.name));
  }

  private end(reason: Error): void {
    this.cancelExpiry();
    this.ending.abort(reason);
    this.stopping.abort(reason);
  }

  private async handBack(): Promise<void> {
    const { client, name, identity, wallClock } = this.options;
    const lease = await client.get<Lease>(LEASES, name);
    if (lease?.spec?.holderIdentity !== identity) return;
    const now = microTime(wallClock.nowMs());
    const spec = {
      ...lease.spec,
      holderIdentity: '',
      leaseDurationSeconds: 1,
      renewTime: now,
      acquireTime: now,
    };
    await client.replace<Lease>(LEASES, { ...lease, spec });
  }
}

/** MicroTime of meta/v1: exactly six digits after the second, or the API server refuses it. `micros`: the last three, 0 to 999. */
export function microTime(epochMs: number, micros = 0): string {
  return new Date(epochMs).toISOString().replace('Z', `${String(micros).padStart(3, '0')}Z`);
}
