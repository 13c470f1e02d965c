// Every condition a CompliancePolicy can have and every reason it can give. README.md says what each means; a test holds the two together.
import type { WantedCondition } from '../kube/conditions.ts';

const REFUSALS = [
  'PatternInvalid',
  'DetectorUnknown',
  'OptionsInvalid',
  'LexiconMissing',
  'LexiconInvalid',
] as const;

export const POLICY_CONDITIONS = {
  Ready: [
    'Starting',
    'Propagated',
    'NoTenants',
    'Propagating',
    'NoScanner',
    'RefusedByScanner',
    'NatsUnreachable',
    'LexiconUnavailable',
    'TestsFailed',
    ...REFUSALS,
  ],
  Reconciling: [
    'Starting',
    'Propagating',
    'NoScanner',
    'RefusedByScanner',
    'NatsUnreachable',
    'LexiconUnavailable',
    'Settled',
  ],
  Stalled: ['TestsFailed', ...REFUSALS, 'Settled'],
  Compiled: ['Compiled', 'LexiconUnavailable', ...REFUSALS],
  TestsPassed: ['Passed', 'TestsFailed', 'NoTests', 'NotCompiled'],
  Propagated: [
    'Propagated',
    'NoTenants',
    'Propagating',
    'NoScanner',
    'RefusedByScanner',
    'NatsUnreachable',
    'PreviousRevision',
    'NothingInForce',
  ],
  ExceptionsCurrent: ['Current', 'ExpiringSoon', 'Expired'],
} as const;

export type ConditionType = keyof typeof POLICY_CONDITIONS;
export type ReasonOf<T extends ConditionType> = (typeof POLICY_CONDITIONS)[T][number];
export type RefusalReason = (typeof REFUSALS)[number];

/** A condition whose reason is one of its type's. */
export type PolicyCondition = {
  [T in ConditionType]: Omit<WantedCondition, 'type' | 'reason' | 'observedGeneration'> & {
    readonly type: T;
    readonly reason: ReasonOf<T>;
  };
}[ConditionType];
