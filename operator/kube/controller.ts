// Works keys off a queue: some workers, a deadline for every pass, and what follows from how a pass ended.
import { type Clock, type Random, sleep } from './clock.ts';
import { judgeFailure } from './judge-failure.ts';
import type { WorkQueue } from './work-queue.ts';

export interface PassContext {
  /** Aborted at the deadline of the pass and when the controller must not act any more. */
  readonly signal: AbortSignal;
}

/** Brings one object in line. Level-based: it reads what is, never what happened. */
export type Reconcile = (key: string, context: PassContext) => Promise<PassResult>;

/** `requeueAfterMs`: look again then, also if nothing happens. */
export type PassResult = { readonly requeueAfterMs?: number };

/** As controller-runtime counts them: `requeue` is a conflict, tried again without being an error. */
export type PassOutcome = 'success' | 'requeue_after' | 'requeue' | 'error';

/** Told what happens, for metrics and logs. */
export interface ControllerObserver {
  passStarted(): void;
  /** `error`: what a pass with outcome `error` threw. `isTerminal`: it will not be tried again by itself. */
  passEnded(pass: {
    key: string;
    outcome: PassOutcome;
    tookMs: number;
    error?: unknown;
    isTerminal: boolean;
  }): void;
}

export interface ControllerOptions {
  readonly reconcile: Reconcile;
  readonly queue: WorkQueue;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborted: passes in work are told to end at once and nothing new begins. For a lost lease. */
  readonly signal: AbortSignal;
  /** Keys worked on at the same time. Default 4. */
  readonly workers?: number;
  /** Default 120 s. */
  readonly deadlineMs?: number;
  /** Every key of `keys` is looked at again about so often, spread over the period. Absent: never. */
  readonly resync?: { readonly everyMs: number; readonly keys: () => readonly string[] };
  readonly observer?: ControllerObserver;
}

export interface Controller {
  /** Resolves when all workers have ended: after `stop`, or after the signal. */
  readonly ended: Promise<void>;
  /** Finishes passes in work and begins no other: whoever comes next starts from everything anyway. Resolves as `ended`. */
  stop(): Promise<void>;
}

const DEFAULT_WORKERS = 4;
const DEFAULT_DEADLINE_MS = 120_000;

export function startController(options: ControllerOptions): Controller {
  const { queue, signal, workers = DEFAULT_WORKERS } = options;
  const stopping = new AbortController();
  const stop = (): void => {
    stopping.abort();
    queue.shutDown();
  };
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });

  void resyncUntil(stopping.signal, options);
  const ended = Promise.all(Array.from({ length: workers }, () => work(options, stopping.signal))).then(() =>
    signal.removeEventListener('abort', stop),
  );
  return {
    ended,
    stop: async () => {
      stop();
      await ended;
    },
  };
}

async function work(options: ControllerOptions, stopping: AbortSignal): Promise<void> {
  const { queue } = options;
  for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
    if (!stopping.aborted) await pass(key, options);
    queue.done(key);
  }
}

async function pass(key: string, options: ControllerOptions): Promise<void> {
  const { clock, observer } = options;
  const startedMs = clock.nowMs();
  observer?.passStarted();
  const result = await runWithDeadline(key, options);
  const tookMs = clock.nowMs() - startedMs;
  if ('error' in result) {
    const { outcome, isTerminal } = afterFailure(key, result.error, options.queue);
    observer?.passEnded({ key, outcome, tookMs, error: result.error, isTerminal });
    return;
  }
  options.queue.forget(key);
  if (result.requeueAfterMs !== undefined) options.queue.addAfter(key, result.requeueAfterMs, 'Resync');
  const outcome = result.requeueAfterMs === undefined ? 'success' : 'requeue_after';
  observer?.passEnded({ key, outcome, tookMs, isTerminal: false });
}

/**
 * The deadline tells the pass to end; it does not abandon it. A pass that does not listen keeps its key, and shows in
 * workqueue_longest_running_processor_seconds: two workers on one key would be worse.
 */
async function runWithDeadline(
  key: string,
  { reconcile, clock, signal, deadlineMs = DEFAULT_DEADLINE_MS }: ControllerOptions,
): Promise<PassResult | { readonly error: unknown }> {
  const deadline = new AbortController();
  const cancel = clock.after(deadlineMs, () =>
    deadline.abort(new Error(`the pass of ${key} took longer than ${deadlineMs} ms`)),
  );
  try {
    return await reconcile(key, { signal: AbortSignal.any([signal, deadline.signal]) });
  } catch (error) {
    return { error };
  } finally {
    cancel();
  }
}

function afterFailure(
  key: string,
  error: unknown,
  queue: WorkQueue,
): { outcome: PassOutcome; isTerminal: boolean } {
  const verdict = judgeFailure(error);
  switch (verdict.retry) {
    case 'Never':
      queue.forget(key);
      return { outcome: 'error', isTerminal: true };
    case 'Quietly':
      queue.addAfterFailure(key);
      return { outcome: 'requeue', isTerminal: false };
    case 'WithBackoff':
      // Behind what somebody has just changed: when an outage fails every key, a fresh edit need not wait for all of them.
      queue.addAfterFailure(key, 'Resync', verdict.atLeastMs);
      return { outcome: 'error', isTerminal: false };
  }
}

/** Each key comes at a moment of its own, so that a resync is a trickle and not a wave. */
async function resyncUntil(
  stopping: AbortSignal,
  { resync, queue, clock, random }: ControllerOptions,
): Promise<void> {
  if (resync === undefined) return;
  while (!stopping.aborted) {
    for (const key of resync.keys()) queue.addAfter(key, resync.everyMs * random(), 'Resync');
    await sleep(clock, resync.everyMs, stopping);
  }
}
