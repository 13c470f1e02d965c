import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { ApiError } from './api-error.ts';
import { fakeClock, noJitter, settle } from './clock.testkit.ts';
import { type ControllerOptions, type Reconcile, startController } from './controller.ts';
import { TerminalError } from './judge-failure.ts';
import { createRetryPace } from './retry-pace.ts';
import { createRuntimeMetrics } from './runtime-metrics.ts';
import { createWorkQueue } from './work-queue.ts';

const setUp = (reconcile: Reconcile, more: Partial<ControllerOptions> = {}) => {
  const clock = fakeClock();
  const registry = new Registry();
  const metrics = createRuntimeMetrics(registry);
  const pace = createRetryPace(clock, noJitter);
  const queue = createWorkQueue({ clock, pace, observer: metrics.queue('tenants') });
  metrics.watchQueue('tenants', queue);
  const losing = new AbortController();
  const controller = startController({
    reconcile,
    queue,
    clock,
    random: noJitter,
    signal: losing.signal,
    workers: 2,
    observer: metrics.controller('tenants', 2),
    ...more,
  });
  const metric = async (name: string, labels: Record<string, string> = {}): Promise<number> => {
    const found = await registry.getSingleMetric(name)?.get();
    return (
      found?.values.find(({ labels: has }) =>
        Object.entries(labels).every(([label, value]) => has[label as keyof typeof has] === value),
      )?.value ?? Number.NaN
    );
  };
  return { clock, queue, controller, losing, metric };
};
const resultOf = (result: string): Record<string, string> => ({ controller: 'tenants', result });

