// The smallest operator there can be, put together as a real one is: Lease, reflector, queue, controller. It copies a number from the spec
// of a note into its status, and writes down when it acted.
import { createApiClient } from '@menshen/operator/kube/api-client';
import type { Clock } from '@menshen/operator/kube/clock';
import { startController } from '@menshen/operator/kube/controller';
import { nameOf } from '@menshen/operator/kube/kube-object';
import { contendForLease, type Leadership } from '@menshen/operator/kube/lease';
import { objectSource } from '@menshen/operator/kube/object-source';
import { startReflector } from '@menshen/operator/kube/reflector';
import { createRetryPace } from '@menshen/operator/kube/retry-pace';
import { createStore } from '@menshen/operator/kube/store';
import type { Transport } from '@menshen/operator/kube/transport';
import { createWorkQueue } from '@menshen/operator/kube/work-queue';
import { NOTES, type Note } from './notes.ts';

export interface OperatorOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly identity: string;
  readonly namespace: string;
  /** Called at each moment at which it acts: a write is about to be made, by somebody who holds the Lease. */
  readonly onAct: (identity: string) => void;
}

export interface RunningOperator {
  readonly lease: Leadership;
  hasSynced(): boolean;
  /** As on SIGTERM: finishes what it is doing, then gives the Lease back. */
  stop(): Promise<void>;
}

/** Terms short enough for a test; their relation is that of the real ones. */
const TERMS = { leaseMs: 4500, renewDeadlineMs: 3000, retryMs: 500 };

export function runOperator({
  transport,
  clock,
  identity,
  namespace,
  onAct,
}: OperatorOptions): RunningOperator {
  const client = createApiClient({ transport, clock, callTimeoutMs: 2000 });
  const random = Math.random;
  const watching = new AbortController();
  const store = createStore<Note>();
  const queue = createWorkQueue({ clock, pace: createRetryPace(clock, random, { longestDelayMs: 500 }) });
  const wallClock = { nowMs: () => Date.now() };
  const lease = contendForLease({
    client,
    clock,
    wallClock,
    random,
    identity,
    name: { namespace, name: 'operator' },
    ...TERMS,
  });
  const reflector = startReflector<Note>({
    source: objectSource(client, NOTES, { namespace }),
    store,
    clock,
    random,
    signal: watching.signal,
    onChange: ({ key }) => queue.add(key),
  });

  const reconcile = async (key: string, { signal }: { signal: AbortSignal }) => {
    const note = store.get(key);
    if (note === undefined || note.status?.n === note.spec.n) return {};
    if (!lease.isHeld()) throw new Error('may not act');
    onAct(identity);
    const { uid, resourceVersion } = note.metadata;
    await client.patch<Note>(NOTES, nameOf(key), {
      type: 'Merge',
      body: { metadata: { uid, resourceVersion }, status: { n: note.spec.n, by: identity } },
      fieldManager: 'notes',
      signal,
    });
    return {};
  };
  const working = (async () => {
    await reflector.synced;
    if (!(await lease.acquired)) return undefined;
    return startController({ reconcile, queue, clock, random, signal: lease.over });
  })();
  return {
    lease,
    hasSynced: reflector.hasSynced,
    stop: async () => {
      if (lease.isHeld()) await (await working)?.stop();
      await lease.release();
      watching.abort();
      await reflector.ended;
    },
  };
}
