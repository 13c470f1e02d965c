import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { fakeClock, noJitter } from './clock.testkit.ts';
import { createRetryPace } from './retry-pace.ts';
import { createRuntimeMetrics } from './runtime-metrics.ts';
import { createWorkQueue } from './work-queue.ts';

describe('the metrics of the runtime', () => {
  it('have the names and labels that dashboards for controller-runtime ask for', async () => {
    const registry = new Registry();
    const metrics = createRuntimeMetrics(registry);
    const clock = fakeClock();
    const queue = createWorkQueue({
      clock,
      pace: createRetryPace(clock, noJitter),
      observer: metrics.queue('tenants'),
    });
    metrics.watchQueue('tenants', queue);
    const passes = metrics.controller('tenants', 4);
    const reflector = metrics.reflector('wecomtenants');
    queue.add('a');
    queue.add('b');
    await queue.take();
    clock.jump(2000);
    queue.addAfterFailure('a');
    passes.passStarted();
    passes.passEnded({ key: 'a', outcome: 'error', tookMs: 1500, isTerminal: true });
    reflector.listed(false);
    reflector.listed(true);
    reflector.watched();
    reflector.eventReceived();
    reflector.failed(new Error('cut'));
    metrics.request('10.0.0.1:443')('GET', '200');
    metrics.leadership('menshen-operator', true);
    const text = await registry.metrics();
    expect(
      text
        .split('\n')
        .filter((line) => /^[a-z_]+(_total|_seconds|_depth|_workers|_reconciles|_status)\{/.test(line)),
    ).toEqual([
      'workqueue_adds_total{name="tenants",controller="tenants"} 2',
      'workqueue_retries_total{name="tenants",controller="tenants"} 1',
      'workqueue_depth{name="tenants",controller="tenants"} 1',
      'workqueue_unfinished_work_seconds{name="tenants",controller="tenants"} 2',
      'workqueue_longest_running_processor_seconds{name="tenants",controller="tenants"} 2',
      'controller_runtime_reconcile_total{controller="tenants",result="success"} 0',
      'controller_runtime_reconcile_total{controller="tenants",result="requeue"} 0',
      'controller_runtime_reconcile_total{controller="tenants",result="requeue_after"} 0',
      'controller_runtime_reconcile_total{controller="tenants",result="error"} 1',
      'controller_runtime_reconcile_errors_total{controller="tenants"} 1',
      'controller_runtime_terminal_reconcile_errors_total{controller="tenants"} 1',
      'controller_runtime_max_concurrent_reconciles{controller="tenants"} 4',
      'controller_runtime_active_workers{controller="tenants"} 0',
      'reflector_lists_total{name="wecomtenants"} 2',
      'reflector_relists_total{name="wecomtenants"} 1',
      'reflector_watches_total{name="wecomtenants"} 1',
      'reflector_events_total{name="wecomtenants"} 1',
      'reflector_failures_total{name="wecomtenants"} 1',
      'rest_client_requests_total{method="GET",code="200",host="10.0.0.1:443"} 1',
      'leader_election_master_status{name="menshen-operator"} 1',
    ]);
    expect(text).toContain('workqueue_queue_duration_seconds_count{name="tenants",controller="tenants"} 1');
    expect(text).toContain('controller_runtime_reconcile_time_seconds_sum{controller="tenants"} 1.5');
  });
});
