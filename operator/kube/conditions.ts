// Conditions as kstatus and people read them: the moment moves only when the status does.
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  /** CamelCase, from a documented list. */
  readonly reason: string;
  /** For people; the same words as long as the situation is the same. */
  readonly message: string;
  readonly observedGeneration: number;
  /** RFC 3339, whole seconds. */
  readonly lastTransitionTime: string;
}

export type WantedCondition = Omit<Condition, 'lastTransitionTime'>;

/** `wanted` in its order; a condition keeps its moment while its status stays. What is not wanted is dropped. */
export function settleConditions(
  previous: readonly Condition[],
  wanted: readonly WantedCondition[],
  nowMs: number,
): Condition[] {
  const now = `${new Date(nowMs).toISOString().slice(0, 19)}Z`;
  return wanted.map((condition) => {
    const known = previous.find(({ type }) => type === condition.type);
    const isSame = known !== undefined && known.status === condition.status;
    return { ...condition, lastTransitionTime: isSame ? known.lastTransitionTime : now };
  });
}
