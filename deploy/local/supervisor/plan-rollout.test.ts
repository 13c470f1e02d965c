// Which pod comes or goes next, as tables; and that every roll-out ends, without ever having too few or too many.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PodSummary, planRollout, type RolloutStep, type WantedPods } from './plan-rollout.ts';

const recreate = { type: 'Recreate' } as const;
const rolling = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } as const;

/** `a+ a- b+` : pods of templates a and b, ready or not. */
function pods(text: string): PodSummary[] {
  return text
    .split(' ')
    .filter((word) => word !== '')
    .map((word, at) => ({
      name: `${word.slice(0, -1)}${at}`,
      template: word.slice(0, -1),
      ready: word.endsWith('+'),
    }));
}
const written = (step: RolloutStep): string =>
  step.kind === 'Stop' ? `stop ${step.pod}` : step.kind.toLowerCase();

describe('Recreate', () => {
  test.each([
    ['', 1, 'start'],
    ['b-', 1, 'done'],
    ['b+', 2, 'start'],
    ['b+ b+', 1, 'stop b1'],
    ['b- b+', 1, 'stop b0'],
    ['b+', 0, 'stop b0'],
    ['a+', 1, 'stop a0'],
    ['a+ a+', 2, 'stop a0'],
    ['a+ b+', 1, 'stop a0'],
    ['', 0, 'done'],
  ])('%j with %d wanted of b: %s', (there, replicas, step) => {
    expect(written(planRollout(pods(there), { template: 'b', replicas, strategy: recreate }))).toBe(step);
  });
});

describe('RollingUpdate', () => {
  test.each([
    ['a+', 1, 'start'],
    ['a+ b-', 1, 'wait'],
    ['a+ b+', 1, 'stop a0'],
    ['b+', 1, 'done'],
    ['a- b-', 1, 'stop a0'],
    ['a+ a+', 2, 'start'],
    ['a+ a+ b-', 2, 'wait'],
    ['a+ a+ b+', 2, 'stop a0'],
    ['a+ a+', 0, 'stop a0'],
    ['a+ a+ b+ b+', 1, 'stop b3'],
  ])('%j with %d wanted of b: %s', (there, replicas, step) => {
    expect(written(planRollout(pods(there), { template: 'b', replicas, strategy: rolling }))).toBe(step);
  });
});

describe('every roll-out', () => {
  const start = fc.array(fc.record({ template: fc.constantFrom('a', 'b'), ready: fc.boolean() }), {
    maxLength: 6,
  });
  const wanted = fc.record({
    template: fc.constant('b'),
    replicas: fc.integer({ min: 0, max: 6 }),
    strategy: fc.constantFrom(recreate, rolling),
  });

  test('ends with exactly what is wanted, when started pods become ready', () => {
    fc.assert(
      fc.property(start, wanted, (there, target) => {
        const end = run(
          there.map((pod, at) => ({ ...pod, name: `${at}` })),
          target,
          () => {},
        );
        expect(end.map((pod) => pod.template)).toEqual(Array(target.replicas).fill('b'));
      }),
    );
  });

  test('that is rolling never goes below the ready pods wanted, nor above one more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), (replicas) => {
        const old = Array.from({ length: replicas }, (_, at) => ({
          name: `${at}`,
          template: 'a',
          ready: true,
        }));
        run(old, { template: 'b', replicas, strategy: rolling }, (now) => {
          expect(now.filter((pod) => pod.ready).length).toBeGreaterThanOrEqual(replicas);
          expect(now.length).toBeLessThanOrEqual(replicas + 1);
        });
      }),
    );
  });

  test('by Recreate never has old and new side by side', () => {
    const old = pods('a+ a+ a-');
    run(old, { template: 'b', replicas: 3, strategy: recreate }, (now) => {
      expect(new Set(now.map((pod) => pod.template)).size).toBeLessThanOrEqual(1);
    });
  });
});

/** Takes step after step; a wait makes every pod ready. */
function run(
  there: readonly PodSummary[],
  target: WantedPods,
  look: (now: readonly PodSummary[]) => void,
): PodSummary[] {
  let now = [...there];
  for (let steps = 0; steps < 100; steps++) {
    const step = planRollout(now, target);
    if (step.kind === 'Done') return now;
    if (step.kind === 'Start')
      now = [...now, { name: `new${steps}`, template: target.template, ready: false }];
    if (step.kind === 'Stop') now = now.filter((pod) => pod.name !== step.pod);
    if (step.kind === 'Wait') now = now.map((pod) => ({ ...pod, ready: true }));
    look(now);
  }
  throw new Error('the roll-out does not end');
}
