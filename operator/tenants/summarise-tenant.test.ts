// What a status says, as kstatus would read it, for what a pass has found.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { condition, isKnown } from './conditions.ts';
import type { StepCondition } from './step.ts';
import {
  beginStatus,
  type Findings,
  generationTold,
  summariseTenant,
  type Work,
} from './summarise-tenant.ts';

const at = { generation: 7, nowMs: Date.UTC(2026, 0, 1) };
const well: readonly StepCondition[] = [
  condition('CredentialsValid', 'True', { reason: 'Verified', message: 'm' }),
  condition('StreamReady', 'True', { reason: 'Created', message: 'm' }),
  condition('DatabaseReady', 'True', { reason: 'Migrated', message: 'm' }),
  condition('IngestAvailable', 'True', { reason: 'Available', message: 'm' }),
  condition('ArchiverAvailable', 'True', { reason: 'Available', message: 'm' }),
  condition('ScannerAvailable', 'True', { reason: 'Available', message: 'm' }),
  condition('NotifierAvailable', 'True', { reason: 'Available', message: 'm' }),
  condition('Fresh', 'True', { reason: 'CaughtUp', message: 'm' }),
];
const findings: Findings = {
  conditions: well,
  work: 'None',
  stalled: undefined,
  isSuspended: false,
  appliedGeneration: 7,
  counters: {},
  workloads: [],
  handledReconcileAt: undefined,
};
const unlike = (...changed: StepCondition[]): readonly StepCondition[] =>
  well.map((each) => changed.find(({ type }) => type === each.type) ?? each);

/** As kstatus (sigs.k8s.io/cli-utils) computes it for an object whose generation is observed. */
function kstatus(found: Findings): string {
  const is = (type: string): string | undefined =>
    summariseTenant(found, undefined, at).conditions?.find((each) => each.type === type)?.status;
  if (is('Reconciling') === 'True') return 'InProgress';
  if (is('Stalled') === 'True') return 'Failed';
  return is('Ready') === 'True' ? 'Current' : 'InProgress';
}
const reasonOf = (found: Findings, type: string): string | undefined =>
  summariseTenant(found, undefined, at).conditions?.find((each) => each.type === type)?.reason;

