// The closed list of what a tenant's status can say. README.md explains each to people; a test holds the two together.
import type { StepCondition } from './step.ts';

/** Types of conditions with their reasons. `…` stands for the reasons of every other type: it names the one that counts. */
export const CONDITION_REASONS = {
  Ready: ['Running', 'Suspended', 'Starting', 'Paused', '…'],
  Reconciling: [
    'Starting',
    'Progressing',
    'RollingOut',
    'WaitingForTurn',
    'WaitingForOldPods',
    'Retrying',
    'Paused',
    'UpToDate',
  ],
  Stalled: ['CorpIdInUse', 'SpecInvalid', 'ObjectRefused', 'NotStalled', '…'],
  CredentialsValid: [
    'Verified',
    'NotReported',
    'SecretMissing',
    'KeyMissing',
    'RejectedByWeCom',
    'IpNotAllowed',
    'PermitMissing',
    'QuotaExhausted',
    'NotVerified',
    'PrivateKeyMalformed',
    'PrivateKeyMissing',
  ],
  StreamReady: [
    'Created',
    'Adopted',
    'ConfigConflict',
    'NatsUnreachable',
    'CredentialsRefused',
    'WaitingForArchive',
    'VersionTooOld',
  ],
  DatabaseReady: [
    'Migrated',
    'MigrationPending',
    'MigrationFailed',
    'Unreachable',
    'VersionTooOld',
    'AccessDenied',
  ],
  ObjectStoreReady: [
    'Writable',
    'NotChecked',
    'ClaimMissing',
    'BucketMissing',
    'Unreachable',
    'AccessDenied',
  ],
  IngestAvailable: [
    'Available',
    'NotReady',
    'NotCreated',
    'Suspended',
    'SdkUnusable',
    'SdkFailed',
    'WeComUnreachable',
    'Fenced',
    'BackPressure',
    'WaitingForArchive',
  ],
  ArchiverAvailable: ['Available', 'NotReady', 'NotCreated', 'Suspended', 'StoreFailing'],
  ScannerAvailable: ['Available', 'NotReady', 'NotCreated', 'Suspended', 'PoliciesUnavailable'],
  NotifierAvailable: ['Available', 'NotReady', 'NotCreated', 'Suspended', 'ChannelFailing'],
  Fresh: ['CaughtUp', 'CatchingUp', 'Lagging', 'Suspended', 'NotReported'],
  CallbackReady: ['Routed', 'RoutedByOwner', 'PollingOnly', 'GatewayApiMissing'],
  NetworkRestricted: ['Standard', 'Strict', 'AddressesPending', 'OpenByName', 'Open'],
  Scaling: ['WithinBounds', 'AtMaximum', 'Fixed', 'ByKeda', 'KedaMissing', 'Suspended'],
  Suspended: ['SpecSuspend', 'NotSuspended'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type ConditionType = keyof typeof CONDITION_REASONS;
type Reasons<T extends ConditionType> = Exclude<(typeof CONDITION_REASONS)[T][number], '…'>;

/** A condition whose type and reason are in the list. */
export function condition<T extends ConditionType>(
  type: T,
  status: StepCondition['status'],
  said: { readonly reason: Reasons<T>; readonly message: string },
): StepCondition & { readonly type: T } {
  return { type, status, ...said };
}

/** Whether the list knows the pair. What comes from elsewhere, such as a step of provisioning, is held to it. */
export function isKnown({ type, reason }: StepCondition): boolean {
  const reasons: readonly string[] | undefined = (
    CONDITION_REASONS as Readonly<Record<string, readonly string[]>>
  )[type];
  if (reasons === undefined) return false;
  if (reasons.includes(reason)) return true;
  return (
    reasons.includes('…') &&
    Object.values(CONDITION_REASONS).some((all: readonly string[]) => all.includes(reason))
  );
}
