// Which exceptions of a policy have ended, and when the next one does. Only for status: scanners compare with the time of capture.
import type { PolicyException } from '@menshen/policy-engine/policy-spec';
import type { PolicyCondition } from './conditions.ts';

export interface ExceptionsCheck {
  readonly condition: PolicyCondition & { readonly type: 'ExceptionsCurrent' };
  /** Until the condition can change by itself; absent when it cannot. */
  readonly changesInMs?: number;
}

/** So long before its end an exception is announced: a week to decide whether it is still wanted. */
export const EXPIRING_SOON_MS = 7 * 24 * 3_600_000;

export function checkExceptions(
  exceptions: readonly PolicyException[] | undefined,
  nowMs: number,
): ExceptionsCheck {
  const dated = (exceptions ?? []).map(({ name, expires }) => ({
    name,
    endsInMs: Date.parse(expires) - nowMs,
  }));
  const moments = dated
    .flatMap(({ endsInMs }) => [endsInMs, endsInMs - EXPIRING_SOON_MS])
    .filter((inMs) => inMs > 0);
  return {
    condition: { type: 'ExceptionsCurrent', ...describe(dated) },
    ...(moments.length === 0 ? {} : { changesInMs: Math.min(...moments) }),
  };
}

function describe(dated: readonly { readonly name: string; readonly endsInMs: number }[]) {
  const expired = namesOf(dated.filter(({ endsInMs }) => endsInMs <= 0));
  if (expired !== '')
    return {
      status: 'False',
      reason: 'Expired',
      message: `these exceptions have ended, messages captured since make findings again: ${expired}; remove them, or give them a later expires`,
    } as const;
  const soon = namesOf(dated.filter(({ endsInMs }) => endsInMs <= EXPIRING_SOON_MS));
  if (soon !== '')
    return {
      status: 'True',
      reason: 'ExpiringSoon',
      message: `these exceptions end within a week: ${soon}`,
    } as const;
  return {
    status: 'True',
    reason: 'Current',
    message: dated.length === 0 ? 'the policy has no exceptions' : 'all exceptions hold',
  } as const;
}

function namesOf(some: readonly { readonly name: string }[]): string {
  return some
    .map(({ name }) => name)
    .sort()
    .join(', ');
}