describe('a tenant', () => {
  const noDatabase = condition('DatabaseReady', 'False', { reason: 'Unreachable', message: 'start it' });
  const noIngest = condition('IngestAvailable', 'False', { reason: 'WaitingForArchive', message: 'm' });
  const noReceiver = condition('NotifierAvailable', 'False', { reason: 'ChannelFailing', message: 'm' });
  const noReport = condition('CredentialsValid', 'Unknown', { reason: 'NotReported', message: 'm' });
  const late = condition('Fresh', 'False', { reason: 'Lagging', message: 'm' });

  test.each<[string, Partial<Findings>, string, string]>([
    ['where all is well', {}, 'Current', 'Running'],
    ['whose pods are replaced', { work: 'RollingOut' }, 'InProgress', 'Running'],
    ['whose database is away', { conditions: unlike(noDatabase) }, 'InProgress', 'Unreachable'],
    [
      'is told the cause before what follows',
      { conditions: unlike(noIngest, noDatabase) },
      'InProgress',
      'Unreachable',
    ],
    ['that has not reported', { conditions: unlike(noReport) }, 'InProgress', 'NotReported'],
    ['whose receiver of notices is away', { conditions: unlike(noReceiver) }, 'Current', 'Running'],
    ['that is late', { conditions: unlike(late) }, 'Current', 'Running'],
    [
      'that waits for a person',
      { stalled: { reason: 'CorpIdInUse', message: 'm' } },
      'Failed',
      'CorpIdInUse',
    ],
    ['that is paused', { work: 'Paused' }, 'Current', 'Running'],
    ['that was born paused', { work: 'Paused', appliedGeneration: undefined }, 'InProgress', 'Paused'],
    ['that was edited while paused', { work: 'Paused', appliedGeneration: 6 }, 'InProgress', 'Paused'],
    ['that is paused and suspended', { work: 'Paused', isSuspended: true }, 'Current', 'Suspended'],
    [
      'that is paused and broken',
      { work: 'Paused', conditions: unlike(noIngest) },
      'InProgress',
      'WaitingForArchive',
    ],
    [
      'that is suspended',
      {
        isSuspended: true,
        conditions: unlike(condition('IngestAvailable', 'False', { reason: 'Suspended', message: 'm' })),
      },
      'Current',
      'Suspended',
    ],
    ['a call for which failed', { work: 'Retrying' }, 'InProgress', 'Running'],
  ])('%s', (_what, change, expected, ready) => {
    const found = { ...findings, ...change };
    expect(kstatus(found)).toBe(expected);
    expect(reasonOf(found, 'Ready')).toBe(ready);
  });

  test.each([
    [undefined, 0],
    [6, 6],
  ])('that is paused speaks of what was applied: %s', (appliedGeneration, told) => {
    const found: Findings = { ...findings, work: 'Paused', appliedGeneration };
    expect(generationTold(found, 7)).toBe(told);
    const { conditions } = summariseTenant(found, undefined, at);
    expect(new Set(conditions?.map(({ observedGeneration }) => observedGeneration))).toEqual(new Set([told]));
    expect(generationTold({ ...found, work: 'Retrying' }, 7)).toBe(7);
  });

  test('that nobody has looked at is in progress', () => {
    const conditions = beginStatus(at).conditions ?? [];
    expect(conditions.map(({ type, status }) => `${type}=${status}`)).toEqual([
      'Ready=Unknown',
      'Reconciling=True',
      'Stalled=False',
    ]);
  });

  test('keeps the moment of a condition whose status stays, and is equal to itself', () => {
    const first = summariseTenant(findings, undefined, at);
    const later = { ...at, nowMs: at.nowMs + 60_000 };
    const again = summariseTenant(findings, { ...first, observedGeneration: 7 }, later);
    expect(again).toEqual(first);
    const changed = summariseTenant({ ...findings, conditions: unlike(noDatabase) }, again, later);
    const moments = changed.conditions?.filter(
      ({ lastTransitionTime }) => lastTransitionTime !== '2026-01-01T00:00:00Z',
    );
    expect(moments?.map(({ type }) => type)).toEqual(['Ready', 'Reconciling', 'DatabaseReady']);
  });

  test('is never done and in progress at once, and never says what the list does not know', () => {
    const work = fc.constantFrom<Work>(
      'None',
      'Starting',
      'RollingOut',
      'WaitingForTurn',
      'WaitingForOldPods',
      'Retrying',
      'Paused',
    );
    const status = fc.constantFrom<StepCondition['status']>('True', 'False', 'Unknown');
    const statuses = fc.array(status, { minLength: well.length, maxLength: well.length });
    fc.assert(
      fc.property(work, statuses, fc.boolean(), fc.boolean(), (doing, all, isSuspended, isStalled) => {
        const conditions = well.map((each, place) => ({ ...each, status: all[place] ?? 'True' }));
        const stalled = isStalled ? { reason: 'CorpIdInUse', message: 'm' } : undefined;
        const said = summariseTenant(
          { ...findings, work: doing, conditions, isSuspended, stalled },
          undefined,
          at,
        );
        const is = (type: string) => said.conditions?.find((each) => each.type === type)?.status;
        expect(said.conditions?.every((each) => isKnown(each as StepCondition))).toBe(true);
        expect(is('Stalled') === 'True' && is('Reconciling') === 'True').toBe(false);
        expect(is('Stalled') === 'True' && is('Ready') === 'True').toBe(false);
        // Either it is done, or it is said what goes on: nothing is left that nobody works on.
        if (doing !== 'Paused')
          expect(is('Ready') === 'True' || is('Reconciling') === 'True' || is('Stalled') === 'True').toBe(
            true,
          );
      }),
    );
  });
});
