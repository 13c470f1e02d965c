// How soon a status may be written again. What a person waits for is written at once; counts that move with every scanner that comes or
// goes wait their turn, or scaling one tenant would write the status of all its policies.
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../kube/clock.ts';
import type { PolicyStatus } from './summarise-policy.ts';

type Written = Omit<PolicyStatus, 'observedGeneration'>;

export interface StatusPace {
  /** 0: now. Else so many milliseconds later, if it then still differs. */
  waitMs(policy: string, before: PolicyStatus | undefined, wanted: Written): number;
  written(policy: string): void;
  forget(policy: string): void;
}

export const COUNTERS_EVERY_MS = 60_000;

export function createStatusPace(clock: Clock): StatusPace {
  const writtenAtMs = new Map<string, number>();
  return {
    waitMs: (policy, before, wanted) => {
      const last = writtenAtMs.get(policy);
      if (last === undefined || before === undefined || !differInCountsOnly(before, wanted)) return 0;
      return Math.max(0, last + COUNTERS_EVERY_MS - clock.nowMs());
    },
    written: (policy) => {
      writtenAtMs.set(policy, clock.nowMs());
    },
    forget: (policy) => {
      writtenAtMs.delete(policy);
    },
  };
}

function differInCountsOnly(before: PolicyStatus, wanted: Written): boolean {
  const counts = ({ scanners, tenants, byTenant }: Written) => ({ scanners, tenants, byTenant });
  return (
    !isDeepStrictEqual(counts(before), counts(wanted)) &&
    isDeepStrictEqual(before.conditions, wanted.conditions) &&
    before.lastGoodGeneration === wanted.lastGoodGeneration &&
    before.digest === wanted.digest
  );
}