describe('a controller', () => {
  it.each([
    ['a success', undefined, 1, { success: 1, error: 0, requeue: 0 }],
    ['a conflict, quietly', new ApiError('Conflict', 'modified'), 4, { success: 0, error: 0, requeue: 4 }],
    [
      'a transport failure, with backoff',
      new ApiError('Transport', 'refused'),
      4,
      { success: 0, error: 4, requeue: 0 },
    ],
    ['what it does not know, with backoff', new Error('bug'), 4, { success: 0, error: 4, requeue: 0 }],
    ['what is invalid, not again', new ApiError('Invalid', 'no'), 1, { success: 0, error: 1, requeue: 0 }],
    ['a terminal error, not again', new TerminalError('no'), 1, { success: 0, error: 1, requeue: 0 }],
  ])('after %s', async (_what, problem, passes, counts) => {
    let runs = 0;
    const { queue, clock, controller, metric } = setUp(() => {
      runs += 1;
      return problem === undefined ? Promise.resolve({}) : Promise.reject(problem);
    });
    queue.add('acme/a');
    // Passes at 0, 5, 15 and 35 ms.
    await clock.advance(40);
    expect(runs).toBe(passes);
    for (const [result, count] of Object.entries(counts))
      expect(await metric('controller_runtime_reconcile_total', resultOf(result)), result).toBe(count);
    await controller.stop();
  });

  it('starts a key at the shortest delay again once it has done well', async () => {
    const times: number[] = [];
    const outcomes = ['fail', 'fail', 'fail', 'good', 'fail', 'good'];
    const { queue, clock, controller } = setUp(() => {
      times.push(clock.nowMs());
      return outcomes.shift() === 'fail' ? Promise.reject(new Error('bug')) : Promise.resolve({});
    });
    const startMs = clock.nowMs();
    queue.add('a');
    await clock.advance(1000);
    queue.add('a');
    await clock.advance(1000);
    expect(times.map((ms) => ms - startMs)).toEqual([0, 5, 15, 35, 1000, 1005]);
    await controller.stop();
  });

  it('leaves the server alone as long as it asks to', async () => {
    let runs = 0;
    const { queue, clock, controller } = setUp(() => {
      runs += 1;
      return Promise.reject(new ApiError('TooManyRequests', 'busy', { retryAfterMs: 7000 }));
    });
    queue.add('a');
    await clock.advance(6999);
    expect(runs).toBe(1);
    await clock.advance(1);
    expect(runs).toBe(2);
    await controller.stop();
  });

  it('takes a fresh edit before everything that comes back after a failure', async () => {
    const seen: string[] = [];
    let isBroken = true;
    const { queue, clock, controller } = setUp(
      async (key) => {
        seen.push(key);
        // Takes a while, so that keys pile up behind the one worker.
        await new Promise<void>((resolve) => clock.after(50, resolve));
        if (isBroken) throw new Error('outage');
        return {};
      },
      { workers: 1 },
    );
    for (const key of ['a', 'b', 'c']) queue.add(key);
    await clock.advance(155);
    isBroken = false;
    seen.splice(0);
    queue.add('edited');
    await clock.advance(1000);
    expect(seen).toEqual(['edited', 'b', 'c']);
    await controller.stop();
  });

  it('looks again when a pass asks for it', async () => {
    let runs = 0;
    const { queue, clock, controller } = setUp(() => {
      runs += 1;
      return Promise.resolve(runs === 1 ? { requeueAfterMs: 60_000 } : {});
    });
    queue.add('a');
    await clock.advance(59_999);
    expect(runs).toBe(1);
    await clock.advance(600_000);
    expect(runs).toBe(2);
    await controller.stop();
  });

  it('tells a pass at its deadline to end, and tries again', async () => {
    const reasons: string[] = [];
    const { queue, clock, controller, metric } = setUp(
      (_key, { signal }) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => {
            reasons.push(String(signal.reason));
            reject(signal.reason);
          }),
        ),
      { deadlineMs: 1000 },
    );
    queue.add('a');
    await clock.advance(1000);
    expect(reasons).toEqual(['Error: the pass of a took longer than 1000 ms']);
    await clock.advance(500);
    expect(await metric('workqueue_longest_running_processor_seconds')).toBeCloseTo(0.495);
    expect(await metric('controller_runtime_active_workers')).toBe(1);
    await clock.advance(505);
    expect(reasons).toHaveLength(2);
    const stopped = controller.stop();
    await clock.advance(1000);
    await stopped;
  });

  it('works on as many keys as it has workers, never on one key twice', async () => {
    const running = new Set<string>();
    let most = 0;
    const finish: (() => void)[] = [];
    const { queue, clock, controller, metric } = setUp(async (key) => {
      expect(running.has(key)).toBe(false);
      running.add(key);
      most = Math.max(most, running.size);
      await new Promise<void>((resolve) => finish.push(resolve));
      running.delete(key);
      return {};
    });
    for (const key of ['a', 'b', 'c']) queue.add(key);
    await settle();
    queue.add('a');
    expect(await metric('workqueue_depth', { name: 'tenants' })).toBe(1);
    for (let pass = 0; pass < 4; pass += 1) {
      finish.shift()?.();
      await settle();
    }
    expect(most).toBe(2);
    expect(await metric('controller_runtime_reconcile_total', resultOf('success'))).toBe(4);
    expect(clock.pending()).toBe(0);
    await controller.stop();
  });

  it('looks at everything again in every period, spread over it and after edits', async () => {
    const seen: string[] = [];
    const clocked = setUp(
      (key) => {
        seen.push(key);
        return Promise.resolve({});
      },
      { workers: 1, random: () => 0.5, resync: { everyMs: 1000, keys: () => ['a', 'b'] } },
    );
    await clocked.clock.advance(499);
    expect(seen).toEqual([]);
    await clocked.clock.advance(1);
    expect(seen).toEqual(['a', 'b']);
    await clocked.clock.advance(1000);
    expect(seen).toEqual(['a', 'b', 'a', 'b']);
    await clocked.controller.stop();
    expect(clocked.clock.pending()).toBe(0);
  });

  it('finishes the pass in work when it is stopped, and begins no other', async () => {
    let release: () => void = () => undefined;
    const seen: string[] = [];
    const { queue, controller } = setUp(
      async (key, { signal }) => {
        seen.push(key);
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        seen.push(signal.aborted ? 'aborted' : 'finished');
        return {};
      },
      { workers: 1 },
    );
    for (const key of ['a', 'b', 'c']) queue.add(key);
    await settle();
    const stopped = controller.stop();
    await settle();
    release();
    await stopped;
    expect(seen).toEqual(['a', 'finished']);
  });

  it('aborts the pass in work when it must not act any more', async () => {
    const { queue, controller, losing } = setUp(
      (_key, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );
    queue.add('a');
    await settle();
    losing.abort(new Error('lease lost'));
    await controller.ended;
    expect(queue.depth()).toBe(0);
  });
});
