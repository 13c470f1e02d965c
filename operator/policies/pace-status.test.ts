// When a status may be written: what people wait for at once, counts in their turn.
import { expect, test } from 'vitest';
import { fakeClock } from '../kube/clock.testkit.ts';
import { COUNTERS_EVERY_MS, createStatusPace } from './pace-status.ts';
import type { PolicyStatus } from './summarise-policy.ts';

const status = (scanners: string, reason = 'Propagated'): PolicyStatus => ({
  scanners,
  lastGoodGeneration: 1,
  conditions: [
    {
      type: 'Ready',
      status: 'True',
      reason,
      message: '',
      observedGeneration: 1,
      lastTransitionTime: '2026-01-01T00:00:00Z',
    },
  ],
});

test('a policy that was never written is written at once', () => {
  const pace = createStatusPace(fakeClock());
  expect(pace.waitMs('n/p', undefined, status('1/1'))).toBe(0);
  expect(pace.waitMs('n/p', status('1/1'), status('2/2'))).toBe(0);
});

test.each([
  ['a condition changed', status('1/1', 'Propagating'), status('2/2'), 0],
  ['another revision is in force', { ...status('1/1'), lastGoodGeneration: 2 }, status('1/1'), 0],
  ['only counts changed', status('1/1'), status('2/2'), COUNTERS_EVERY_MS],
  ['nothing changed, so that nothing will be written', status('1/1'), status('1/1'), 0],
])('just after a write: %s', (_what, before, wanted, waitMs) => {
  const pace = createStatusPace(fakeClock());
  pace.written('n/p');
  expect(pace.waitMs('n/p', before, wanted)).toBe(waitMs);
});

test('counts are written when their time has come', () => {
  const clock = fakeClock();
  const pace = createStatusPace(clock);
  pace.written('n/p');
  clock.jump(COUNTERS_EVERY_MS - 1);
  expect(pace.waitMs('n/p', status('1/1'), status('2/2'))).toBe(1);
  clock.jump(1);
  expect(pace.waitMs('n/p', status('1/1'), status('2/2'))).toBe(0);
});
