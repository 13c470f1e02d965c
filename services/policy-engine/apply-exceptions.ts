// Exceptions end by the time a message was captured, never by a clock: a replay a year later judges as the day itself did.
import type { MessageFacts } from './facts.ts';
import { isInDepartments, knowParticipants } from './match-participants.ts';
import type { Predicate } from './match-scope.ts';
import type { Participants, PolicyException } from './policy-spec.ts';

/** Tells whether a message is excepted from a rule. */
export type Excepts = (facts: MessageFacts, rule: string) => boolean;

/** Dates are known to be valid. An excepted message makes no finding of the rules the exception names, or of any. */
export function compileExceptions(exceptions: readonly PolicyException[] = []): Excepts {
  const compiled = exceptions.map(compileException);
  return (facts, rule) => compiled.some((exception) => exception.covers(rule) && exception.applies(facts));
}

function compileException(exception: PolicyException) {
  const expiresAtMs = Date.parse(exception.expires);
  const rules = exception.rules && new Set(exception.rules);
  const conversations = exception.conversationIds && new Set(exception.conversationIds);
  const isSender = compileSelector(exception.senders, ({ sender }) => ({
    ids: [sender.id],
    departments: sender.departments,
  }));
  const isRecipient = compileSelector(exception.recipients, ({ recipients }) => recipients);
  return {
    covers: (rule: string): boolean => rules === undefined || rules.has(rule),
    applies: (facts: MessageFacts): boolean =>
      facts.capturedAtMs < expiresAtMs &&
      (conversations === undefined || conversations.has(facts.conversationId)) &&
      isSender(facts) &&
      isRecipient(facts),
  };
}

interface Side {
  readonly ids: readonly string[];
  readonly departments: readonly string[];
}

/** Unlike a scope, an exception holds only for those who are known to be meant. */
function compileSelector(selector: Participants | undefined, side: (facts: MessageFacts) => Side): Predicate {
  if (selector === undefined) return () => true;
  const known = knowParticipants(selector);
  return (facts) => {
    const { ids, departments } = side(facts);
    return ids.some((id) => known.ids.has(id)) || isInDepartments(known, departments);
  };
}
