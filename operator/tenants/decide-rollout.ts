// Whether a tenant's pods may be replaced now. What a person edits is done at once; what a new operator would change of everybody is done for
// a few at a time, so that a bad image stops with those few.

export interface RolloutWish {
  /** Whether applying would replace pods that run. */
  readonly wouldRoll: boolean;
  /** Whether a person asked for something that is not done yet: an edit of the spec, reconcile-at. */
  readonly isAsked: boolean;
  /** Other tenants whose pods are being replaced. */
  readonly rolling: number;
  readonly maxRolling: number;
}

/**
 * Whether the spec was edited and the edit has not come to its end. That a pass has observed it is not enough: it may have failed, been
 * blocked, or lacked a Secret. Kept in the status, so that a new operator knows it too. A status that knows nothing of what was applied is
 * of a tenant that never came so far, or of an operator before this field: there what was observed counts, so that its successor does not
 * replace everybody's pods at once.
 */
export function hasOpenEdit(tenant: {
  readonly metadata: { readonly generation?: number };
  readonly status?: { readonly observedGeneration?: number; readonly appliedGeneration?: number };
}): boolean {
  const done = tenant.status?.appliedGeneration ?? tenant.status?.observedGeneration;
  return done !== tenant.metadata.generation;
}

export function decideRollout({ wouldRoll, isAsked, rolling, maxRolling }: RolloutWish): 'Go' | 'Wait' {
  if (!wouldRoll || isAsked) return 'Go';
  return rolling < maxRolling ? 'Go' : 'Wait';
}
