// What makes a rule worth evaluating. A rule needs one of `any` and every one of `all`, so each list of alternatives among these is
// enough by itself; the rarest is chosen, because every message that shows it pays for an evaluation.
import type { LabelledCondition } from './compile-policy.ts';
import type { Trigger } from './detector.ts';

export function chooseTriggers(
  any: readonly LabelledCondition[],
  all: readonly LabelledCondition[],
): readonly Trigger[] {
  const choices = all.map(({ condition }) => condition.triggers);
  if (any.length > 0) choices.push(any.flatMap(({ condition }) => condition.triggers));
  const [rarest] = choices.sort((a, b) => frequency(a) - frequency(b));
  return rarest ?? [];
}

/** Rank of the commonest of the triggers, by how many messages of a company's chats show it. */
const FREQUENCY: Readonly<Record<Trigger['kind'], number>> = {
  terms: 1,
  pattern: 2,
  clue: 3,
  media: 4,
  types: 5,
  always: 6,
};

const frequency = (triggers: readonly Trigger[]): number =>
  Math.max(0, ...triggers.map((trigger) => FREQUENCY[trigger.kind]));
