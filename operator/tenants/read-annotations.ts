// What people tell the operator by annotations, beside GitOps: leave this tenant alone, look at it now.
import type { TenantObject } from './tenant-ports.ts';

/** `menshen.dev/paused: "true"`: nothing is changed until it is removed. */
export const PAUSED = 'menshen.dev/paused';
/** `menshen.dev/reconcile-at: <anything new, such as the time>`: look now, and trust nothing that is remembered. */
export const RECONCILE_AT = 'menshen.dev/reconcile-at';

export interface Annotations {
  readonly isPaused: boolean;
  readonly reconcileAt: string | undefined;
  /** It was asked for, and not done yet. */
  readonly isForced: boolean;
}

/** The status says at most so much of what was asked. */
const LONGEST = 64;

export function readAnnotations({ metadata, status }: TenantObject): Annotations {
  const annotations = metadata.annotations ?? {};
  const reconcileAt = annotations[RECONCILE_AT]?.slice(0, LONGEST);
  return {
    isPaused: annotations[PAUSED] === 'true',
    reconcileAt,
    isForced: reconcileAt !== undefined && reconcileAt !== status?.lastHandledReconcileAt,
  };
}
