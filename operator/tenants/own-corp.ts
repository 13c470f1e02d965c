// Which of several WeComTenants with the same corpId is the one that counts: the oldest. The others are Stalled/CorpIdInUse.
import type { KubeObject } from '../kube/kube-object.ts';

/** The oldest; of two made in the same second the one whose uid comes first, so that every process decides alike. */
export function ownerOfCorp<T extends KubeObject>(sameCorp: readonly T[]): T | undefined {
  return sameCorp.toSorted((a, b) => compare(ageKey(a), ageKey(b)))[0];
}

function ageKey({ metadata }: KubeObject): string {
  return `${metadata.creationTimestamp ?? ''} ${metadata.uid ?? ''}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
