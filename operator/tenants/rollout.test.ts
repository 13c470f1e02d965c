// Whose pods are replaced when: never more than allowed at a time, everybody in the end, and people never wait.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fakeClock } from '../kube/clock.testkit.ts';
import { createStore } from '../kube/store.ts';
import { decideRollout, hasOpenEdit } from './decide-rollout.ts';
import { createRollingTenants, isRolling, type LiveDeployment } from './rolling-tenants.ts';

describe('a roll-out', () => {
  test.each([
    ['nothing would be replaced', { wouldRoll: false, isAsked: false, rolling: 9, maxRolling: 1 }, 'Go'],
    ['a person asked', { wouldRoll: true, isAsked: true, rolling: 9, maxRolling: 1 }, 'Go'],
    ['there is room', { wouldRoll: true, isAsked: false, rolling: 4, maxRolling: 5 }, 'Go'],
    ['there is none', { wouldRoll: true, isAsked: false, rolling: 5, maxRolling: 5 }, 'Wait'],
  ] as const)('when %s', (_what, wish, expected) => expect(decideRollout(wish)).toBe(expected));

  test.each([
    ['done', { observedGeneration: 2, appliedGeneration: 2 }, false],
    ['seen, and not done', { observedGeneration: 2, appliedGeneration: 1 }, true],
    ['not seen', { observedGeneration: 1, appliedGeneration: 1 }, true],
    ['seen while nothing was ever done', { observedGeneration: 2 }, false],
    ['not seen while nothing was ever done', { observedGeneration: 1 }, true],
    ['born paused', { observedGeneration: 0 }, true],
  ])('an edit that is %s', (_what, status, isOpen) => {
    expect(hasOpenEdit({ metadata: { generation: 2 }, status })).toBe(isOpen);
  });

  const progressing = (reason: string) => [{ type: 'Progressing', status: 'True', reason }];
  test.each<[string, Partial<LiveDeployment>, boolean]>([
    ['not looked at by its controller yet', { status: { observedGeneration: 1 } }, true],
    [
      'being replaced',
      { status: { observedGeneration: 2, conditions: progressing('ReplicaSetUpdated') } },
      true,
    ],
    [
      'replaced',
      { status: { observedGeneration: 2, conditions: progressing('NewReplicaSetAvailable') } },
      false,
    ],
    [
      'stuck for too long',
      { status: { observedGeneration: 2, conditions: progressing('ProgressDeadlineExceeded') } },
      false,
    ],
    [
      'suspended',
      {
        spec: { replicas: 0 },
        status: { observedGeneration: 2, conditions: progressing('ReplicaSetUpdated') },
      },
      false,
    ],
  ])('of a Deployment that is %s', (_what, deployment, expected) => {
    expect(isRolling({ metadata: { name: 'd', generation: 2 }, ...deployment })).toBe(expected);
  });

  test('never takes more tenants at a time than allowed, and takes all, in whatever order they end', () => {
    const order = fc.array(fc.nat(), { minLength: 400, maxLength: 400 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 20 }),
        order,
        (maxRolling, tenants, picks) => {
          const world = rollAll({ maxRolling, tenants, picks });
          expect(world.most).toBeLessThanOrEqual(maxRolling);
          expect(world.done).toBe(tenants);
        },
      ),
      { numRuns: 50 },
    );
  });
});

/** Tenants look in any order; a roll-out that was begun shows late, and ends some time. */
function rollAll(of: {
  readonly maxRolling: number;
  readonly tenants: number;
  readonly picks: readonly number[];
}) {
  const clock = fakeClock();
  const store = createStore<LiveDeployment>();
  const state = Array.from({ length: of.tenants }, () => 'Old' as 'Old' | 'Rolling' | 'New');
  const put = (at: number): void => {
    const owner = { apiVersion: 'v', kind: 'WeComTenant', name: `${at}`, uid: `u-${at}`, controller: true };
    const reason = state[at] === 'Rolling' ? 'ReplicaSetUpdated' : 'NewReplicaSetAvailable';
    store.set({
      metadata: { name: `d-${at}`, namespace: 'n', generation: 1, ownerReferences: [owner] },
      status: { observedGeneration: 1, conditions: [{ type: 'Progressing', status: 'True', reason }] },
    });
  };
  for (const at of state.keys()) put(at);
  const rolling = createRollingTenants(store, clock);
  /** Changes the store has not heard of yet: it lags by three looks, less than a reservation lasts. */
  const untold: (number | undefined)[] = [undefined, undefined, undefined];
  let most = 0;
  const look = (at: number, mayEnd: boolean): number | undefined => {
    if (state[at] === 'Rolling' && mayEnd) state[at] = 'New';
    else if (state[at] === 'Old') {
      const others = rolling.countOthers(`u-${at}`);
      const wish = { wouldRoll: true, isAsked: false, rolling: others, maxRolling: of.maxRolling };
      if (decideRollout(wish) === 'Wait') return undefined;
      rolling.reserve(`u-${at}`);
      state[at] = 'Rolling';
    } else return undefined;
    return at;
  };
  // The tail gives everybody enough looks to come to an end.
  const tail = Array.from({ length: of.tenants * 60 }, (_each, at) => at);
  for (const pick of [...of.picks, ...tail]) {
    untold.push(look(pick % of.tenants, Math.floor(pick / of.tenants) % 3 === 0));
    const told = untold.shift();
    if (told !== undefined) put(told);
    most = Math.max(most, state.filter((each) => each === 'Rolling').length);
    clock.jump(400);
  }
  return { most, done: state.filter((each) => each === 'New').length };
}
