// Which of the tenants that are remembered are gone, and whose data may be removed now. Pure, and careful: whatever is unclear is kept.
import type { TenantRecord } from './tenant-record.ts';

export type Decision =
  /** There is a tenant, or its data stay: nothing to write. */
  | { readonly kind: 'Keep' }
  /** It has gone since the last look: time runs from now. */
  | { readonly kind: 'MarkGone'; readonly goneSinceMs: number }
  /** It has come back within the time. */
  | { readonly kind: 'ClearGone' }
  | { readonly kind: 'Sweep' };

export interface Cluster {
  /** corpIds of all WeComTenants that there are, being deleted or not, suspended or not, of every namespace. */
  readonly liveCorpIds: ReadonlySet<string>;
  /** ms since the epoch. */
  readonly nowMs: number;
}

export function decideOrphan(record: TenantRecord, { liveCorpIds, nowMs }: Cluster): Decision {
  const { corpId, goneSinceMs, reclaimPolicy, reclaimAfterMs } = record;
  if (liveCorpIds.has(corpId)) return goneSinceMs === undefined ? { kind: 'Keep' } : { kind: 'ClearGone' };
  // A moment in the future is a clock that was set: time runs anew rather than being over at once one day.
  if (goneSinceMs === undefined || goneSinceMs > nowMs) return { kind: 'MarkGone', goneSinceMs: nowMs };
  if (reclaimPolicy === 'Retain') return { kind: 'Keep' };
  return nowMs - goneSinceMs >= reclaimAfterMs ? { kind: 'Sweep' } : { kind: 'Keep' };
}
