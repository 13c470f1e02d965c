// Whether a tenant's pods may be replaced now. What a person edits is done at once; what a new operator would change of everybody is done for
// a few at a time, so that a bad image stops with those few.

export interface RolloutWish {
  /** Whether applying would replace pods that run. */
  readonly wouldRoll: boolean;
  /** Whether a person asked for something that was not handled yet: an edit of the spec, a changed Secret, reconcile-at. */
  readonly isAsked: boolean;
  /** Other tenants whose pods are being replaced. */
  readonly rolling: number;
  readonly maxRolling: number;
}

export function decideRollout({ wouldRoll, isAsked, rolling, maxRolling }: RolloutWish): 'Go' | 'Wait' {
  if (!wouldRoll || isAsked) return 'Go';
  return rolling < maxRolling ? 'Go' : 'Wait';
}
